"""What of a book somebody may read, found once for everything that a page asks of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from app.core.actor import Actor
from app.identity.models import Unit
from app.identity.queries import in_subtree
from app.identity.types import UnitKind
from app.ledgers import policy
from app.ledgers.types import Ledger


@dataclass(frozen=True)
class Subtree:
    """A unit and those below. One that is alone has indexes in the order of lists."""

    path: str
    is_alone: bool

    def holds(self, place: Any) -> ColumnElement[bool]:
        found: ColumnElement[bool] = (
            place == self.path if self.is_alone else place.like(_prefix(self.path))
        )
        return found


@dataclass(frozen=True)
class Within:
    """The books of whole 州 or 县市 by their ids, and rows of units elsewhere."""

    keepers: tuple[int, ...]
    subtrees: tuple[Subtree, ...]

    def holds(self, keeper: Any, place: Any) -> ColumnElement[bool]:
        return or_(*self._ways(keeper, place))

    def _ways(self, keeper: Any, place: Any) -> Iterator[ColumnElement[bool]]:
        yield from (subtree.holds(place) for subtree in self.subtrees)
        if self.keepers:
            yield keeper.in_(self.keepers)


@dataclass(frozen=True)
class Opened:
    """A book in the hands of somebody who may open it."""

    ledger: Ledger
    within: Within


# For the operator at the command line: every path begins like this.
WHOLE = Within((), (Subtree("/", is_alone=False),))


def within(session: Session, reach: policy.Reach) -> Within:
    keepers = _keepers_under(session, reach.divisions) if reach.divisions else ()
    return Within(keepers, tuple(subtree(session, path) for path in sorted(reach.subtrees)))


def subtree(session: Session, path: str) -> Subtree:
    units = session.scalars(select(Unit.id).where(in_subtree(path)).limit(2)).all()
    return Subtree(path, is_alone=len(units) < 2)


def open_book(session: Session, actor: Actor, ledger: Ledger) -> Opened:
    return Opened(ledger, within(session, policy.reach(actor, ledger)))


def _prefix(path: str) -> str:
    """A pattern the index on `place` serves; `startswith` would hide the prefix from it."""
    return re.sub(r"([%_\\])", r"\\\1", path) + "%"


def _keepers_under(session: Session, divisions: frozenset[int]) -> tuple[int, ...]:
    """The divisions themselves and those below: the 州 reads the books of its 县市."""
    above = aliased(Unit)
    return tuple(
        session.scalars(
            select(Unit.id)
            .join(above, Unit.path.startswith(above.path))
            .where(above.id.in_(divisions), Unit.kind == UnitKind.DIVISION)
            .distinct()
        )
    )
