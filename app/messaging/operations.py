"""The names that diagrams and forms use."""

from app.messaging import checks, reckoning, service
from app.processes import registry


def register() -> None:
    """Safe to call again."""
    registry.register_operation("messaging.file", service.file_template, writes=())
    registry.register_check("messaging.template", checks.template)
    registry.register_check("messaging.filing", checks.filing)
    registry.register_fill("messaging.signature", checks.signature)
    registry.register_preparation("messaging.extent", checks.extent)
    registry.register_reckoning("messaging.template", reckoning.template)
