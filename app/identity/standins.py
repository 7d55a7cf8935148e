"""Who acts for those who are away or have given a mandate (委托 first, then the AB pair)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    and_,
    cast,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy import func as sql
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
    ids = sorted(set(person_ids))
    if not ids:
        return {}
    settle(session, Absence, Appointment, Login, Mandate, Pair)
    statement = _sought(ids, process, position, now)
    rows = session.connection().execute(statement).all()
    away = {person_id for person_id, _, why in rows if why == AWAY}
    offered = [Deputy(deputy, person, By(why)) for person, deputy, why in rows if why != AWAY]
    able = _able(session, offered, position, now) if offered else []
    found: dict[int, tuple[Deputy, ...]] = {}
    for person_id in ids:
        of_one = [one for one in able if one.for_id == person_id]
        chosen = [one for one in of_one if one.by is By.MANDATE] or of_one
        if chosen or person_id in away:
            found[person_id] = tuple(dict.fromkeys(chosen))
    return found


def partners_of(
    session: Session, person_ids: Iterable[int], *, position: str, now: datetime
) -> dict[int, tuple[Deputy, ...]]:
    """The other of each one's AB pair, who works: for what somebody may not do himself."""
    ids = sorted(set(person_ids))
    arms = [
        select(mine, other)
        .select_from(Pair)
        .join(Login, Login.person_id == other)
        .where(mine.in_(ids), Pair.ends_at.is_(None), Pair.position == position)
        .where(_works(other, now))
        for mine, other in ((Pair.a_id, Pair.b_id), (Pair.b_id, Pair.a_id))
    ]
    rows = session.execute(union_all(*arms)).all()
    offered = [Deputy(deputy, person, By.PAIR) for person, deputy in rows]
    able = _able(session, offered, position, now) if offered else []
    return {one: tuple(d for d in able if d.for_id == one) for one in ids}


def _able(
    session: Session, offered: list[Deputy], position: str | None, now: datetime
) -> list[Deputy]:
    ids = {one.person_id for one in offered} | {one.for_id for one in offered}
    held = positions_at(session, sorted(ids), now)
    return [
        one
        for one in offered
        if may_stand_in(
            held[one.for_id] if position is None else {Position(position)}, held[one.person_id]
        )
    ]


def _sought(ids: list[int], process: str | None, position: str | None, now: datetime) -> Executable:
    """Mandates, partners of who is away, and who is away: person, deputy, why."""
    of_all = sql.cardinality(Mandate.processes) == 0
    kinds = or_(of_all, Mandate.processes.contains([process])) if process else true()
    mandates = (
        select(Mandate.person_id, Mandate.deputy_id, literal(By.MANDATE.value))
        .join(Login, Login.person_id == Mandate.deputy_id)
        .where(
            Mandate.person_id.in_(ids),
            Mandate.starts_at <= now,
            Mandate.ends_at > now,
            kinds,
            _works(Mandate.deputy_id, now),
        )
    )
    of_pair = true() if position is None else Pair.position == position
    pairs = [
        select(mine, other, literal(By.PAIR.value))
        .select_from(Pair)
        .join(Login, Login.person_id == other)
        .where(
            mine.in_(ids), Pair.ends_at.is_(None), of_pair, away_at(mine, now), _works(other, now)
        )
        for mine, other in ((Pair.a_id, Pair.b_id), (Pair.b_id, Pair.a_id))
    ]
    missing = aliased(Absence)
    away = select(missing.person_id, cast(null(), BigInteger), literal(AWAY)).where(
        missing.person_id.in_(ids), missing.starts_at <= now, missing.ends_at > now
    )
    return mandates.union_all(*pairs, away)


def _works(person_id: Any, now: datetime) -> ColumnElement[bool]:
    """Can sign in (`Login` is joined), and is not away."""
    return and_(opens_at(now), ~away_at(person_id, now))
