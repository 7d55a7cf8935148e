"""Reads of the calendar: how days count in a unit, what was said of them, the notices in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Date,
    Integer,
    Text,
    bindparam,
    func,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from app.calendar.days import A_DAY, LONGEST, SATURDAY, Calendar, DayKind, NoWorkingDay
from app.calendar.models import Notice, NoticeDay
from app.core.statements import Prepared
from app.core.writing import settle
from app.identity.layers import NATION
from app.identity.models import Unit

AHEAD = timedelta(days=60)  # no row of days off has been longer
NOTICE_MONTH = 11  # the nation's notice for the next year comes out then
Layer = aliased(Unit)
KNOWN = "known"


def calendar_for(session: Session, unit_id: int | None, since: date, until: date) -> Calendar:
    """How the days from `since` to `until` count in a unit; None counts as the nation does.

    Of several layers that speak of a day the nearest to the unit is heard; where it speaks of the
    afternoon only, the next one is heard of whether the day is worked. Later and earlier days
    count Monday to Friday, as in a year without its notice.
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
    half: set[date] = set()
    known: set[int] = set()
    for day, kind, _ in sorted(_CALENDAR.rows(session.connection(), given), key=lambda row: row[2]):
        if kind == KNOWN:
            known.add(day.year)
        elif kind == DayKind.HALF:
            half.add(day)
        else:
            said[day] = kind
            half.discard(day)
    return Calendar(
        frozenset(day for day, kind in said.items() if kind == DayKind.OFF),
        frozenset(day for day, kind in said.items() if kind == DayKind.WORK),
        frozenset(known),
        frozenset(half),
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


def heard_of(spoken: Sequence[Spoken]) -> dict[date, tuple[Spoken, ...]]:
    """Of each day what counts of all that is said of it, the nearest first. An afternoon off
    leaves it to a layer above whether the day is worked; of a day off it says nothing.
    """
    said: dict[date, tuple[Spoken, ...]] = {}
    for one in spoken:
        below = tuple(old for old in said.get(one.day, ()) if old.kind is not DayKind.HALF)
        if one.kind is not DayKind.HALF:
            said[one.day] = (one,)
        elif below:
            said[one.day] = below if below[0].kind is DayKind.OFF else (one, *below)
        elif one.day.weekday() < SATURDAY:
            said[one.day] = (one,)
    return said


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
