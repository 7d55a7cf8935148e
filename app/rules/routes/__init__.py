"""Pages of the room: 制度依据, 参数."""

from app.rules.routes import parameters, sets
from app.rules.routes.base import bp

__all__ = ["bp", "parameters", "sets"]
