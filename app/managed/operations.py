"""Named effects of diagrams."""

from app.managed.service import set_template
from app.processes import registry


def register() -> None:
    """Safe to call again."""
    registry.register_operation("managed.set_template", set_template, writes=(), is_signed=True)
