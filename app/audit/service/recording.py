"""Recording: one event per act, in the act's own transaction, linked to the one before."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.models import CURRENT, GENESIS, ChainHead, Event
from app.audit.types import Head, Result
from app.core import events, origin
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
    result: Result = Result.DONE,
) -> Event:
    """Append to the ticket's chain (`head`, whose row the caller has locked) or the unit's.

    `data` holds facts for the timeline and the auditor: ids, labels, hashes; no personal data.
    Address and number of the request are those of the transaction (`core.origin`). The event itself
    is news: whoever subscribes to `Event` hears of every act.
    """
    came = origin.of(session)
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
        format=CURRENT,
        acting_for=actor.acting_for if actor else None,
        via=came.via,
        ip=came.ip,
        request_id=came.request_id,
        result=result.value,
        prev_hash=end.audit_hash,
    )
    event.hash = event.computed_hash()
    end.audit_seq, end.audit_hash = event.seq, event.hash
    session.add(event)
    events.publish(session, event)
    return event


def note(
    session: Session,
    head: Head,
    act: str,
    /,
    *,
    now: datetime,
    actor: Actor | None,
    **data: object,
) -> Event:
    """What happened to the very thing whose chain ends at `head`: a ticket, by its locked run."""
    return record(
        session, now=now, actor=actor, kind=act, object=head.audit_chain, head=head, data=data
    )


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
