"""Pages of the room: a person with login and positions, units, who may start what, imports."""

from app.administration.routes import importing, people, positions, reorganising, starting, units
from app.administration.routes.base import bp

__all__ = ["bp", "importing", "people", "positions", "reorganising", "starting", "units"]
