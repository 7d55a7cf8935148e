"""委托: a deputy acts for the principal for some days, in all processes or in those named."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.identity.cover_models import Mandate
from app.identity.cover_types import NotYourMandate
from app.identity.policy import may_stand_in
from app.identity.queries import get_person, get_unit, people_by_ids
from app.identity.queries.cover import can_sign_in, lock_mandate, positions_at, reach_of
from app.identity.service.cover import (
    days,
    end_of,
    lock_person,
    person_named,
    process_titles,
    record,
    span,
    tell,
    words,
    work_off,
    wrong,
)
from app.identity.types import PersonRef

LOCK = 0x5EA1_0A12  # of who writes mandates: a circle may close at two ends at once
SELF = "不能委托给自己，请另选一人。"
ELSEWHERE = "只能委托给本级的人。{}在别的地方，请另选一人。"
NO_LOGIN = "{}现在不能登录，收不到要办的事，请另选一人。"
EXCLUDES = (
    "{}的岗位与委托人的不能由同一人兼任"
    "（账户管理员、权限管理员、操作员、系统管理员、审计员互相排斥），请另选一人。"
)
OVERLAPS = "{}至{}已经把同样的流程委托给{}，日期不能重叠。请改日期或流程，或者先结束那一条。"
CIRCLE = "这样会绕成一圈：{}。请另选一人，或者改日期。"


def write_mandate(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    username: str = "",
    deputy: str,
    first: date | None,
    last: date | None,
    processes: Sequence[str] = (),
    reason: str = "",
) -> Mandate:
    """By the principal, or for him, with a reason, by the head of his office or the system
    administrator; twice, it is one.

    Raises: NotYourMandate, Invalid.
    """
    person = person_named(session, actor, username or actor.username, "person")
    reason = words(reason, "reason")
    _refuse_stranger(session, actor, person, reason)
    starts_at, ends_at = span(first, last, now)
    kinds = _known(session, processes)
    other = person_named(session, actor, deputy, "deputy")
    _refuse_deputy(session, person, other, now)
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    lock_person(session, person.id)
    mandate = Mandate(
        person_id=person.id,
        deputy_id=other.id,
        processes=kinds,
        reason=reason,
        written_by_id=actor.person_id,
        starts_at=max(starts_at, now),  # it gives no right to what was before it
        ends_at=ends_at,
        created_at=now,
    )
    for known in _meeting(session, person.id, mandate.starts_at, ends_at):
        if known.says_the_same(mandate):
            return known
    _refuse_overlap(session, mandate)
    _refuse_circle(session, mandate)
    session.add(mandate)
    session.flush()  # the event names it
    _record(session, actor, "mandate.written", mandate, now, reason=reason)
    work_off(session, mandate, person.id, now)
    return mandate


def change_mandate(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    mandate_id: int,
    version: int | None,
    last: date | None,
) -> Mandate:
    """Another last day. Raises: CoverNotFound, NotYourMandate, CoverOver, CoverMoved, Invalid."""
    mandate = _access(session, mandate_id, actor)
    mandate.expect(version, now)
    if last is None:
        raise wrong("to", "required", "请填改到哪一天止。")
    ends_at = end_of(last, now)
    if ends_at <= mandate.starts_at:
        raise wrong("to", "ends_before", "结束的日期早于开始的日期，请改成同一天或者更晚。")
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    if ends_at == mandate.ends_at:
        return mandate
    mandate.shift(ends_at)
    _refuse_overlap(session, mandate, "to")
    _refuse_circle(session, mandate, "to")
    _record(session, actor, "mandate.changed", mandate, now)
    return mandate


def end_mandate(
    session: Session, *, actor: Actor, now: datetime, mandate_id: int, version: int | None
) -> Mandate:
    """From now on nothing new comes to the deputy; what he has in hand he finishes.

    Raises: CoverNotFound, NotYourMandate, CoverOver, CoverMoved.
    """
    mandate = _access(session, mandate_id, actor)
    mandate.expect(version, now)
    return _finish(session, actor, mandate, now)


def revoke_mandate(
    session: Session, *, actor: Actor, now: datetime, mandate_id: int, version: int | None
) -> Mandate:
    """It is taken back: what the deputy has in hand by it goes back too.

    Raises: CoverNotFound, NotYourMandate, CoverOver, CoverMoved.
    """
    mandate = _access(session, mandate_id, actor)
    mandate.expect(version, now)
    mandate.revoked_at = now
    return _finish(session, actor, mandate, now)


def _finish(session: Session, actor: Actor, mandate: Mandate, now: datetime) -> Mandate:
    had_begun = mandate.covers(now)
    mandate.end(now)
    mandate.finished_at, mandate.begun_at = now, mandate.begun_at or now
    kind = "mandate.revoked" if mandate.revoked_at else "mandate.ended"
    _record(session, actor, kind if had_begun else "mandate.cancelled", mandate, now)
    if had_begun:
        revoked = (mandate.deputy_id,) if mandate.revoked_at else ()
        tell(session, mandate.person_id, now, revoked)
    return mandate


def _access(session: Session, mandate_id: int, actor: Actor) -> Mandate:
    mandate, reach = lock_mandate(session, mandate_id, actor)
    person = mandate.person
    if person.id != actor.person_id and not reach.entrusts_for(person.unit.path):
        raise NotYourMandate
    return mandate


def _refuse_stranger(session: Session, actor: Actor, person: PersonRef, reason: str) -> None:
    if person.id == actor.person_id:
        return
    path = get_unit(session, person.unit_id).path
    if not reach_of(session, actor).entrusts_for(path):
        raise NotYourMandate
    if not reason:
        raise wrong("reason", "required", "替别人写委托要写明原因，例如：本人住院，主任口头交代。")


def _known(session: Session, processes: Sequence[str]) -> list[str]:
    titles = process_titles(session)
    if unknown := [key for key in processes if key not in titles]:
        raise wrong("processes", "unknown_process", f"没有这个流程：{unknown[0]}。请从清单里选。")
    return sorted(set(processes))


def _refuse_deputy(session: Session, person: PersonRef, other: PersonRef, now: datetime) -> None:
    if other.id == person.id:
        raise wrong("deputy", "self", SELF)
    divisions = {get_unit(session, one.unit_id).division_id for one in (person, other)}
    if len(divisions) > 1:
        raise wrong("deputy", "elsewhere", ELSEWHERE.format(other.name))
    if not can_sign_in(session, other.id, now):
        raise wrong("deputy", "no_login", NO_LOGIN.format(other.name))
    held = positions_at(session, [person.id, other.id], now)
    if not may_stand_in(held[person.id], held[other.id]):
        raise wrong("deputy", "positions_exclude", EXCLUDES.format(other.name))


def _refuse_overlap(session: Session, mandate: Mandate, path: str = "from") -> None:
    for other in _meeting(session, mandate.person_id, mandate.starts_at, mandate.ends_at):
        if other.id != mandate.id and other.meets(mandate.processes):
            told = OVERLAPS.format(other.first_on, other.last_on, other.deputy.name)
            raise wrong(path, "overlaps", told)


def _refuse_circle(session: Session, mandate: Mandate, path: str = "deputy") -> None:
    """A→B→…→A, where at one moment all of them would hold for one kind of process."""
    way = next(_circles(session, mandate, [mandate]), None)
    if way is None:
        return
    ids = [one.person_id for one in way] + [mandate.person_id]
    names = people_by_ids(session, ids)
    raise wrong(path, "circle", CIRCLE.format(" → ".join(names[one].name for one in ids)))


def _circles(session: Session, mandate: Mandate, way: list[Mandate]) -> Iterator[list[Mandate]]:
    starts_at = max(one.starts_at for one in way)
    ends_at = min(one.ends_at for one in way)
    for onward in _meeting(session, way[-1].deputy_id, starts_at, ends_at):
        if not _share(*way, onward) or onward.id == mandate.id or onward in way:
            continue
        if onward.deputy_id == mandate.person_id:
            yield [*way, onward]
        else:
            yield from _circles(session, mandate, [*way, onward])


def _share(*mandates: Mandate) -> bool:
    named = [set(one.processes) for one in mandates if one.processes]
    return not named or bool(set.intersection(*named))


def _meeting(
    session: Session, person_id: int, starts_at: datetime, ends_at: datetime
) -> Sequence[Mandate]:
    with session.no_autoflush:
        return session.scalars(
            select(Mandate)
            .where(
                Mandate.person_id == person_id,
                Mandate.starts_at < ends_at,
                Mandate.ends_at > starts_at,
                Mandate.ends_at > Mandate.starts_at,
            )
            .order_by(Mandate.id)
        ).all()


def _record(
    session: Session, actor: Actor, kind: str, mandate: Mandate, now: datetime, **more: str
) -> None:
    titles = process_titles(session)
    record(
        session,
        actor,
        kind,
        f"person:{mandate.person_id}",
        now,
        deputy=mandate.deputy_id,
        deputy_name=get_person(session, mandate.deputy_id).name,
        processes="、".join(titles.get(key, key) for key in mandate.processes),
        **days(mandate),
        **more,
    )
