"""催办: asking whoever has a ticket to go on with it, seldom enough to be heard."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.audit.service import note
from app.core import clock
from app.core.actor import Actor
from app.identity.queries import get_unit, people_by_ids
from app.processes.models import Instance
from app.tasks.models import Task
from app.tasks.queries import active_tasks
from app.tickets import policy
from app.tickets.models import Ticket
from app.tickets.queries import access_ticket
from app.tickets.service.copying import words_of
from app.tickets.types import (
    MAX_NOTE,
    MayNotUrge,
    NobodyWaits,
    TicketState,
    UrgedTooSoon,
    WrongState,
)

URGED = "ticket.urged"
HELD = "这件挂起了，恢复以后才能催办。"
OVER = "这件没有在办理中，不用催办。"


def urge(session: Session, *, actor: Actor, now: datetime, number: str, text: str = "") -> Ticket:
    """Everybody else who has an open step of it sees the mark 催 and the words.

    Raises: TicketNotFound, MayNotUrge, WrongState, NobodyWaits, UrgedTooSoon, Invalid.
    """
    ticket = access_ticket(session, number, actor, policy.can_view, lock=True)
    if not policy.can_urge(actor, ticket, get_unit(session, ticket.unit_id).path):
        raise MayNotUrge
    if ticket.state not in policy.URGEABLE:
        is_held = ticket.state is TicketState.SUSPENDED
        raise WrongState(HELD if is_held else OVER, current=ticket.state.value)
    said = words_of(text, "text", MAX_NOTE)
    tasks = [
        t for t in active_tasks(session, ticket.instance_id) if t.assignee_id != actor.person_id
    ]
    if not tasks:
        raise NobodyWaits
    _not_too_soon(session, ticket.instance, now)
    for task in tasks:
        task.urged_at = now
        task.urge_count += 1
    note(
        session,
        ticket.instance,
        URGED,
        now=now,
        actor=actor,
        tasks=[task.id for task in tasks],
        names=_names(session, tasks),
        reason=said,
    )
    return ticket


def _not_too_soon(session: Session, instance: Instance, now: datetime) -> None:
    """Asked under the ticket's lock. Raises: UrgedTooSoon."""
    urged = session.execute(
        select(Event.at, Event.actor_name)
        .where(Event.chain == instance.audit_chain, Event.kind == URGED)
        .order_by(Event.seq.desc())
        .limit(policy.URGES_A_DAY)
    ).all()
    again_at = policy.may_urge_again_at([row.at for row in urged], now)
    if again_at is not None:
        last, when = clock.local(urged[0].at), clock.local(again_at)
        raise UrgedTooSoon(
            f"{urged[0].actor_name}在{last.month}月{last.day}日 {last:%H:%M} 催过了，"
            f"{when.month}月{when.day}日 {when:%H:%M} 以后可以再催。",
            again_at=when.isoformat(),
        )


def _names(session: Session, tasks: Sequence[Task]) -> str:
    people = people_by_ids(session, {task.assignee_id for task in tasks if task.assignee_id})
    names = [people[t.assignee_id].name if t.assignee_id else "等着签收的人" for t in tasks]
    return "、".join(dict.fromkeys(names))
