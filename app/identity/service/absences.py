"""请假: who is away, entered by himself, a leader of his unit or the system administrator."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.days import midnight
from app.identity.cover_models import Absence
from app.identity.cover_types import ABSENCE_LABELS, AbsenceKind, NotYourCover, Standing
from app.identity.queries import get_unit
from app.identity.queries.cover import lock_absence, reach_of
from app.identity.service.cover import (
    LONGEST,
    days,
    end_of,
    lock_person,
    person_named,
    record,
    span,
    tell,
    words,
    work_off,
    wrong,
)

OVERLAPS = "{}至{}已经登记过{}，日期不能重叠。请改日期，或者先改那一条。"


def enter_absence(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    username: str,
    first: date | None,
    last: date | None,
    kind: str,
    note: str = "",
) -> Absence:
    """Somebody is away from the first day to the last; entered twice, it is one.

    Raises: NotYourCover, Invalid.
    """
    person = person_named(session, actor, username or actor.username, "person")
    reach = reach_of(session, actor)
    if not reach.keeps_absences_of(person, get_unit(session, person.unit_id).path):
        raise NotYourCover
    if kind not in list(AbsenceKind):
        labels = "、".join(ABSENCE_LABELS.values())
        raise wrong("kind", "not_a_choice", f"请选择请假的种类：{labels}。")
    starts_at, ends_at = span(first, last, now)
    note = words(note)
    lock_person(session, person.id)
    if (
        same := _same(session, actor, person.id, AbsenceKind(kind), starts_at, ends_at)
    ) is not None:
        return same
    _refuse_overlap(session, person.id, starts_at, ends_at)
    absence = Absence(
        person_id=person.id,
        kind=AbsenceKind(kind),
        note=note,
        entered_by_id=actor.person_id,
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=now,
    )
    session.add(absence)
    session.flush()  # the event names it
    _record(session, actor, "absence.entered", absence, now)
    work_off(session, absence, person.id, now)
    return absence


def note_absence(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    person_id: int,
    first: date,
    last: date | None,
    kind: AbsenceKind,
) -> Absence | None:
    """The absence that an event of somebody's service means; None where nothing of it is to come,
    or another one stands there already. Without a last day it holds for a year, or until he is
    back.
    """
    today = clock.local(now).date()
    furthest = today + LONGEST
    starts_at = midnight(max(first, today))
    ends_at = midnight(min(last or furthest, furthest) + timedelta(days=1))
    lock_person(session, person_id)
    if ends_at <= starts_at or _overlapped(session, person_id, starts_at, ends_at) is not None:
        return None
    absence = Absence(
        person_id=person_id,
        kind=kind,
        note="",
        entered_by_id=actor.person_id,
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=now,
    )
    session.add(absence)
    session.flush()  # the event names it
    _record(session, actor, "absence.entered", absence, now)
    work_off(session, absence, person_id, now)
    return absence


def cut_absence(session: Session, *, actor: Actor, now: datetime, absence_id: int) -> None:
    """The person of `note_absence` is back; over already: nothing changes."""
    absence = session.get_one(Absence, absence_id, with_for_update=True, populate_existing=True)
    if absence.standing(now) in (Standing.PLANNED, Standing.CURRENT):
        _end(session, actor, absence, now)


def change_absence(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    absence_id: int,
    version: int | None,
    last: date | None,
) -> Absence:
    """Another last day. Raises: CoverNotFound, NotYourCover, CoverOver, CoverMoved, Invalid."""
    absence, _ = lock_absence(session, absence_id, actor)
    absence.expect(version, now)
    if last is None:
        raise wrong("to", "required", "请填改到哪一天止。")
    ends_at = end_of(last, now)
    if ends_at <= absence.starts_at:
        raise wrong("to", "ends_before", "结束的日期早于开始的日期，请改成同一天或者更晚。")
    lock_person(session, absence.person_id)
    _refuse_overlap(session, absence.person_id, absence.starts_at, ends_at, absence.id)
    if ends_at != absence.ends_at:
        absence.shift(ends_at)
        _record(session, actor, "absence.changed", absence, now)
    return absence


def end_absence(
    session: Session, *, actor: Actor, now: datetime, absence_id: int, version: int | None
) -> Absence:
    """销假: he is back; before its first day it never begins.

    Raises: CoverNotFound, CoverOver, CoverMoved.
    """
    absence, _ = lock_absence(session, absence_id, actor)
    absence.expect(version, now)
    _end(session, actor, absence, now)
    return absence


def _end(session: Session, actor: Actor, absence: Absence, now: datetime) -> None:
    had_begun = absence.covers(now)
    absence.end(now)
    absence.finished_at, absence.begun_at = now, absence.begun_at or now
    kind = "absence.ended" if had_begun else "absence.cancelled"
    _record(session, actor, kind, absence, now)
    if had_begun:
        tell(session, absence.person_id, now)


def _same(
    session: Session,
    actor: Actor,
    person_id: int,
    kind: AbsenceKind,
    starts_at: datetime,
    ends_at: datetime,
) -> Absence | None:
    return session.scalars(
        select(Absence).where(
            Absence.person_id == person_id,
            Absence.entered_by_id == actor.person_id,
            Absence.kind == kind,
            Absence.starts_at == starts_at,
            Absence.ends_at == ends_at,
        )
    ).first()


def _refuse_overlap(
    session: Session, person_id: int, starts_at: datetime, ends_at: datetime, but: int = 0
) -> None:
    other = _overlapped(session, person_id, starts_at, ends_at, but)
    if other is not None:
        told = OVERLAPS.format(other.first_on, other.last_on, ABSENCE_LABELS[other.kind])
        raise wrong("from" if not but else "to", "overlaps", told)


def _overlapped(
    session: Session, person_id: int, starts_at: datetime, ends_at: datetime, but: int = 0
) -> Absence | None:
    return session.scalars(
        select(Absence).where(
            Absence.person_id == person_id,
            Absence.id != but,
            Absence.starts_at < ends_at,
            Absence.ends_at > starts_at,
            Absence.ends_at > Absence.starts_at,
        )
    ).first()


def _record(session: Session, actor: Actor, kind: str, absence: Absence, now: datetime) -> None:
    # The kind of leave says something of health: it stays in the row.
    record(session, actor, kind, f"person:{absence.person_id}", now, **days(absence))
