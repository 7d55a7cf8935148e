"""Pages of the room: 制度依据, 参数, 编号规则."""

from app.rules.routes import numbering, parameters, sets
from app.rules.routes.base import bp

__all__ = ["bp", "numbering", "parameters", "sets"]
