"""机构调整: proposed by one administrator, confirmed by another, carried out on its day.

What was asked for keeps the unit's name of that time (`identity.queries.called_at`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.administration import policy, queries
from app.administration.models import Reorganisation
from app.administration.remains import weigh
from app.administration.reorganising import LIVE, Change, access_plan, faults, live_plan, reaches
from app.administration.types import (
    PlanKind,
    PlanLive,
    PlanMoved,
    PlanOwn,
    PlanState,
    PlanTooFar,
    Refused,
    UnitClosed,
)
from app.audit import service as audit
from app.core import clock, events
from app.core.actor import Actor
from app.core.days import midnight
from app.core.errors import Forbidden
from app.identity import service as identity
from app.identity.models import Unit
from app.identity.types import UnitSucceeded

CLOSED = "这个单位已经关闭，不能再调整。"
STANDS = "{}，已经由{}提出，{}。同一个单位一次只能办一件，请到那一次里确认或者撤回。"
LATE = timedelta(days=1)


def propose(
    session: Session, *, actor: Actor, now: datetime, unit_id: int, seen: int, change: Change
) -> Reorganisation:
    """A second click finds the first. Raises: NotFound, Forbidden, StaleUnit, UnitClosed, PlanLive,
    Refused.
    """
    if not policy.can_administer(actor):
        raise Forbidden
    unit = queries.access_unit(session, unit_id, actor, seen=seen)
    if unit.closed_at is not None:
        raise UnitClosed(CLOSED)
    if known := live_plan(session, unit.id):
        if known.proposed_by_id == actor.person_id and _as_change(known) == change:
            return known
        raise PlanLive(STANDS.format(known.in_words, known.proposed_by.name, known.state_label))
    if found := faults(session, unit, change, now):
        raise Refused(*found)
    plan = Reorganisation(
        unit_id=unit.id,
        kind=change.kind,
        old_name=unit.name,
        new_name=change.new_name or None,
        successor_id=change.successor.id if change.successor else None,
        day=change.day,
        document=change.document,
        reason=change.reason,
        proposed_by_id=actor.person_id,
        proposed_at=now,
        state=PlanState.PROPOSED,
        version=1,
        stuck="",
    )
    plan.unit, plan.successor = unit, change.successor
    session.add(plan)
    session.flush()  # whoever proposed it goes on to its page
    _record(session, actor, now, "unit.reorganisation_proposed", plan)
    return plan


def confirm_plan(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    plan_id: int,
    version: int | None,
    seen: str,
) -> Reorganisation:
    """A second administrator; what has come to its day is carried out at once. `seen`: the mark of
    what the page said would move.

    Raises: PlanNotFound, Forbidden, PlanOwn, PlanTooFar, PlanOver, PlanMoved, UnitClosed, Refused.
    """
    plan = _access(session, plan_id, actor)
    if plan.proposed_by_id == actor.person_id:
        raise PlanOwn
    if not reaches(session, plan, actor):
        raise PlanTooFar
    plan.expect(PlanState.PROPOSED)
    _lock_units(session, plan)
    if plan.unit.closed_at is not None:
        raise UnitClosed(CLOSED)
    if found := faults(session, plan.unit, _as_change(plan), now, besides=plan.id):
        raise Refused(*found)
    if (version, seen) != (plan.version, weigh(session, plan.unit, now).mark):
        raise PlanMoved
    plan.move(PlanState.CONFIRMED)
    plan.confirmed_by_id, plan.confirmed_at = actor.person_id, now
    today = clock.local(now).date()
    if plan.day > today:
        _record(session, actor, now, "unit.reorganisation_confirmed", plan)
    else:
        since = now if plan.day == today else midnight(plan.day)
        _carry_out(session, plan, actor, now, since)
    return plan


def retract(
    session: Session, *, actor: Actor, now: datetime, plan_id: int, version: int | None
) -> Reorganisation:
    """Any administrator, until its day. Raises: PlanNotFound, Forbidden, PlanOver, PlanMoved."""
    plan = _access(session, plan_id, actor)
    plan.expect(*LIVE)
    if version != plan.version:
        raise PlanMoved
    plan.move(PlanState.WITHDRAWN)
    plan.withdrawn_by_id = actor.person_id
    _record(session, actor, now, "unit.reorganisation_withdrawn", plan)
    return plan


def due_plans(session: Session, *, now: datetime) -> Sequence[int]:
    """Those that have come to their day."""
    return session.scalars(
        select(Reorganisation.id)
        .where(
            Reorganisation.state == PlanState.CONFIRMED,
            Reorganisation.day <= clock.local(now).date(),
        )
        .order_by(Reorganisation.id)
    ).all()


def carry_out(session: Session, *, now: datetime, plan_id: int) -> None:
    """What stands against it by now is written on it, and it is tried again."""
    plan = session.scalars(
        select(Reorganisation)
        .where(Reorganisation.id == plan_id, Reorganisation.state == PlanState.CONFIRMED)
        .with_for_update(skip_locked=True)
    ).first()
    if plan is None:
        return
    _lock_units(session, plan)
    found = faults(session, plan.unit, _as_change(plan), now, besides=plan.id)
    # On its day it was judged; that the clock stood still since is not its fault.
    words = "".join(f"{text}" for field, text in found if field != "day")
    if plan.unit.closed_at is not None:
        words = CLOSED
    if not words:
        _carry_out(session, plan, None, now, midnight(plan.day))
    elif words != plan.stuck:
        plan.stuck = words
        _record(session, None, now, "unit.reorganisation_stuck", plan, cause=words)


def late_plans(session: Session, *, now: datetime) -> Sequence[int]:
    """Mergers that others may have worked beside."""
    return session.scalars(
        select(Reorganisation.id)
        .where(
            Reorganisation.state == PlanState.DONE,
            Reorganisation.successor_id.is_not(None),
            Reorganisation.done_at > now - LATE,
        )
        .order_by(Reorganisation.id)
    ).all()


def follow_up(session: Session, *, now: datetime, plan_id: int) -> None:
    """What was begun while a unit was being merged, and asked for its people, goes over too."""
    plan = session.get_one(Reorganisation, plan_id)
    if plan.successor is not None:
        news = UnitSucceeded(
            plan.unit.id, plan.unit.code, plan.successor.id, plan.successor.code, now
        )
        events.publish(session, news)


def _carry_out(
    session: Session, plan: Reorganisation, actor: Actor | None, now: datetime, since: datetime
) -> None:
    unit = plan.unit
    if plan.kind is PlanKind.RENAME:
        identity.give_name(session, unit, plan.new_name or unit.name, since)
    elif plan.successor is not None:
        identity.succeed(session, actor=actor, unit=unit, successor=plan.successor, now=now)
    else:
        identity.close_unit(unit, now)
    plan.move(PlanState.DONE)
    plan.done_at, plan.stuck = now, ""
    _record(session, actor, now, "unit.reorganised", plan)


def _access(session: Session, plan_id: int, actor: Actor) -> Reorganisation:
    if not policy.can_administer(actor):
        raise Forbidden
    return access_plan(session, plan_id, actor, lock=True)


def _lock_units(session: Session, plan: Reorganisation) -> None:
    """In one order; acts that only write rows of these units go on beside it."""
    ids = sorted({plan.unit_id, plan.successor_id or plan.unit_id})
    session.scalars(
        select(Unit)
        .where(Unit.id.in_(ids))
        .order_by(Unit.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def _as_change(plan: Reorganisation) -> Change:
    return Change(
        plan.kind, plan.day, plan.document, plan.reason, plan.new_name or "", plan.successor
    )


def _record(
    session: Session,
    actor: Actor | None,
    now: datetime,
    kind: str,
    plan: Reorganisation,
    **more: str,
) -> None:
    audit.record(
        session,
        now=now,
        actor=actor,
        kind=kind,
        object=f"unit:{plan.unit.code}",
        data={
            "plan": plan.in_words,
            "day": plan.day.isoformat(),
            "document": plan.document,
            "reason": plan.reason,
            **more,
        },
    )
