"""Who may see a component and who may write there."""

from forms.definition import Component
from forms.types import Context


def is_visible(component: Component, context: Context) -> bool:
    return not component.visible_to or bool(component.visible_to & context.positions)


def is_open(component: Component, context: Context) -> bool:
    """May this reader at this node write here?"""
    here = not component.editable_at or context.node in component.editable_at
    return here and not component.readonly and is_visible(component, context)
