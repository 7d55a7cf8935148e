"""What `/readyz` tells: only the database decides, the rest is for the operator's eye."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.models import Event, Seal
from app.core.outbox import Outbox, OutboxState
from app.health.models import Heartbeat
from app.processes.models import Instance

PULSE = "worker"
SILENCE = timedelta(seconds=45)
LAG = timedelta(minutes=1)
SEAL_LAG = timedelta(minutes=5)


@dataclass(frozen=True)
class Probes:
    """How to ask the neighbours; each answers at once or is taken for gone."""

    broker: Callable[[], bool]
    pdf: Callable[[], bool]


def beat(session: Session, *, now: datetime) -> None:
    session.execute(
        insert(Heartbeat)
        .values(name=PULSE, at=now)
        .on_conflict_do_update(index_elements=[Heartbeat.name], set_={"at": now})
    )


def readiness(session: Session, probes: Probes, *, now: datetime) -> dict[str, str]:
    """State of each part in one word: ok, down, late. Raises when the database is not ready."""
    version = session.scalar(text("SELECT version_num FROM alembic_version"))
    pulse = session.scalar(select(Heartbeat.at).where(Heartbeat.name == PULSE))
    working = pulse is not None and now - pulse < SILENCE
    timer = session.scalar(select(func.min(Instance.due_at)).where(Instance.ended_at.is_(None)))
    waiting = session.scalar(
        select(func.min(Outbox.due_at)).where(Outbox.state == OutboxState.WAITING)
    )
    return {
        "seal": _sealing(session, now),
        "database": str(version),
        "broker": _word(probes.broker()),
        # One pulse proves both: beat sent it, a worker wrote it.
        "worker": _word(working),
        "beat": _word(working),
        "pdf": _word(probes.pdf()),
        "timers": _punctual(timer, now),
        "outbox": _punctual(waiting, now),
    }


def ages(session: Session, *, now: datetime) -> dict[str, int | None]:
    """In seconds: the last seal over the audit chains, the oldest row that waits to be sent."""
    sealed = session.scalar(select(func.max(Seal.at)))
    oldest = session.scalar(
        select(func.min(Outbox.created_at)).where(Outbox.state == OutboxState.WAITING)
    )
    return {"seal_age": _age(sealed, now), "outbox_age": _age(oldest, now)}


def _age(moment: datetime | None, now: datetime) -> int | None:
    return max(0, int((now - moment).total_seconds())) if moment else None


def _sealing(session: Session, now: datetime) -> str:
    """Late when an event has waited some minutes for its seal."""
    sealed = session.scalar(select(func.max(Seal.at)))
    waits = select(Event.id).where(Event.at < now - SEAL_LAG)
    if sealed is not None:
        waits = waits.where(Event.at > sealed)
    return "late" if session.execute(waits.limit(1)).first() else "ok"


def _word(is_up: bool) -> str:
    return "ok" if is_up else "down"


def _punctual(due: datetime | None, now: datetime) -> str:
    return "late" if due is not None and now - due > LAG else "ok"
