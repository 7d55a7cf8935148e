"""Reads of the calendar: how days count in a unit, what was said of them, the notices in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from app.calendar.days import A_DAY, LONGEST, Calendar, DayKind, NoWorkingDay
from app.calendar.models import Notice, NoticeDay
from app.calendar.policy import can_keep
from app.calendar.types import NATION, NoticeNotFound
from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.core.statements import Prepared
from app.core.writing import settle
from app.identity.models import Unit
from app.identity.queries import people_by_ids, scope_path
from app.identity.types import PersonRef

PAGE = 50
AHEAD = timedelta(days=60)  # no row of days off has been longer
NOTICE_MONTH = 11  # the nation's notice for the next year comes out then
Layer = aliased(Unit)
KNOWN = "known"


def calendar_for(session: Session, unit_id: int | None, since: date, until: date) -> Calendar:
    """How the days from `since` to `until` count in a unit; None counts as the nation does.

    Of several layers that speak of a day the nearest to the unit is heard. Later and earlier
    days count Monday to Friday, as in a year without its notice.
    """
    settle(session, Notice, NoticeDay, Unit)
    given = {
        "unit_id": unit_id,
        "since": since,
        "until": until,
        "first_year": since.year,
        "last_year": until.year,
    }
    said: dict[date, str] = {}
    known: set[int] = set()
    for day, kind, _ in sorted(_CALENDAR.rows(session.connection(), given), key=lambda row: row[2]):
        if kind == KNOWN:
            known.add(day.year)
        else:
            said[day] = kind
    return Calendar(
        frozenset(day for day, kind in said.items() if kind == DayKind.OFF),
        frozenset(day for day, kind in said.items() if kind == DayKind.WORK),
        frozenset(known),
    )


def next_working_day(session: Session, unit_id: int | None, day: date) -> date:
    """The first day after `day` that is worked in the unit. Raises: NoWorkingDay."""
    since = day + A_DAY
    while (since - day).days < LONGEST:
        until = since + AHEAD
        calendar = calendar_for(session, unit_id, since, until)
        while since <= until:
            if calendar.is_working(since):
                return since
            since += A_DAY
    raise NoWorkingDay(day)


_HERE = select(Unit.path).where(Unit.id == bindparam("unit_id", type_=BigInteger))
_SAID = (
    select(
        NoticeDay.day.label("day"),
        type_coerce(NoticeDay.kind, Text).label("kind"),
        func.coalesce(func.length(Layer.path), 0).label("depth"),
    )
    .outerjoin(Layer, Layer.id == NoticeDay.unit_id)
    .where(
        NoticeDay.stands,
        NoticeDay.day.between(bindparam("since", type_=Date), bindparam("until", type_=Date)),
        or_(NoticeDay.unit_id.is_(None), func.starts_with(_HERE.scalar_subquery(), Layer.path)),
    )
)
_YEARS = select(func.make_date(Notice.year, 1, 1), literal(KNOWN), literal(0)).where(
    Notice.unit_id.is_(None),
    Notice.withdrawn_at.is_(None),
    Notice.year.between(
        bindparam("first_year", type_=Integer), bindparam("last_year", type_=Integer)
    ),
)
_BOTH = union_all(_SAID, _YEARS).subquery()
_CALENDAR = Prepared(select(_BOTH.c.day, _BOTH.c.kind, _BOTH.c.depth))


@dataclass(frozen=True)
class Spoken:
    """One thing said of a day that stands: by which layer, in which notice."""

    day: date
    kind: DayKind
    name: str
    notice_id: int
    number: str
    layer: str
    depth: int


def spoken(session: Session, unit_id: int | None, since: date, until: date) -> list[Spoken]:
    """Everything that layers say of these days of the unit; the nearest layer comes last."""
    rows = session.execute(
        select(
            NoticeDay.day,
            NoticeDay.kind,
            NoticeDay.name,
            Notice.id,
            Notice.number,
            func.coalesce(Layer.name, NATION),
            func.coalesce(func.length(Layer.path), 0).label("depth"),
        )
        .join(Notice, Notice.id == NoticeDay.notice_id)
        .outerjoin(Layer, Layer.id == NoticeDay.unit_id)
        .where(
            NoticeDay.stands,
            NoticeDay.day.between(since, until),
            or_(NoticeDay.unit_id.is_(None), func.starts_with(_path_of(unit_id), Layer.path)),
        )
        .order_by(NoticeDay.day, "depth")
    )
    return [Spoken(*row) for row in rows]


def _path_of(unit_id: int | None) -> Any:
    return select(Unit.path).where(Unit.id == unit_id).scalar_subquery()


def is_known(session: Session, year: int) -> bool:
    """Whether the nation's notice of the year has been entered."""
    standing = select(Notice.id).where(
        Notice.unit_id.is_(None), Notice.withdrawn_at.is_(None), Notice.year == year
    )
    return session.scalar(standing.limit(1)) is not None


def missing_year(session: Session, today: date) -> int | None:
    """This year, or from November on the next one, where the nation's notice is not entered."""
    wanted = (today.year, today.year + 1) if today.month >= NOTICE_MONTH else (today.year,)
    return next((year for year in wanted if not is_known(session, year)), None)


@dataclass(frozen=True)
class NoticeRow:
    notice: Notice
    unit_code: str | None
    layer: str
    entered_by: PersonRef | None
    withdrawn_by: PersonRef | None
    may_withdraw: bool


def list_notices(
    session: Session,
    *,
    actor: Actor,
    year: int | None = None,
    unit: str = "",
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[NoticeRow]:
    """Those of the nation, of the layers above the actor and of his scope; the latest year first.

    `unit`: the code of a layer.
    """
    key = [Notice.year, Notice.id]
    statement = _visible(session, actor)
    if year is not None:
        statement = statement.where(Notice.year == year)
    if unit:
        statement = statement.where(Layer.code == unit)
    page = page_by_key(session, statement.add_columns(*key), key=key, cursor=cursor, limit=limit)
    return Page(tuple(_rows(session, actor, page.items)), page.next_cursor)


def notice_row(session: Session, actor: Actor, notice_id: int) -> NoticeRow:
    """Raises: NoticeNotFound."""
    found = session.execute(_visible(session, actor).where(Notice.id == notice_id)).all()
    if not found:
        raise NoticeNotFound
    return _rows(session, actor, found)[0]


def days_of(session: Session, notice_id: int) -> Sequence[NoticeDay]:
    """Also of one that was withdrawn."""
    return session.scalars(
        select(NoticeDay).where(NoticeDay.notice_id == notice_id).order_by(NoticeDay.day)
    ).all()


def _visible(session: Session, actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(Notice, Layer.code, Layer.name, Layer.path)
        .outerjoin(Layer, Layer.id == Notice.unit_id)
        .where(is_visible(actor, scope_path(session, actor)))
    )


def is_visible(actor: Actor, scope: str) -> ColumnElement[bool]:
    above = and_(Layer.id.is_not(None), func.starts_with(literal(actor.unit_path), Layer.path))
    return or_(Notice.unit_id.is_(None), above, Layer.path.startswith(scope, autoescape=True))


def _rows(session: Session, actor: Actor, found: Sequence[Any]) -> list[NoticeRow]:
    scope = scope_path(session, actor)
    notices: list[Notice] = [row[0] for row in found]
    ids = {
        person
        for notice in notices
        for person in (notice.entered_by_id, notice.withdrawn_by_id)
        if person is not None
    }
    names = people_by_ids(session, ids) if ids else {}
    return [
        NoticeRow(
            notice,
            code,
            name or NATION,
            names.get(notice.entered_by_id or 0),
            names.get(notice.withdrawn_by_id or 0),
            notice.withdrawn_at is None and can_keep(actor, scope, path),
        )
        for notice, code, name, path in (row[:4] for row in found)
    ]
