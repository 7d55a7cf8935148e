"""Declaring an outage, withdrawing it, and letting the paper of one in."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.calendar.queries import calendar_for
from app.core import clock
from app.core.actor import Actor
from app.identity.layers import access_layer
from app.identity.models import Unit
from app.outages.judging import faults_of, paper_faults, reason_faults
from app.outages.models import Outage
from app.outages.queries import access_outage, is_overlapped, lock_outage
from app.outages.types import (
    DAYS_TO_ENTER,
    LATEST_ENTRY,
    BadOutage,
    BadPaper,
    Draft,
    NotYourOutage,
    OutageInUse,
    OutageTwice,
    OutageWithdrawn,
    Paper,
    StaleOutage,
)

LOCK = 0x5EA1_0B08  # of whoever declares: two outages may not hold for one moment


def declare(session: Session, *, actor: Actor, now: datetime, draft: Draft) -> Outage:
    """Raises: NoSuchUnit, NotYourOutage, BadOutage, OutageTwice."""
    unit = access_layer(session, actor, draft.unit_id, NotYourOutage)
    assert unit is not None  # noqa: S101 - only the nation has none
    if faults := list(faults_of(draft, now)):
        raise BadOutage(faults)
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    if is_overlapped(session, unit, draft.from_at, draft.to_at):
        raise OutageTwice(current="declared")
    outage = Outage(
        unit_id=unit.id,
        from_at=draft.from_at,
        to_at=draft.to_at,
        last_on=draft.last_on or last_day(session, unit, draft.to_at, now),
        reason=draft.reason.strip(),
        declared_by_id=actor.person_id,
        declared_at=now,
    )
    session.add(outage)
    session.flush()  # the audit names it
    _record(session, actor, now, "outage.declared", outage, unit.name, outage.reason)
    return outage


def withdraw(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    outage_id: int,
    version: int | None,
    reason: str,
) -> Outage:
    """As long as nothing was entered under it; it stays to be read.

    Raises: OutageNotFound, NotYourOutage, OutageWithdrawn, StaleOutage, OutageInUse, BadOutage.
    """
    outage, unit = access_outage(session, outage_id, actor)
    if outage.withdrawn_at is not None:
        raise OutageWithdrawn(current="withdrawn", version=outage.rev)
    if version != outage.rev:
        raise StaleOutage(current="declared", version=outage.rev)
    if outage.entered_count:
        raise OutageInUse(current="declared", version=outage.rev)
    if faults := list(reason_faults(reason)):
        raise BadOutage(faults, "登记没有撤销，请写明原因。")
    outage.withdrawn_at, outage.withdrawn_by_id = now, actor.person_id
    outage.withdrawn_reason, outage.rev = reason.strip(), outage.rev + 1
    _record(session, actor, now, "outage.withdrawn", outage, unit, outage.withdrawn_reason)
    return outage


def admit(session: Session, *, unit_path: str, now: datetime, paper: Paper) -> Outage:
    """The outage of a paper, locked, for a unit that may enter it now. Raises: BadPaper."""
    outage = lock_outage(session, paper.outage_id, unit_path)
    faults = list(paper_faults(paper, outage, now))
    if outage is None or faults:
        raise BadPaper(faults)
    return outage


def last_day(session: Session, unit: Unit, to_at: datetime, now: datetime) -> date:
    """Ten working days after its end; of one that is long over, after the day it is declared."""
    end = clock.local(to_at).date()
    today = clock.local(now).date()
    for start in (end, today):
        calendar = calendar_for(session, unit.id, start, start + LATEST_ENTRY)
        last = calendar.working_days(start, DAYS_TO_ENTER).last
        if last >= today:
            break
    return last


def _record(
    session: Session,
    actor: Actor,
    now: datetime,
    kind: str,
    outage: Outage,
    unit: str,
    reason: str,
) -> None:
    facts = {
        "unit": unit,
        "from": outage.from_at.isoformat(),
        "to": outage.to_at.isoformat(),
        "last": outage.last_on.isoformat(),
        "reason": reason,
    }
    audit.record(session, now=now, actor=actor, kind=kind, object=f"outage:{outage.id}", data=facts)
