"""运行异常, 待发事项, 修复 and 迁移, for administrators."""

from app.repairs.routes import leaving, migrating, repairing, watching
from app.repairs.routes.base import bp

__all__ = ["bp", "leaving", "migrating", "repairing", "watching"]
