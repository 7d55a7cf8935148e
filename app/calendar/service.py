"""Entering a notice, seeing beforehand what it changes, withdrawing it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.calendar import seams
from app.calendar.days import Calendar, DayKind
from app.calendar.judging import faults_of, known_already, tidy
from app.calendar.models import Notice, NoticeDay
from app.calendar.notices import access_notice, clashing, find_library
from app.calendar.queries import calendar_for, is_known
from app.calendar.types import (
    LONGEST_REASON,
    BadNotice,
    CalendarChanged,
    Draft,
    NoticeSource,
    NoticeTwice,
    NoticeWithdrawn,
    NotYourLayer,
    Said,
    StaleNotice,
)
from app.core import events
from app.core.actor import Actor
from app.core.errors import Fault
from app.identity.layers import NATION, access_layer, can_keep

LOCK = 0x5EA1_0B07  # of whoever writes the calendar: two notices may speak of one day
REPLACED = "由另一份通知代替"


@dataclass(frozen=True)
class Effect:
    """One day of a notice, or one that the program's own list said and the notice does not."""

    said: Said
    is_new: bool  # it counts otherwise than before
    is_dropped: bool = False


@dataclass(frozen=True)
class Weighed:
    """A notice that may be entered, and what it changes."""

    draft: Draft
    layer: str
    effects: tuple[Effect, ...]
    replaced: Notice | None = None

    @property
    def first(self) -> date:
        return _span(self.draft.unit_id, self.draft.year, self._days)[0]

    @property
    def last(self) -> date:
        return _span(self.draft.unit_id, self.draft.year, self._days)[1]

    @property
    def _days(self) -> list[date]:
        return [effect.said.day for effect in self.effects]


def weigh(session: Session, *, actor: Actor | None, now: datetime, draft: Draft) -> Weighed:
    """Judge a notice before it is entered; for a preview in a session that is thrown away.

    Raises: NoSuchUnit, NotYourLayer, BadNotice, NoticeTwice.
    """
    layer = access_layer(session, actor, draft.unit_id, NotYourLayer)
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    draft = tidy(draft)
    if faults := faults_of(draft):
        raise BadNotice(faults)
    _refuse_twice(session, draft)
    library = find_library(session, draft.year) if draft.replaces_library else None
    replaced = library if library and draft.unit_id is None and not library.withdrawn_at else None
    days = [one.day for one in draft.days]
    span = (min(days), max(days))
    if replaced:
        span = (min(span[0], date(draft.year, 1, 1)), max(span[1], date(draft.year, 12, 31)))
    before = calendar_for(session, draft.unit_id, *span)
    if replaced:
        _take_down(session, replaced, actor, now, REPLACED)
    _refuse_clashes(session, draft, calendar_for(session, draft.unit_id, *span))
    effects = _effects(session, draft, before, span)
    return Weighed(draft, layer.name if layer else NATION, tuple(effects), replaced)


def enter_notice(
    session: Session,
    *,
    actor: Actor | None,
    now: datetime,
    draft: Draft,
    source: NoticeSource = NoticeSource.ENTERED,
) -> Notice:
    """Put a notice in force; without an actor it is the operator's command line.

    Raises: NoSuchUnit, NotYourLayer, BadNotice, NoticeTwice.
    """
    weighed = weigh(session, actor=actor, now=now, draft=draft)
    draft = weighed.draft
    notice = Notice(
        unit_id=draft.unit_id,
        year=draft.year,
        number=draft.number,
        title=draft.title,
        text=draft.text,
        source=source,
        entered_by_id=actor.person_id if actor else None,
        entered_at=now,
    )
    _put(session, notice, draft.days)
    if weighed.replaced:
        weighed.replaced.replaced_by_id = notice.id
        session.flush()  # subscribers count by it
    _record(session, actor, now, "notice.entered", notice, weighed.layer, draft.days)
    changed = CalendarChanged(notice.unit_id, weighed.first, weighed.last, notice.id, now)
    events.publish(session, changed)
    return notice


def foresee(session: Session, weighed: Weighed, now: datetime) -> seams.Foreseen:
    """What becomes of open deadlines. The session is thrown away: the days stand in it."""
    draft = weighed.draft
    notice = Notice(
        unit_id=draft.unit_id,
        year=draft.year,
        number=draft.number,
        title=draft.title,
        source=NoticeSource.ENTERED,
        entered_at=now,
    )
    _put(session, notice, draft.days)
    return seams.foresee(session, draft.unit_id, weighed.first, weighed.last)


def withdraw_notice(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    notice_id: int,
    version: int | None,
    reason: str,
) -> Notice:
    """It says nothing any more, and stays to be read. The program's own list that it stood
    instead of stands again.

    Raises: NoticeNotFound, NotYourLayer, NoticeWithdrawn, StaleNotice, BadNotice.
    """
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    notice, layer = access_notice(session, notice_id, actor, can_keep)
    if notice.withdrawn_at is not None:
        raise NoticeWithdrawn(current="withdrawn", version=notice.rev)
    if version != notice.rev:
        raise StaleNotice(current="entered", version=notice.rev)
    reason = _reason(reason)
    said = _take_down(session, notice, actor, now, reason)
    days = [one.day for one in said]
    if notice.unit_id is None and (library := _stand_again(session, notice.year)):
        days += [one.day for one in library]
    _record(session, actor, now, "notice.withdrawn", notice, layer, said, reason=reason)
    first, last = _span(notice.unit_id, notice.year, days)
    events.publish(session, CalendarChanged(notice.unit_id, first, last, notice.id, now))
    return notice


def _put(session: Session, notice: Notice, days: Sequence[Said]) -> None:
    session.add(notice)
    session.flush()  # its days, the event and what it replaces name it
    session.add_all(
        NoticeDay(
            notice_id=notice.id,
            day=said.day,
            unit_id=notice.unit_id,
            kind=said.kind,
            name=said.name,
        )
        for said in days
    )
    session.flush()  # what is counted next counts by it


def _refuse_twice(session: Session, draft: Draft) -> None:
    there = session.scalars(
        select(Notice).where(
            Notice.unit_id.is_not_distinct_from(draft.unit_id),
            Notice.number == draft.number,
            Notice.withdrawn_at.is_(None),
        )
    ).first()
    if there is not None:
        raise NoticeTwice(
            f"文号“{there.number}”的通知已经录入过（《{there.title}》），没有再录。",
            current="entered",
            notice_id=there.id,
        )


def _refuse_clashes(session: Session, draft: Draft, calendar: Calendar) -> None:
    """Raises: BadNotice."""
    faults = clashing(session, draft)
    faults += known_already(draft, calendar)
    if faults:
        raise BadNotice(faults)


def _effects(
    session: Session, draft: Draft, before: Calendar, span: tuple[date, date]
) -> Iterator[Effect]:
    """Its own days, and those that only the list it replaces spoke of; in order."""
    off, work, half = (
        frozenset(one.day for one in draft.days if one.kind is kind)
        for kind in (DayKind.OFF, DayKind.WORK, DayKind.HALF)
    )
    after = calendar_for(session, draft.unit_id, *span).overlaid(off, work, half)
    said = {one.day: one for one in draft.days}
    for day in sorted(said.keys() | before.off | before.work):
        is_new = (before.is_working(day), before.is_half(day)) != (
            after.is_working(day),
            after.is_half(day),
        )
        if day in said:
            yield Effect(said[day], is_new)
        elif is_new:
            kind = DayKind.WORK if after.is_working(day) else DayKind.OFF
            yield Effect(Said(day, kind), is_new, is_dropped=True)


def _take_down(
    session: Session, notice: Notice, actor: Actor | None, now: datetime, reason: str
) -> list[Said]:
    """What it said."""
    notice.withdrawn_at, notice.withdrawn_reason = now, reason
    notice.withdrawn_by_id = actor.person_id if actor else None
    return _turn(session, notice, stands=False)


def _stand_again(session: Session, year: int) -> list[Said]:
    """The program's own list of a year, if a notice stood instead of it and none does now."""
    session.flush()  # the notice that is withdrawn
    library = find_library(session, year)
    if library is None or library.replaced_by_id is None or is_known(session, year):
        return []
    library.withdrawn_at = library.withdrawn_reason = library.withdrawn_by_id = None
    library.replaced_by_id = None
    return _turn(session, library, stands=True)


def _turn(session: Session, notice: Notice, *, stands: bool) -> list[Said]:
    notice.rev += 1
    rows = session.execute(
        update(NoticeDay)
        .where(NoticeDay.notice_id == notice.id)
        .values(stands=stands)
        .returning(NoticeDay.day, NoticeDay.kind, NoticeDay.name)
    )
    said = sorted((Said(*row) for row in rows), key=lambda one: one.day)
    session.flush()  # what is counted next counts without it, or with it
    return said


def _span(unit_id: int | None, year: int, days: Sequence[date]) -> tuple[date, date]:
    """From when to when days may count otherwise: a year that gets its notice is no estimate."""
    first, last = min(days), max(days)
    if unit_id is None:
        return min(first, date(year, 1, 1)), max(last, date(year, 12, 31))
    return first, last


def _reason(text: str) -> str:
    reason = text.replace("\0", "").strip()
    if not reason:
        raise BadNotice([Fault("reason", "required", "请写明为什么撤销。")], "通知没有撤销。")
    if len(reason) > LONGEST_REASON:
        told = f"原因最多写 {LONGEST_REASON} 个字，请写短一些。"
        raise BadNotice([Fault("reason", "too_long", told)], "通知没有撤销。")
    return reason


def _record(
    session: Session,
    actor: Actor | None,
    now: datetime,
    kind: str,
    notice: Notice,
    layer: str,
    said: Sequence[Said],
    **more: str,
) -> None:
    facts = {
        "notice": f"{notice.number}《{notice.title}》",
        "unit": layer,
        "year": notice.year,
        **{str(one): [day.day.isoformat() for day in said if day.kind is one] for one in DayKind},
        **more,
    }
    audit.record(session, now=now, actor=actor, kind=kind, object=f"notice:{notice.id}", data=facts)
