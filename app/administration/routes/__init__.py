"""Pages of the room: a person with login and positions, units, who may start what, imports."""

from app.administration.routes import importing, people, positions, starting, units
from app.administration.routes.base import bp

__all__ = ["bp", "importing", "people", "positions", "starting", "units"]
