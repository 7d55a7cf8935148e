"""Layers of what an installation is told from above: the nation's, a 州's, a 县市's, an office's.

What a layer says holds for its unit and all below it; the nearest layer is heard. Who administers
a scope keeps its layers, and those of the nation if that scope is the whole region.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Forbidden
from app.identity.models import Unit
from app.identity.queries import get_unit, in_subtree, scope_path
from app.identity.types import NoSuchUnit

NATION = "国家"
MOST = 500  # units to choose from


def can_keep(actor: Actor, scope: str, layer: str | None) -> bool:
    """`scope`: the subtree the actor administers; `layer`: the path of a unit, None the nation.

    What the nation says holds for everybody: only who administers the whole region enters it.
    """
    if not actor.holds("system_admin"):
        return False
    return is_whole(scope) if layer is None else layer.startswith(scope)


def is_whole(scope: str) -> bool:
    """The path of a unit that is below no other: `/code/`."""
    return scope.count("/") == 2


def access_layer(
    session: Session, actor: Actor | None, unit_id: int | None, refusal: type[Forbidden]
) -> Unit | None:
    """The unit of a layer that the actor keeps; without an actor it is the command line.

    Raises: NoSuchUnit for a unit out of sight, `refusal`.
    """
    layer = get_unit(session, unit_id) if unit_id is not None else None
    if actor is None:
        return layer
    scope = scope_path(session, actor)
    path = layer.path if layer else None
    if can_keep(actor, scope, path):
        return layer
    if path and not path.startswith(scope) and not actor.unit_path.startswith(path):
        raise NoSuchUnit
    raise refusal


def keeps_any(session: Session, actor: Actor) -> bool:
    """Whether there is a layer that the actor keeps: at least that of his own unit."""
    return can_keep(actor, scope_path(session, actor), get_unit(session, actor.unit_id).path)


def is_seen(actor: Actor, scope: str, unit: Any) -> ColumnElement[bool]:
    """A condition: the units above the actor, and those in his scope."""
    above = func.starts_with(literal(actor.unit_path), unit.path)
    return or_(above, in_subtree(scope, unit))


def layers_of(session: Session, actor: Actor) -> Sequence[Unit]:
    """The units whose layers the actor may look at, in the order of the tree."""
    seen = is_seen(actor, scope_path(session, actor), Unit)
    return session.scalars(
        select(Unit).where(seen, Unit.closed_at.is_(None)).order_by(Unit.path).limit(MOST)
    ).all()


def visible_layer(session: Session, actor: Actor, code: str) -> Unit | None:
    """None for the nation. Raises: NoSuchUnit."""
    if code == NATION:
        return None
    seen = is_seen(actor, scope_path(session, actor), Unit)
    unit = session.scalars(select(Unit).where(Unit.code == code, seen)).first()
    if unit is None:
        raise NoSuchUnit
    return unit
