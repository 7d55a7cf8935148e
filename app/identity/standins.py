"""Who acts for those who are away or have given a mandate (委托 first, then the AB pair)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    Text,
    and_,
    cast,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from app.core.writing import settle
from app.identity.cover_models import Absence, Mandate, Pair
from app.identity.cover_types import By, Deputy
from app.identity.models import Appointment, Login
from app.identity.policy import may_stand_in
from app.identity.queries import opens_at
from app.identity.queries.cover import away_at, positions_at
from app.identity.types import Position

AWAY = "away"


@dataclass(frozen=True)
class Offer:
    """`processes`: those of a mandate, all where none is named; `position`: that of a pair."""

    deputy: Deputy
    processes: tuple[str, ...] = ()
    position: Position | None = None

    def suits(self, process: str | None, position: str | None) -> bool:
        of_process = not self.processes or process is None or process in self.processes
        of_position = None in (self.position, position) or self.position == position
        return of_process and of_position


@dataclass(frozen=True)
class Offers:
    """Who is away, who could stand in, and what all of them hold: read once, asked often."""

    away: frozenset[int]
    every: tuple[Offer, ...]
    held: Mapping[int, frozenset[Position]]

    def deputies(
        self, person_ids: Iterable[int], *, process: str | None, position: str | None = None
    ) -> dict[int, tuple[Deputy, ...]]:
        """As `deputies_of` tells, of people that were asked about."""
        suiting = [one.deputy for one in self.every if one.suits(process, position)]
        able = _able(suiting, position, self.held)
        found: dict[int, tuple[Deputy, ...]] = {}
        for person_id in sorted(set(person_ids)):
            of_one = [one for one in able if one.for_id == person_id]
            chosen = [one for one in of_one if one.by is By.MANDATE] or of_one
            if chosen or person_id in self.away:
                found[person_id] = tuple(dict.fromkeys(chosen))
        return found


def deputies_of(
    session: Session,
    person_ids: Iterable[int],
    *,
    process: str | None,
    now: datetime,
    position: str | None = None,
) -> dict[int, tuple[Deputy, ...]]:
    """Who stands in now for each of these people who does not act himself.

    Whoever is not in the answer acts himself; nobody beside a name: he is away and so is everybody
    who could stand in. A mandate goes first; the partner of the pair stands in while the other is
    away. Nobody stands in who is away himself, cannot sign in, or holds an exclusive role beside
    the one he would use. `position`: the one that is asked for, else whatever they hold.
    """
    ids = set(person_ids)
    return offers_of(session, ids, now).deputies(ids, process=process, position=position)


def offers_of(session: Session, person_ids: Iterable[int], now: datetime) -> Offers:
    """All that `deputies_of` may answer of these people, for whatever process and position."""
    ids = sorted(set(person_ids))
    if not ids:
        return Offers(frozenset(), (), {})
    settle(session, Absence, Appointment, Login, Mandate, Pair)
    rows = session.connection().execute(_sought(ids, now)).all()
    offers = tuple(
        Offer(
            Deputy(row.deputy, row.person, By(row.why), row.username),
            tuple(row.processes or ()),
            row.position,
        )
        for row in rows
        if row.why != AWAY
    )
    away = frozenset(row.person for row in rows if row.why == AWAY)
    return Offers(away, offers, _held(session, [one.deputy for one in offers], now))


def partners_of(
    session: Session, person_ids: Iterable[int], *, position: str, now: datetime
) -> dict[int, tuple[Deputy, ...]]:
    """The other of each one's AB pair, who works: for what somebody may not do himself."""
    ids = sorted(set(person_ids))
    arms = [
        select(mine, other, Login.username)
        .select_from(Pair)
        .join(Login, Login.person_id == other)
        .where(mine.in_(ids), Pair.ends_at.is_(None), Pair.position == position)
        .where(_works(other, now))
        for mine, other in ((Pair.a_id, Pair.b_id), (Pair.b_id, Pair.a_id))
    ]
    rows = session.execute(union_all(*arms)).all()
    offered = [Deputy(deputy, person, By.PAIR, username) for person, deputy, username in rows]
    able = _able(offered, position, _held(session, offered, now))
    return {one: tuple(d for d in able if d.for_id == one) for one in ids}


def _held(
    session: Session, offered: Sequence[Deputy], now: datetime
) -> dict[int, frozenset[Position]]:
    ids = {one.person_id for one in offered} | {one.for_id for one in offered}
    return positions_at(session, sorted(ids), now) if ids else {}


def _able(
    offered: Sequence[Deputy], position: str | None, held: Mapping[int, frozenset[Position]]
) -> list[Deputy]:
    return [
        one
        for one in offered
        if may_stand_in(
            held[one.for_id] if position is None else {Position(position)}, held[one.person_id]
        )
    ]


def _sought(ids: list[int], now: datetime) -> Executable:
    """Mandates, partners of who is away, and who is away."""
    mandates = (
        select(
            Mandate.person_id.label("person"),
            Mandate.deputy_id.label("deputy"),
            literal(By.MANDATE.value).label("why"),
            Login.username.label("username"),
            Mandate.processes.label("processes"),
            cast(null(), Pair.position.type).label("position"),
        )
        .join(Login, Login.person_id == Mandate.deputy_id)
        .where(
            Mandate.person_id.in_(ids),
            Mandate.starts_at <= now,
            Mandate.ends_at > now,
            _works(Mandate.deputy_id, now),
        )
    )
    no_processes = cast(null(), Mandate.processes.type)
    pairs = [
        select(mine, other, literal(By.PAIR.value), Login.username, no_processes, Pair.position)
        .select_from(Pair)
        .join(Login, Login.person_id == other)
        .where(mine.in_(ids), Pair.ends_at.is_(None), away_at(mine, now), _works(other, now))
        for mine, other in ((Pair.a_id, Pair.b_id), (Pair.b_id, Pair.a_id))
    ]
    missing = aliased(Absence)
    away = select(
        missing.person_id,
        cast(null(), BigInteger),
        literal(AWAY),
        cast(null(), Text),
        no_processes,
        cast(null(), Pair.position.type),
    ).where(missing.person_id.in_(ids), missing.starts_at <= now, missing.ends_at > now)
    return mandates.union_all(*pairs, away)


def _works(person_id: Any, now: datetime) -> ColumnElement[bool]:
    """Can sign in (`Login` is joined), and is not away."""
    return and_(opens_at(now), ~away_at(person_id, now))
