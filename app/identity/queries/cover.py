"""Who is away, who stands in for whom: lists, one row for an act, and conditions on a person."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.days import LAST, midnight
from app.core.paging import Page, page_by_key
from app.identity.cover_models import Absence, Mandate, Pair
from app.identity.cover_types import CoverNotFound, Standing
from app.identity.models import Appointment, Login, Person, Unit
from app.identity.policy import ENTERS_ABSENCES
from app.identity.queries.conditions import holds_at, in_subtree, opens_at
from app.identity.queries.people import people_by_ids
from app.identity.queries.units import scope_path
from app.identity.types import PersonRef, Position

PAGE = 50
CHANGEABLE = (Standing.PLANNED, Standing.CURRENT)
MOST = 400  # absences that a month shows
Moment = datetime | BindParameter[datetime]


@dataclass(frozen=True)
class Reach:
    """Whose cover an actor keeps: everybody's below these paths, and his own."""

    person_id: int
    absences: tuple[str, ...] = ()
    entrusts: tuple[str, ...] = ()
    administers: tuple[str, ...] = ()

    def keeps_absences_of(self, person: PersonRef | Person, unit_path: str) -> bool:
        return person.id == self.person_id or unit_path.startswith(self.absences)

    def entrusts_for(self, unit_path: str) -> bool:
        """Whether he writes the 委托 of people who cannot write it themselves."""
        return unit_path.startswith(self.entrusts)

    def administers_unit(self, unit_path: str) -> bool:
        return unit_path.startswith(self.administers)


@dataclass(frozen=True)
class AbsenceRow:
    absence: Absence
    person: PersonRef
    entered_by: PersonRef
    standing: Standing
    may_change: bool


@dataclass(frozen=True)
class MandateRow:
    mandate: Mandate
    person: PersonRef
    deputy: PersonRef
    written_by: PersonRef
    standing: Standing
    may_change: bool


@dataclass(frozen=True)
class PairRow:
    pair: Pair
    unit: Unit
    a: PersonRef
    b: PersonRef
    may_change: bool


def reach_of(session: Session, actor: Actor) -> Reach:
    """Leaders keep the absences of their unit, its head the mandates too; administrators all cover
    of their county.
    """
    led = {held.unit_path for held in actor.positions if held.position in ENTERS_ABSENCES}
    headed = {one.unit_path for one in actor.positions if one.position == Position.BUREAU_LEADER}
    administers = {scope_path(session, actor)} if actor.holds(Position.SYSTEM_ADMIN) else set[str]()
    return Reach(
        actor.person_id,
        absences=tuple(sorted(led | administers)),
        entrusts=tuple(sorted(headed | administers)),
        administers=tuple(administers),
    )


def list_absences(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    since: date | None = None,
    until: date | None = None,
    q: str = "",
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[AbsenceRow]:
    """One's own and those one keeps, the latest first; both days are included."""
    reach = reach_of(session, actor)
    statement = _absences(reach, *_between(since, until), q=q)
    key = [Absence.starts_at, Absence.id]
    page = page_by_key(session, statement.add_columns(*key), key=key, cursor=cursor, limit=limit)
    names = _names(session, page.items, "person_id", "entered_by_id")
    return page.map(lambda row: _absence_row(row, names, reach, now))


def absences_between(
    session: Session, *, actor: Actor, now: datetime, since: date, until: date
) -> list[AbsenceRow]:
    """For a calendar: by unit and name; what never began is left out."""
    reach = reach_of(session, actor)
    rows = session.execute(
        _absences(reach, *_between(since, until), Absence.ends_at > Absence.starts_at)
        .order_by(Unit.path, Person.name, Absence.starts_at)
        .limit(MOST)
    ).all()
    names = _names(session, rows, "person_id", "entered_by_id")
    return [_absence_row(row, names, reach, now) for row in rows]


def list_mandates(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    q: str = "",
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[MandateRow]:
    """Those one wrote or received, and those of the people one entrusts for; the latest first."""
    reach = reach_of(session, actor)
    key = [Mandate.starts_at, Mandate.id]
    own = or_(Mandate.person_id == actor.person_id, Mandate.deputy_id == actor.person_id)
    statement = (
        select(Mandate, Unit.path)
        .join(Person, Person.id == Mandate.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(or_(own, *_below(reach.entrusts)))
    )
    if q.strip():
        statement = statement.where(Person.name.contains(q.strip(), autoescape=True))
    page = page_by_key(session, statement.add_columns(*key), key=key, cursor=cursor, limit=limit)
    names = _names(session, page.items, "person_id", "deputy_id", "written_by_id")
    return page.map(lambda row: _mandate_row(row, names, reach, now))


def list_pairs(
    session: Session, *, actor: Actor, q: str = "", cursor: str | None = None, limit: int = PAGE
) -> Page[PairRow]:
    """Those in force that one is part of or administers, in the order they were entered."""
    reach = reach_of(session, actor)
    own = or_(Pair.a_id == actor.person_id, Pair.b_id == actor.person_id)
    statement = (
        select(Pair, Unit)
        .join(Unit, Unit.id == Pair.unit_id)
        .where(Pair.ends_at.is_(None), or_(own, *_below(reach.administers)))
    )
    if q.strip():
        named = Person.name.contains(q.strip(), autoescape=True)
        statement = statement.where(
            or_(
                exists().where(Person.id.in_([Pair.a_id, Pair.b_id]), named),
                Unit.name.contains(q.strip(), autoescape=True),
            )
        )
    page = page_by_key(
        session,
        statement.add_columns(Pair.id),
        key=[Pair.id],
        cursor=cursor,
        limit=limit,
        descending=False,
    )
    names = _names(session, page.items, "a_id", "b_id")
    return page.map(
        lambda row: PairRow(
            row[0],
            row[1],
            names[row[0].a_id],
            names[row[0].b_id],
            reach.administers_unit(row[1].path),
        )
    )


def absence_row(session: Session, absence: Absence, actor: Actor, now: datetime) -> AbsenceRow:
    names = people_by_ids(session, (absence.person_id, absence.entered_by_id))
    return _absence_row((absence, absence.person.unit.path), names, reach_of(session, actor), now)


def mandate_row(session: Session, mandate: Mandate, actor: Actor, now: datetime) -> MandateRow:
    ids = (mandate.person_id, mandate.deputy_id, mandate.written_by_id)
    names = people_by_ids(session, ids)
    return _mandate_row((mandate, mandate.person.unit.path), names, reach_of(session, actor), now)


def pair_row(session: Session, pair: Pair, actor: Actor) -> PairRow:
    names = people_by_ids(session, (pair.a_id, pair.b_id))
    may = reach_of(session, actor).administers_unit(pair.unit.path)
    return PairRow(pair, pair.unit, names[pair.a_id], names[pair.b_id], may)


def lock_absence(session: Session, absence_id: int, actor: Actor) -> tuple[Absence, Reach]:
    """For an act. Raises: CoverNotFound, where it is not the actor's to see."""
    reach = reach_of(session, actor)
    found = session.scalars(_locked(select(Absence).where(Absence.id == absence_id))).first()
    if found is None or not reach.keeps_absences_of(found.person, found.person.unit.path):
        raise CoverNotFound
    return found, reach


def lock_mandate(session: Session, mandate_id: int, actor: Actor) -> tuple[Mandate, Reach]:
    """For an act. Raises: CoverNotFound, where it is not the actor's to see."""
    reach = reach_of(session, actor)
    found = session.scalars(_locked(select(Mandate).where(Mandate.id == mandate_id))).first()
    if found is None or not (
        actor.person_id in (found.person_id, found.deputy_id)
        or reach.entrusts_for(found.person.unit.path)
    ):
        raise CoverNotFound
    return found, reach


def lock_pair(session: Session, pair_id: int, actor: Actor) -> tuple[Pair, Reach]:
    """For an act. Raises: CoverNotFound, where it is not the actor's to see."""
    reach = reach_of(session, actor)
    found = session.scalars(_locked(select(Pair).where(Pair.id == pair_id))).first()
    if found is None or not (
        actor.person_id in (found.a_id, found.b_id) or reach.administers_unit(found.unit.path)
    ):
        raise CoverNotFound
    return found, reach


def away_at(person_id: Any, now: Moment) -> ColumnElement[bool]:
    """Whether this person is on leave."""
    return exists().where(
        Absence.person_id == person_id, Absence.starts_at <= now, Absence.ends_at > now
    )


def mandated_at(person_id: Any, now: Moment) -> ColumnElement[bool]:
    """Whether this person has given anybody a mandate that holds, for whatever process."""
    return exists().where(
        Mandate.person_id == person_id, Mandate.starts_at <= now, Mandate.ends_at > now
    )


def positions_at(
    session: Session, person_ids: Sequence[int], now: datetime
) -> dict[int, frozenset[Position]]:
    """What these people hold, in whatever unit."""
    found: dict[int, set[Position]] = {one: set() for one in person_ids}
    for person_id, position in session.execute(
        select(Appointment.person_id, Appointment.position).where(
            Appointment.person_id.in_(person_ids), holds_at(now)
        )
    ):
        found[person_id].add(position)
    return {one: frozenset(held) for one, held in found.items()}


def can_sign_in(session: Session, person_id: int, now: datetime) -> bool:
    return bool(session.scalar(select(exists().where(Login.person_id == person_id, opens_at(now)))))


def _locked(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return statement.with_for_update().execution_options(populate_existing=True)


def _absences(reach: Reach, *conditions: ColumnElement[bool], q: str = "") -> Select[Any, Any]:
    statement = (
        select(Absence, Unit.path)
        .join(Person, Person.id == Absence.person_id)
        .join(Unit, Unit.id == Person.unit_id)
        .where(or_(Absence.person_id == reach.person_id, *_below(reach.absences)), *conditions)
    )
    if q.strip():
        named = or_(
            Person.name.contains(q.strip(), autoescape=True),
            Unit.name.contains(q.strip(), autoescape=True),
        )
        statement = statement.where(named)
    return statement


def _between(since: date | None, until: date | None) -> Iterator[ColumnElement[bool]]:
    if since:
        yield Absence.ends_at > midnight(min(since, LAST))
    if until:
        yield Absence.starts_at < midnight(date.fromordinal(min(until, LAST).toordinal() + 1))


def _below(paths: Sequence[str]) -> list[ColumnElement[bool]]:
    return [in_subtree(path) for path in paths]


def _names(session: Session, rows: Sequence[Any], *columns: str) -> dict[int, PersonRef]:
    return people_by_ids(session, {getattr(row[0], name) for row in rows for name in columns})


def _absence_row(row: Any, names: dict[int, PersonRef], reach: Reach, now: datetime) -> AbsenceRow:
    absence, path = row[0], row[1]
    person = names[absence.person_id]
    standing = absence.standing(now)
    may = standing in CHANGEABLE and reach.keeps_absences_of(person, path)
    return AbsenceRow(absence, person, names[absence.entered_by_id], standing, may)


def _mandate_row(row: Any, names: dict[int, PersonRef], reach: Reach, now: datetime) -> MandateRow:
    mandate, path = row[0], row[1]
    standing = mandate.standing(now)
    is_his = mandate.person_id == reach.person_id or reach.entrusts_for(path)
    return MandateRow(
        mandate,
        names[mandate.person_id],
        names[mandate.deputy_id],
        names[mandate.written_by_id],
        standing,
        standing in CHANGEABLE and is_his,
    )
