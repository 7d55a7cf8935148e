"""催办: asking whoever has a ticket to go on with it, seldom enough to be heard."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.audit.service import note
from app.core import clock
from app.core.actor import Actor
from app.core.errors import AppError
from app.identity.queries import get_unit, people_by_ids
from app.identity.types import PersonRef
from app.processes.models import Instance
from app.tasks.models import Task, TaskBatch, TaskBatchItem
from app.tasks.naming import named_in
from app.tasks.queries import active_of_runs, active_tasks
from app.tasks.service import create_batch
from app.tasks.types import MOST_ITEMS, BatchAct, Foreseen, NothingChosen, Seen, TooManyChosen
from app.tickets import policy
from app.tickets.models import Ticket
from app.tickets.queries import access_ticket, runs_numbered, viewable_runs
from app.tickets.service.copying import words_of
from app.tickets.types import (
    MAX_NOTE,
    MayNotUrge,
    NobodyWaits,
    TicketNotFound,
    TicketState,
    UrgedTooSoon,
    WrongState,
)

URGED = "ticket.urged"
HELD = "这件挂起了，恢复以后才能催办。"
OVER = "这件没有在办理中，不用催办。"
REACH = timedelta(days=1)  # what was longer ago bars nobody


class Urging(NamedTuple):
    """One that was heard."""

    at: datetime
    name: str


def urge(session: Session, *, actor: Actor, now: datetime, number: str, text: str = "") -> Ticket:
    """Everybody else who has an open step of it sees the mark 催 and the words.

    Raises: TicketNotFound, MayNotUrge, WrongState, NobodyWaits, UrgedTooSoon, Invalid.
    """
    ticket = access_ticket(session, number, actor, policy.can_view, lock=True)
    said = words_of(text, "text", MAX_NOTE)
    tasks = active_tasks(session, ticket.instance_id)
    urged = _urged(session, [ticket.instance], now).get(ticket.instance.audit_chain, [])
    _judge(actor, ticket, get_unit(session, ticket.unit_id).path, tasks, urged, now)
    waiting = _others(actor, tasks)
    for task in waiting:
        task.urged_at = now
        task.urge_count += 1
    note(
        session,
        ticket.instance,
        URGED,
        now=now,
        actor=actor,
        tasks=[task.id for task in waiting],
        names=_named(people_by_ids(session, named_in(waiting)), waiting),
        reason=said,
    )
    return ticket


def urge_many(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    numbers: Sequence[str],
    text: str,
    client_key: str,
) -> TaskBatch:
    """Each on its own, as `urge` would, behind the page; the same key again is the same batch.

    What the actor may not see is told like what is missing.
    Raises: NothingChosen, TooManyChosen, BatchesRunning, Malformed, Invalid (path text).
    """
    said = words_of(text, "text", MAX_NOTE)
    chosen = list(dict.fromkeys(numbers))
    return create_batch(
        session,
        actor=actor,
        now=now,
        act=BatchAct.URGE,
        items=[Seen(run, None) for run in runs_of(session, actor, chosen)],
        opinion=said,
        client_key=client_key,
    )


def runs_of(session: Session, actor: Actor, numbers: Sequence[str]) -> list[int]:
    """Of each number its run; one that the actor may not see has none, and a number below nought.

    Raises: NothingChosen, TooManyChosen.
    """
    if not numbers:
        raise NothingChosen
    if len(numbers) > MOST_ITEMS:
        raise TooManyChosen
    known = runs_numbered(session, actor, numbers)
    return [known.get(number, -n) for n, number in enumerate(numbers, start=1)]


def foresee_urges(
    session: Session, actor: Actor, now: datetime, ids: Sequence[int]
) -> list[Foreseen]:
    """What would become of each run; the same statements however many there are."""
    known = viewable_runs(session, actor, ids)
    tasks = active_of_runs(session, known)
    urged = _urged(session, [ticket.instance for ticket, *_ in known.values()], now)
    names = people_by_ids(session, named_in(task for group in tasks.values() for task in group))
    return [
        _foreseen(actor, now, known[run], tasks[run], urged, names)
        if run in known
        else Foreseen(run, 0, why=TicketNotFound.message)
        for run in ids
    ]


def urge_item(session: Session, actor: Actor, now: datetime, item: TaskBatchItem) -> object:
    """One of a batch, when its turn comes."""
    text = item.batch.given["opinion"]
    return urge(session, actor=actor, now=now, number=item.number, text=text)


def _foreseen(
    actor: Actor,
    now: datetime,
    row: tuple[Ticket, str, str, str],
    tasks: Sequence[Task],
    urged: Mapping[str, Sequence[Urging]],
    names: Mapping[int, PersonRef],
) -> Foreseen:
    ticket, requester, unit, path = row
    why = ""
    try:
        _judge(actor, ticket, path, tasks, urged.get(ticket.instance.audit_chain, ()), now)
    except AppError as error:
        why = error.text
    return Foreseen(
        ticket.instance_id,
        0,
        ticket.number,
        ticket.title,
        "、".join(dict.fromkeys(task.title for task in tasks)),
        unit,
        requester,
        label=f"催{_named(names, _others(actor, tasks))}",
        why=why,
    )


def _judge(
    actor: Actor,
    ticket: Ticket,
    path: str,
    tasks: Sequence[Task],
    urged: Sequence[Urging],
    now: datetime,
) -> None:
    """Raises: MayNotUrge, WrongState, NobodyWaits, UrgedTooSoon."""
    if not policy.can_urge(actor, ticket, path):
        raise MayNotUrge
    if ticket.state not in policy.URGEABLE:
        is_held = ticket.state is TicketState.SUSPENDED
        raise WrongState(HELD if is_held else OVER, current=ticket.state.value)
    if not _others(actor, tasks):
        raise NobodyWaits
    again_at = policy.may_urge_again_at([one.at for one in urged], now)
    if again_at is not None:
        last, when = clock.local(urged[0].at), clock.local(again_at)
        raise UrgedTooSoon(
            f"{urged[0].name}在{last.month}月{last.day}日 {last:%H:%M} 催过了，"
            f"{when.month}月{when.day}日 {when:%H:%M} 以后可以再催。",
            again_at=when.isoformat(),
        )


def _others(actor: Actor, tasks: Sequence[Task]) -> list[Task]:
    """Nobody urges himself."""
    return [task for task in tasks if task.assignee_id != actor.person_id]


def _urged(session: Session, runs: Sequence[Instance], now: datetime) -> dict[str, list[Urging]]:
    """When each was urged within a day and by whom, the latest first."""
    rows = session.execute(
        select(Event.chain, Event.at, Event.actor_name)
        .where(Event.chain.in_([run.audit_chain for run in runs]), Event.kind == URGED)
        .where(Event.at > now - REACH)
        .order_by(Event.seq.desc())
    )
    found: dict[str, list[Urging]] = {}
    for chain, at, name in rows:
        found.setdefault(chain, []).append(Urging(at, name))
    return found


def _named(people: Mapping[int, PersonRef], tasks: Sequence[Task]) -> str:
    names = [people[t.assignee_id].name if t.assignee_id else "等着签收的人" for t in tasks]
    return "、".join(dict.fromkeys(names))
