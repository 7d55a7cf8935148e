"""Who may see a file through what it is bound to: rooms above say so, the wiring joins them."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from app.core.actor import Actor

Viewer = Callable[[Session, Actor, int], bool]
_viewers: dict[str, Viewer] = {}


def register_viewer(kind: str, may_view: Viewer) -> None:
    """`may_view(session, actor, instance_id)` is asked for bindings of this kind."""
    _viewers[kind] = may_view


def may_view(session: Session, actor: Actor, kind: str, instance_id: int) -> bool:
    """A kind nobody answers for is closed."""
    return kind in _viewers and _viewers[kind](session, actor, instance_id)
