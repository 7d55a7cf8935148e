"""Recording: one event per act, in the act's own transaction, linked to the one before."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.models import GENESIS, ChainHead, Event
from app.audit.types import Head
from app.core.actor import Actor

SYSTEM = "系统"


def record(
    session: Session,
    *,
    now: datetime,
    actor: Actor | None,
    kind: str,
    object: str,  # noqa: A002 - the word of the audit trail
    data: Mapping[str, Any] | None = None,
    head: Head | None = None,
) -> Event:
    """Append to the ticket's chain (`head`, whose row the caller has locked) or the unit's.

    `data` holds facts for the timeline and the auditor: ids, labels, hashes; no personal data.
    """
    end = head or _unit_head(session, actor.unit_code if actor else "system")
    event = Event(
        chain=end.audit_chain,
        seq=end.audit_seq + 1,
        at=now,
        actor_id=actor.person_id if actor else None,
        actor_name=actor.name if actor else SYSTEM,
        unit_name=actor.unit_name if actor else "",
        kind=kind,
        object=object,
        data=dict(data or {}),
        prev_hash=end.audit_hash,
    )
    event.hash = event.computed_hash()
    end.audit_seq, end.audit_hash = event.seq, event.hash
    session.add(event)
    return event


def _unit_head(session: Session, unit_code: str) -> ChainHead:
    chain = f"unit:{unit_code}"
    session.execute(
        insert(ChainHead)
        .values(chain=chain, audit_seq=0, audit_hash=GENESIS)
        .on_conflict_do_nothing()
    )
    return session.scalars(
        select(ChainHead).where(ChainHead.chain == chain).with_for_update()
    ).one()
