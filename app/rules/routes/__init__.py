"""Pages of the room: 制度依据."""

from app.rules.routes import sets
from app.rules.routes.base import bp

__all__ = ["bp", "sets"]
