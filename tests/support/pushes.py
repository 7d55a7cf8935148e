"""A push to a managed system that never arrived."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Account
from app.core import crypto
from app.core.outbox import Outbox, OutboxState
from app.managed.models import Push
from app.managed.types import TOPIC, PushState


def failed_push(session: Session, ticket: str, now: datetime) -> Push:
    """Of an account that this ticket opened; somebody has sent it again once."""
    opened = select(Account.id).where(Account.opened_ticket == ticket).order_by(Account.id)
    push = Push(
        system="labour-platform",
        key=f"act_{ticket}",
        account_id=session.scalars(opened).first(),
        act="account.opened",
        subsystem="",
        post="",
        ticket=ticket,
        row_no=1,
        at=now,
        state=PushState.FAILED,
        body_sealed=crypto.seal("{}"),
    )
    session.add(push)
    session.flush()
    session.add(
        Outbox(
            topic=TOPIC,
            key=push.key,
            payload={"push": push.id},
            ticket=ticket,
            state=OutboxState.DEAD,
            retries=1,
            error="对方没有应答。",
            due_at=now,
            created_at=now,
        )
    )
    session.flush()
    return push
