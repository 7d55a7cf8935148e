"""Which units somebody may look at, and the conditions that many statements share (R12)."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger

from app.core.actor import Actor
from app.holdings import policy
from app.identity.models import Unit
from app.identity.queries import in_subtree, scope_path


def units_within(session: Session, actor: Actor, code: str = "") -> list[int]:
    """Of the own scope; with `code` of that unit's subtree alone, none where it lies outside.

    None for people of the operating company, and for who holds no position.
    """
    if not policy.can_view(actor):
        return []
    within = [in_subtree(scope_path(session, actor))]
    if code:
        path = session.scalar(select(Unit.path).where(Unit.code == code, *within))
        if path is None:
            return []
        within.append(in_subtree(path))
    return list(session.scalars(select(Unit.id).where(*within)))


def among(column: Any, ids: Collection[int]) -> ColumnElement[bool]:
    """One value in the statement however many there are; an index is walked in their order."""
    found: ColumnElement[bool] = column == func.any(cast(list(ids), ARRAY(BigInteger)))
    return found
