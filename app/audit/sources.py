"""What rooms above tell this one: where their chains' heads stand, what an auditor may reach.

`wiring` joins them; audit itself knows neither tickets nor people.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, false, select
from sqlalchemy.orm import Session

from app.audit.models import ChainHead
from app.core.actor import Actor

Heads = Callable[[], Select[str, int, bytes]]
Reach = Callable[[Session, Actor, Any], ColumnElement[bool]]
People = Callable[[Session, str], Collection[int]]


def _nothing(_session: Session, _actor: Actor, _chain: Any) -> ColumnElement[bool]:
    return false()


def _nobody(_session: Session, _words: str) -> Collection[int]:
    return ()


def unit_heads() -> Select[str, int, bytes]:
    return select(ChainHead.chain, ChainHead.audit_seq, ChainHead.audit_hash)


@dataclass(frozen=True)
class Sources:
    """`heads`: selects of (chain, seq, hash); `reach`: whether an actor may read a chain, as a
    condition on its column: what is read is asked, not all there is; `people`: ids of
    whom a name may mean; `folder`: where seals are exported to.
    """

    heads: tuple[Heads, ...] = (unit_heads,)
    reach: Reach = _nothing
    people: People = _nobody
    folder: Path = field(default_factory=Path)


_joined: list[Sources] = [Sources()]


def configure(sources: Sources) -> None:
    _joined[:] = [sources]


def joined() -> Sources:
    return _joined[0]


def current_heads() -> Any:
    """A subquery of all heads that have events: chain, seq, hash."""
    first, *others = (heads() for heads in joined().heads)
    found = first.union_all(*others).subquery()
    chain, seq, hash_ = found.c
    return (
        select(chain.label("chain"), seq.label("seq"), hash_.label("hash"))
        .where(seq > 0)
        .subquery("head")
    )
