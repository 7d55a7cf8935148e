"""People and units as those who keep them see them, within their reach."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased, defer

from app.administration import policy
from app.administration.models import Import, ImportRow
from app.administration.types import PositionRow, RowState, StalePerson, StaleUnit
from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound
from app.core.paging import Page, page_by_key
from app.identity.models import Appointment, Login, Person, Unit
from app.identity.queries import in_subtree, scope_path
from app.identity.types import POSITION_LABELS, Position

NO_PERSON = "没有这个人，或者不在您的管理范围内。"
NO_UNIT = "没有这个单位，或者不在您的管理范围内。"
LATEST = 20  # positions that are over
PAGE = 50
NOT_IMPORTED = (RowState.REFUSED, RowState.FAILED, RowState.SKIPPED)


@dataclass(frozen=True)
class Kept:
    """A person with the login, if there is one, and what is held now or will be."""

    person: Person
    login: Login | None
    held: frozenset[Position]


def access_person(session: Session, person_id: int, actor: Actor, now: datetime) -> Kept:
    """Raises: NotFound."""
    person = session.scalars(_person(session, person_id, actor)).first()
    if person is None:
        raise NotFound(NO_PERSON)
    return _kept(session, person, now)


def access_to_keep(
    session: Session, person_id: int, actor: Actor, now: datetime, *, seen: int | None
) -> Kept:
    """The person, locked, as the page has seen them; from now on they are another version.

    An import has seen no page: None.

    Raises: NotFound, Forbidden, StalePerson.
    """
    if not policy.can_administer(actor):
        raise Forbidden
    statement = _person(session, person_id, actor).with_for_update(of=Person)
    person = session.scalars(statement.execution_options(populate_existing=True)).first()
    if person is None:
        raise NotFound(NO_PERSON)
    kept = _kept(session, person, now)
    refusal = policy.why_not_person(actor, person.id, kept.held)
    if refusal is not None:
        raise refusal
    if seen is not None and person.rev != seen:
        raise StalePerson
    person.rev += 1
    session.flush()  # giving a position reads the row anew
    return kept


def access_unit(session: Session, unit_id: int, actor: Actor, *, seen: int | None = None) -> Unit:
    """With `seen`, locked and as the page has seen it. Raises: NotFound, StaleUnit."""
    statement = select(Unit).where(Unit.id == unit_id, in_subtree(scope_path(session, actor)))
    if seen is not None:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    unit = session.scalars(statement).first()
    if unit is None:
        raise NotFound(NO_UNIT)
    if seen is not None and unit.rev != seen:
        raise StaleUnit
    return unit


def access_unit_by_code(session: Session, code: str, actor: Actor) -> Unit:
    """A closed one too. Raises: NotFound."""
    here = in_subtree(scope_path(session, actor))
    unit = session.scalars(select(Unit).where(Unit.code == code, here)).first()
    if unit is None:
        raise NotFound(NO_UNIT)
    return unit


def find_unit(session: Session, code: str, actor: Actor) -> Unit | None:
    """An open one within reach."""
    return session.scalars(
        select(Unit).where(
            Unit.code == code, Unit.closed_at.is_(None), in_subtree(scope_path(session, actor))
        )
    ).first()


def open_units(session: Session, actor: Actor) -> list[tuple[str, list[tuple[str, str]]]]:
    """For a select: the units within reach under the 州 or 县市 they belong to."""
    division = aliased(Unit)
    rows = session.execute(
        select(division.name, Unit.code, Unit.name)
        .join(division, division.id == Unit.division_id)
        .where(Unit.closed_at.is_(None), in_subtree(scope_path(session, actor)))
        .order_by(Unit.path)
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for above, code, name in rows:
        found.setdefault(above, []).append((code, name))
    return list(found.items())


def units_below(session: Session, unit_id: int) -> list[Unit]:
    return list(session.scalars(select(Unit).where(Unit.parent_id == unit_id).order_by(Unit.path)))


def count_people(session: Session, unit_id: int) -> int:
    counted = select(func.count()).select_from(Person).where(Person.unit_id == unit_id)
    return session.scalar(counted) or 0


def positions_of(session: Session, person_id: int, now: datetime) -> list[PositionRow]:
    """What is held or will be, then what is over, the newest first."""
    rows = session.scalars(
        select(Appointment)
        .where(Appointment.person_id == person_id)
        .order_by(Appointment.starts_at.desc(), Appointment.id.desc())
    ).all()
    told = [_told(row, now) for row in rows if row.ends_at is None or row.ends_at > row.starts_at]
    over = [row for row in told if row.state == "over"]
    return [row for row in told if row.state != "over"] + over[:LATEST]


def list_imports(session: Session, actor: Actor, *, cursor: str | None) -> Page[Import]:
    """One's own, the newest first."""
    key = (Import.created_at, Import.id)
    statement = select(Import, *key).where(Import.person_id == actor.person_id)
    page = page_by_key(session, statement, key=key, cursor=cursor, limit=PAGE)
    return page.map(lambda row: row[0])


def list_rows(
    session: Session,
    import_id: str,
    states: Collection[RowState],
    *,
    cursor: str | None,
    limit: int = PAGE,
) -> Page[ImportRow]:
    """In the order of the sheet."""
    statement = select(ImportRow, ImportRow.n).where(
        ImportRow.import_id == import_id, ImportRow.state.in_(states)
    )
    page = page_by_key(
        session, statement, key=(ImportRow.n,), cursor=cursor, limit=limit, descending=False
    )
    return page.map(lambda row: row[0])


def all_rows(session: Session, import_id: str) -> list[ImportRow]:
    rows = select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.n)
    return list(session.scalars(rows.options(defer(ImportRow.data_sealed))))


def refused_rows(session: Session, import_id: str) -> Iterator[ImportRow]:
    """All of them, for a file."""
    yield from session.scalars(
        select(ImportRow)
        .where(ImportRow.import_id == import_id, ImportRow.state.in_(NOT_IMPORTED))
        .order_by(ImportRow.n)
        .execution_options(yield_per=500)
    )


def _told(row: Appointment, now: datetime) -> PositionRow:
    is_over = row.ends_at is not None and row.ends_at <= now
    refusal = policy.why_not_position(row.position)
    return PositionRow(
        row.id,
        row.position,
        POSITION_LABELS[row.position],
        row.unit.code,
        row.unit.name,
        row.starts_at,
        row.ends_at,
        row.source,
        "over" if is_over else "held" if row.starts_at <= now else "coming",
        refusal.text if refusal else "",
    )


def _person(session: Session, person_id: int, actor: Actor) -> Select[Person]:
    return (
        select(Person)
        .join(Unit, Unit.id == Person.unit_id)
        .where(Person.id == person_id, in_subtree(scope_path(session, actor)))
    )


def _kept(session: Session, person: Person, now: datetime) -> Kept:
    login = session.scalars(select(Login).where(Login.person_id == person.id)).first()
    held: Sequence[Position] = session.scalars(
        select(Appointment.position).where(
            Appointment.person_id == person.id,
            Appointment.ends_at.is_(None) | (Appointment.ends_at > now),
        )
    ).all()
    return Kept(person, login, frozenset(held))
