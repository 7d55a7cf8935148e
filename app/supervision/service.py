"""督办: a leader asks for an answer by a day, whoever has the ticket gives it, the leader closes.

Who decides the step does not change by it.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.service import note
from app.calendar.periods import day_of
from app.core import events
from app.core.actor import Actor
from app.core.errors import ErrorAt, Fault, Invalid
from app.identity.queries import people_by_ids
from app.processes.models import Instance
from app.processes.types import InstanceEnded
from app.supervision import policy
from app.supervision.models import Supervision, SupervisionAnswer
from app.supervision.queries import access_supervision, may_supervise, tasks_asked
from app.supervision.types import (
    LONGEST,
    MOST_WORDS,
    InYourHands,
    MayNotAnswer,
    MayNotSupervise,
    NothingToSupervise,
    StaleSupervision,
    State,
    SupervisedAlready,
    SupervisionAnswered,
    SupervisionClosed,
    SupervisionOpened,
    SupervisionOver,
)
from app.tasks.models import Task
from app.tasks.queries import active_tasks
from app.tasks.service import may_act
from app.tickets import policy as tickets
from app.tickets.dues import WHOLE
from app.tickets.models import Ticket
from app.tickets.queries import access_ticket, ticket_of
from app.tickets.service import words_of

ENDED = "办件已经办完，督办随之办结。"


def open_supervision(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    demand: str,
    answer_by: date | None,
    task_id: int | None = None,
) -> Supervision:
    """Of the step of a task, without one of the whole ticket.

    Raises: TicketNotFound, MayNotSupervise, NothingToSupervise, InYourHands, SupervisedAlready,
    Invalid (paths demand, answer_by).
    """
    ticket = access_ticket(session, number, actor, tickets.can_view, lock=True)
    if not may_supervise(session, actor, ticket):
        raise MayNotSupervise
    said, day = _asked(demand, answer_by, day_of(now))
    tasks = active_tasks(session, ticket.instance_id)
    chosen = next((task for task in tasks if task.id == task_id), None)
    if ticket.state not in tickets.URGEABLE or not tasks or (task_id and chosen is None):
        raise NothingToSupervise(current=ticket.state.value)
    asked = [task for task in tasks if chosen is None or task.visit_id == chosen.visit_id]
    if policy.has_it_himself(actor, asked):
        raise InYourHands(current=ticket.state.value)
    visit_id = chosen.visit_id if chosen else None
    _refuse_twice(session, ticket, visit_id)
    made = Supervision(
        instance_id=ticket.instance_id,
        visit_id=visit_id,
        what=chosen.title if chosen else WHOLE,
        demand=said,
        answer_by=day,
        opened_by_id=actor.person_id,
        opened_unit=actor.unit_name,
        opened_at=now,
    )
    session.add(made)
    ticket.instance.supervision_count += 1
    session.flush()  # the event names it
    people = _holders(session, asked, now)
    names = [one.name for one in people_by_ids(session, set(people)).values()]
    note(
        session,
        ticket.instance,
        "supervision.opened",
        now=now,
        actor=actor,
        supervision=made.id,
        what=made.what,
        names="、".join(names),
        answer_by=day.isoformat(),
        reason=said,
    )
    events.publish(
        session,
        SupervisionOpened(
            made.id, ticket.instance_id, ticket.number, made.what, day, tuple(people), now
        ),
    )
    return made


def answer(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    supervision_id: int,
    version: int | None,
    text: str,
) -> Supervision:
    """By whoever has the step, or may take it.

    Raises: SupervisionNotFound, MayNotAnswer, SupervisionOver, StaleSupervision, Invalid.
    """
    row, ticket = access_supervision(session, supervision_id, actor, lock=True)
    tasks = active_tasks(session, ticket.instance_id)
    if not policy.can_answer(actor, tasks_asked(row, tasks)):
        raise MayNotAnswer
    _expect(row, version)
    said = _words(text, "text", "请写明办到哪一步、什么时候办完。")
    row.answer()
    session.add(
        SupervisionAnswer(supervision_id=row.id, person_id=actor.person_id, text=said, at=now)
    )
    note(
        session,
        ticket.instance,
        "supervision.answered",
        now=now,
        actor=actor,
        supervision=row.id,
        what=row.what,
        reason=said,
    )
    events.publish(
        session,
        SupervisionAnswered(
            row.id, ticket.instance_id, ticket.number, row.what, row.opened_by_id, now
        ),
    )
    return row


def close(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    supervision_id: int,
    version: int | None,
    text: str = "",
) -> Supervision:
    """By whoever may supervise the ticket and is not asked himself; answered or not.

    Raises: SupervisionNotFound, MayNotSupervise, SupervisionOver, StaleSupervision, Invalid.
    """
    row, ticket = access_supervision(session, supervision_id, actor, lock=True)
    asked = tasks_asked(row, active_tasks(session, ticket.instance_id))
    leads = may_supervise(session, actor, ticket)
    if not policy.can_close(actor, row.opened_by_id, asked, leads=leads):
        raise MayNotSupervise
    _expect(row, version)
    _close(session, row, ticket, actor, words_of(text, "text", MOST_WORDS), now)
    return row


def follow_end(session: Session, event: InstanceEnded) -> None:
    """There is nobody left to answer."""
    if not session.get_one(Instance, event.instance_id).supervision_count:
        return
    rows = session.scalars(
        select(Supervision)
        .where(Supervision.instance_id == event.instance_id, Supervision.state != State.CLOSED)
        .order_by(Supervision.id)
    ).all()
    ticket = ticket_of(session, event.instance_id)
    for row in rows:
        _close(session, row, ticket, None, ENDED, event.at)


def _close(
    session: Session,
    row: Supervision,
    ticket: Ticket,
    actor: Actor | None,
    words: str,
    now: datetime,
) -> None:
    row.close(actor.person_id if actor else None, words, now)
    note(
        session,
        ticket.instance,
        "supervision.closed",
        now=now,
        actor=actor,
        supervision=row.id,
        what=row.what,
        reason=words,
    )
    people = _holders(session, active_tasks(session, ticket.instance_id), now)
    events.publish(
        session,
        SupervisionClosed(row.id, ticket.instance_id, ticket.number, row.what, tuple(people), now),
    )


def _holders(session: Session, tasks: Sequence[Task], now: datetime) -> list[int]:
    return list(dict.fromkeys(one for task in tasks for one in may_act(session, task, now)))


def _refuse_twice(session: Session, ticket: Ticket, visit_id: int | None) -> None:
    """Whoever opens one waits for the run's lock: of two at once the second hears of the first."""
    there = session.scalar(
        select(Supervision.id).where(
            Supervision.instance_id == ticket.instance_id,
            Supervision.visit_id.is_not_distinct_from(visit_id),
            Supervision.state != State.CLOSED,
        )
    )
    if there is not None:
        raise SupervisedAlready(current="open", supervision=there)


def _expect(row: Supervision, version: int | None) -> None:
    if row.state is State.CLOSED:
        raise SupervisionOver(current=row.state.value, version=row.rev)
    if version != row.rev:
        raise StaleSupervision(current=row.state.value, version=row.rev)


def _asked(demand: str, answer_by: date | None, today: date) -> tuple[str, date]:
    faults: list[ErrorAt] = []
    said = ""
    try:
        said = _words(demand, "demand", "请写明要他做什么。")
    except Invalid as error:
        faults += error.errors
    if answer_by is None:
        faults.append(Fault("answer_by", "required", "请填要在哪一天以前答复。"))
    elif not today <= answer_by <= today + timedelta(days=LONGEST):
        told = "答复的日期不能早于今天，也不能在一年以后。"
        faults.append(Fault("answer_by", "out_of_range", told))
    if faults or answer_by is None:
        raise Invalid(faults, faults[0].message)
    return said, answer_by


def _words(text: str, path: str, missing: str) -> str:
    said = words_of(text.replace("\0", ""), path, MOST_WORDS)
    if not said:
        raise Invalid([Fault(path, "required", missing)], missing)
    return said
