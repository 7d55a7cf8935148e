"""Showing one sealed number whole: one row, one field, a reason, an event, a limit a day (S44)."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

import forms
from app.audit.service import record
from app.audit.types import Result
from app.core import clock
from app.core.actor import Actor
from app.processes import engine
from app.processes.queries import latest_submission
from app.tasks.queries import takes_part
from app.tickets import policy
from app.tickets.models import RevealCount, Ticket
from app.tickets.queries import access_ticket
from app.tickets.types import NoReason, NothingToReveal, NotYourReveal, TooManyReveals

MAX_REASON = 200
_limit = [50]


def configure(limit: int) -> None:
    """How many numbers one person may see a day."""
    _limit[:] = [limit]


def may_reveal(session: Session, ticket: Ticket, actor: Actor) -> bool:
    return policy.can_reveal(actor, ticket, has_part=False) or policy.can_reveal(
        actor, ticket, has_part=takes_part(session, actor, ticket.instance_id)
    )


def reveal(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    row: int,
    field: str,
    reason: str,
) -> str | TooManyReveals:
    """The whole value of one masked field; `row` counts from 1, 0 is outside the lists.

    Beyond the limit the refusal is returned, not raised: its event must be committed.
    Raises: TicketNotFound, NotYourReveal, NoReason, NothingToReveal.
    """
    ticket = access_ticket(session, number, actor, policy.can_view, lock=True)
    if not may_reveal(session, ticket, actor):
        raise NotYourReveal
    reason = " ".join(reason.split())
    if not 2 <= len(reason) <= MAX_REASON:
        raise NoReason
    value = _sensitive_value(session, ticket, row, field)
    used = _count(session, actor, now, "used")
    data = {"row": row, "field": field, "reason": reason, "today": used}
    kind = "personal.revealed" if used <= _limit[0] else "personal.reveal_refused"
    record(
        session,
        now=now,
        actor=actor,
        kind=kind,
        object=f"ticket:{ticket.number}",
        data=data,
        head=ticket.instance,
        result=Result.DONE if used <= _limit[0] else Result.REFUSED,
    )
    return value if used <= _limit[0] else TooManyReveals(limit=_limit[0])


def count_print(session: Session, *, actor: Actor, now: datetime) -> tuple[int, bool]:
    """One more printed form today; whether that is the first beyond the limit."""
    printed = _count(session, actor, now, "printed")
    return printed, printed == _limit[0] + 1


def _sensitive_value(session: Session, ticket: Ticket, row: int, field: str) -> str:
    loaded = engine.load(session, ticket.instance.version_id)
    form = loaded.form(loaded.start.id)
    latest = latest_submission(session, ticket.instance_id)
    answers: dict[str, Any] = dict(latest.answers) if latest else dict(ticket.draft or {})
    if form is None:
        raise NothingToReveal
    found = _field(form, answers, row, field)
    if not isinstance(found, str) or not found:
        raise NothingToReveal
    return found


def _field(form: forms.Form, answers: dict[str, Any], row: int, field: str) -> Any:
    """What stands in a sensitive field, None for every other.

    `field` alone is of the first list that has it; of a certain list it is `list.field`.
    """
    listed, _, key = field.rpartition(".")
    for leaf in form.leaves:
        if row == 0 and leaf.key == field and leaf.sensitive:
            return answers.get(field)
        if row > 0 and leaf.type == "dynamiclist" and listed in ("", leaf.key):
            rows = answers.get(leaf.key) or ()
            if any(one.key == key and one.sensitive for one in leaf.leaves):
                return rows[row - 1].get(key) if row <= len(rows) else None
    return None


def _count(session: Session, actor: Actor, now: datetime, what: Literal["used", "printed"]) -> int:
    """One more today; the row is the lock of two at once."""
    column = RevealCount.__table__.c[what]
    given = {"person_id": actor.person_id, "day": clock.local(now).date(), "used": 0, "printed": 0}
    statement = insert(RevealCount).values(given | {what: 1})
    found: int = session.scalars(
        statement.on_conflict_do_update(
            index_elements=["person_id", "day"], set_={what: column + 1}
        ).returning(column)
    ).one()
    return found
