"""`messaging.send`: what the approval's last step does. It writes rows; a job sends them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core import clock
from app.processes import registry
from app.processes.registry import OperationContext
from app.recipients import queries as recipients
from app.sendings.service import open_sending
from app.sendings.types import Approved

# What the diagram asks before it waits, and by which its message finds it.
OVER, CORRELATION = "sending_over", "sending_ticket"
WANTED, GRANTED = "wanted_at", "send_at"  # on the form, and as a reviewer changed it


def register() -> None:
    """Safe to call again."""
    registry.register_operation("messaging.send", send, writes=(OVER, CORRELATION), is_signed=True)


def send(session: Session, context: OperationContext) -> dict[str, bool | str]:
    """Bound to the digests on the form that was signed; answers whether it is over already, since
    nobody on the list may be written to any more. Raises: Voided, ListNotFound.
    """
    answers = context.answers
    frozen = recipients.frozen_by_number(session, str(answers["list_number"]).strip().upper())
    approved = Approved(
        frozen.template.id,
        bytes.fromhex(str(answers["text_digest"])),
        bytes.fromhex(str(answers["list_digest"])),
    )
    opened = open_sending(
        session,
        actor=context.actor,
        ticket_id=context.instance_id,
        list_id=frozen.list.id,
        approved=approved,
        now=context.now,
        not_before=not_before(context.answers, context.results, context.now),
    )
    return {OVER: opened.ended_at is not None, CORRELATION: context.ticket}


def not_before(answers: Mapping[str, Any], results: registry.Results, now: datetime) -> datetime:
    """As it was asked for, or as a reviewer set it last; never in the past."""
    granted = [found for one in results.values() if (found := _moment(one.get(GRANTED)))]
    wanted = granted[-1] if granted else _moment(answers.get(WANTED))
    return max(wanted or now, now)


def _moment(value: Any) -> datetime | None:
    """Of an answer; one without an offset is the office's time."""
    if not value:
        return None
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    if found.tzinfo is None:
        return found.replace(tzinfo=clock.local(clock.utcnow()).tzinfo)
    return found
