"""Which processes a unit may start: switched off for a while, and on again."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.administration.service.units import access_to_keep
from app.administration.types import HiddenAbove, HiddenAlready
from app.audit import service as audit
from app.core.actor import Actor
from app.identity.models import Unit
from app.processes.models import HiddenProcess, ProcessVersion
from app.processes.queries import published_version


def hide_process(
    session: Session, *, actor: Actor, now: datetime, unit_id: int, seen: int, key: str
) -> Unit:
    """Nobody of the unit, or of those below it, begins one; what runs goes on.

    Raises: NotFound, StaleUnit, ProcessNotFound, HiddenAlready.
    """
    unit = access_to_keep(session, unit_id, actor, seen)
    version = published_version(session, key)
    there = select(HiddenProcess.id).where(
        HiddenProcess.unit_id == unit.id, HiddenProcess.key == key
    )
    if session.scalar(there) is not None:
        raise HiddenAlready
    session.add(
        HiddenProcess(key=key, unit_id=unit.id, hidden_by_id=actor.person_id, hidden_at=now)
    )
    _record(session, actor, now, "process.hidden", unit, version)
    return unit


def show_process(
    session: Session, *, actor: Actor, now: datetime, unit_id: int, seen: int, key: str
) -> Unit:
    """Raises: NotFound, StaleUnit, ProcessNotFound, HiddenAbove."""
    unit = access_to_keep(session, unit_id, actor, seen)
    version = published_version(session, key)
    gone = delete(HiddenProcess).where(HiddenProcess.unit_id == unit.id, HiddenProcess.key == key)
    if session.scalar(gone.returning(HiddenProcess.id)) is None:
        raise HiddenAbove
    _record(session, actor, now, "process.shown", unit, version)
    return unit


def _record(
    session: Session,
    actor: Actor,
    now: datetime,
    kind: str,
    unit: Unit,
    version: ProcessVersion,
) -> None:
    facts = {"process": version.key, "title": version.title}
    audit.record(session, now=now, actor=actor, kind=kind, object=f"unit:{unit.code}", data=facts)
