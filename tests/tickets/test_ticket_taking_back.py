"""撤回, 作废 and sending again: what the requester may do, and until when."""

import pytest
from sqlalchemy import select

from app.core.outbox import Outbox
from app.tasks import service as tasks
from app.tasks.types import TaskState
from app.tickets import service
from app.tickets.models import Ticket
from app.tickets.types import TicketState, TooLate, WrongState
from tests.support.office import START, Office


def withdraw(office: Office, ticket: Ticket) -> Ticket:
    return service.withdraw(
        office.session,
        actor=office.requester(ticket),
        now=office.tick(),
        number=ticket.number,
        reason="填错了子系统",
    )


def cancel(office: Office, ticket: Ticket) -> Ticket:
    return service.cancel(
        office.session, actor=office.requester(ticket), now=office.tick(), number=ticket.number
    )


def test_withdrawn_before_anybody_decided_it_can_be_sent_again(office: Office) -> None:
    """Same number, next submission, and the open task is void."""
    ticket = office.start()
    first = office.task(ticket)
    withdraw(office, ticket)
    assert ticket.state is TicketState.WITHDRAWN
    assert first.state is TaskState.CANCELLED
    assert office.task(ticket).node == START
    office.walk(office.submit(ticket))
    assert (ticket.state, ticket.submission) == (TicketState.CLOSED, 2)


def test_withdrawing_twice_and_sending_twice(office: Office) -> None:
    """Withdrawn again after the second submission: the decisions of none stand in the way."""
    ticket = office.start()
    withdraw(office, ticket)
    office.submit(ticket)
    withdraw(office, ticket)
    assert (ticket.state, ticket.submission) == (TicketState.WITHDRAWN, 2)


def test_once_somebody_decided_it_cannot_be_withdrawn(office: Office) -> None:
    ticket = office.walk(office.start(), to="leader_approval")
    with pytest.raises(TooLate):
        withdraw(office, ticket)
    assert ticket.state is TicketState.RUNNING


def test_return_to_an_earlier_colleague_does_not_open_the_way_back(office: Office) -> None:
    """The leader has acted on this submission, although what he voided no longer holds."""
    ticket = office.walk(office.start(), to="leader_approval")
    office.send_back(ticket, "department_opinion")
    with pytest.raises(TooLate):
        withdraw(office, ticket)


def test_after_return_and_new_submission_it_can_be_withdrawn(office: Office) -> None:
    """Nobody has decided on the new submission."""
    ticket = office.walk(office.start(), to="leader_approval")
    office.send_back(ticket)
    office.submit(ticket)
    withdraw(office, ticket)
    assert ticket.state is TicketState.WITHDRAWN


def test_claiming_is_not_deciding(office: Office) -> None:
    ticket = office.start()
    task = office.task(ticket)
    head = office.actor("qinyongan")
    tasks.claim(office.session, actor=head, now=office.tick(), task_id=task.id)
    withdraw(office, ticket)
    assert task.state is TaskState.CANCELLED


@pytest.mark.parametrize("by", ["returned", "withdrawn", "draft"])
def test_what_is_in_the_requesters_hands_can_be_cancelled(office: Office, by: str) -> None:
    """It is over: no task is left, and it cannot be sent again."""
    ticket = office.draft()
    if by != "draft":
        office.submit(ticket)
        withdraw(office, ticket) if by == "withdrawn" else office.send_back(ticket)
    cancel(office, ticket)
    assert ticket.state is TicketState.CANCELLED
    assert ticket.closed_at is not None
    assert not [task for task in office.tasks(ticket) if task.is_active]
    with pytest.raises(WrongState):
        office.submit(ticket, office.answers())
    with pytest.raises(WrongState):
        cancel(office, ticket)


def test_running_ticket_cannot_be_cancelled(office: Office) -> None:
    ticket = office.start()
    with pytest.raises(WrongState):
        cancel(office, ticket)
    assert ticket.state is TicketState.RUNNING


def test_end_leaves_one_notice(office: Office) -> None:
    """The notice to the requester goes by the outbox, once."""
    ticket = office.walk(office.start())
    topics = select(Outbox.topic).where(Outbox.key.startswith(ticket.number))
    assert sorted(office.session.scalars(topics)) == ["documents.freeze", "tickets.notice"]


def test_draft_keeps_what_was_typed(office: Office) -> None:
    """Half-filled answers come back as they were."""
    ticket = office.draft(answers={"contact_phone": "0718", "people": [{"name": "黄䶮"}]})
    assert ticket.draft == {"contact_phone": "0718", "people": [{"name": "黄䶮"}]}
    office.submit(ticket, office.answers())
    assert ticket.draft is None
