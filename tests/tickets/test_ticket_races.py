"""Two at once, truly committed: the instance's row decides, and only one of them wins."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.audit.queries import first_break
from app.core.clock import utcnow
from app.core.errors import Conflict
from app.tasks import service as tasks
from app.tasks.types import TaskState
from app.tickets import service as tickets
from app.tickets.models import Ticket
from app.tickets.queries import ticket_of
from app.tickets.types import TicketState
from tests.support.office import DRAWN, RESULT, Office, race

pytestmark = pytest.mark.committed
Act = Callable[[Session], object]


def stand(office: Office, at: str) -> Ticket:
    ticket = office.walk(office.start(), to=at)
    office.session.commit()
    return ticket


def complete(office: Office, ticket: Ticket, by: str, outcome: str = "approve") -> Act:
    task, actor = office.task(ticket), office.actor(by)
    task_id, version = task.id, task.version
    answers = {"result": RESULT} if outcome == "done" else {}
    office.session.commit()
    return lambda session: tasks.complete(
        session,
        actor=actor,
        now=utcnow(),
        task_id=task_id,
        version=version,
        decision=tasks.Decision(outcome, answers=answers, signing=DRAWN),
    )


def withdraw(office: Office, ticket: Ticket) -> Act:
    actor = office.requester(ticket)
    office.session.commit()
    return lambda session: tickets.withdraw(
        session, actor=actor, now=utcnow(), number=ticket.number
    )


def again(office: Office, ticket: Ticket) -> Ticket:
    """The ticket as it is committed now."""
    instance_id = ticket.instance_id
    office.session.expire_all()
    return ticket_of(office.session, instance_id)


def check_one_won(answers: list[object]) -> None:
    lost = [answer for answer in answers if isinstance(answer, Exception)]
    assert len(lost) == len(answers) - 1, answers
    assert all(isinstance(answer, Conflict) for answer in lost), lost


@pytest.mark.parametrize("second", ["tanlihua", "tanguifang"])
def test_two_complete_the_same_task_and_one_wins(office: Office, second: str) -> None:
    """The same person twice, or both administrators: one set of effects, one event."""
    ticket = stand(office, "account_execution")
    acts = [complete(office, ticket, by, "done") for by in ("tanlihua", second)]
    check_one_won(race(*acts))
    ticket = again(office, ticket)
    done = [t for t in office.tasks(ticket) if t.node == "account_execution"]
    assert [task.state for task in done] == [TaskState.DONE]
    assert first_break(office.session, ticket.instance.audit_chain) is None


def test_approval_and_withdrawal_never_both(office: Office) -> None:
    """Whoever comes second is told; the ticket is where the winner brought it."""
    for _ in range(5):
        ticket = stand(office, "department_opinion")
        acts = [complete(office, ticket, "qinyongan"), withdraw(office, ticket)]
        answers = race(*acts)
        check_one_won(answers)
        ticket = again(office, ticket)
        approved = not isinstance(answers[0], Exception)
        assert ticket.state is (TicketState.RUNNING if approved else TicketState.WITHDRAWN)
        node = "leader_approval" if approved else "apply"
        assert office.task(ticket).node == node
        office.session.commit()


def test_approval_and_return_never_both(office: Office) -> None:
    """Two windows of one person: the ticket goes one way only."""
    ticket = stand(office, "leader_approval")
    task, leader = office.task(ticket), office.actor("pengxiuying")
    task_id, version = task.id, task.version
    office.session.commit()

    def send_back(session: Session) -> object:
        given = {"task_id": task_id, "version": version, "reason": "请补充。"}
        return tasks.return_task(session, actor=leader, now=utcnow(), **given)

    check_one_won(race(complete(office, ticket, "pengxiuying"), send_back))


def test_submitting_twice_at_once_is_one_submission(office: Office) -> None:
    ticket = office.draft()
    actor = office.requester(ticket)
    office.session.commit()

    def submit(session: Session) -> object:
        return tickets.submit(session, actor=actor, now=utcnow(), number=ticket.number)

    check_one_won(race(submit, submit))
    ticket = again(office, ticket)
    assert ticket.submission == ticket.instance.submission_count == 1


def test_drafts_made_at_once_have_numbers_of_their_own(office: Office) -> None:
    actor, answers = office.actor("yaohaiyang"), office.answers()
    office.session.commit()

    def draft(session: Session) -> object:
        given = {"process": "operator-account", "answers": answers}
        return tickets.create_draft(session, actor=actor, now=utcnow(), **given).number

    numbers = race(*[draft] * 4)
    assert len(set(numbers)) == 4, numbers


def take_back(office: Office, ticket: Ticket, node: str, by: str) -> Act:
    task = [task for task in office.tasks(ticket) if task.node == node][-1]
    task_id, version, actor = task.id, task.version, office.actor(by)
    office.session.commit()
    return lambda session: tasks.withdraw_task(
        session, actor=actor, now=utcnow(), task_id=task_id, version=version
    )


def test_taking_back_and_the_next_decision_never_both(office: Office) -> None:
    """Either the head has it again, or the leader's decision stands."""
    for _ in range(5):
        ticket = stand(office, "leader_approval")
        acts = [
            take_back(office, ticket, "department_opinion", "qinyongan"),
            complete(office, ticket, "pengxiuying"),
        ]
        answers = race(*acts)
        check_one_won(answers)
        ticket = again(office, ticket)
        approved = not isinstance(answers[1], Exception)
        assert office.task(ticket).node == (
            "account_execution" if approved else "department_opinion"
        )
        void = [task.node for task in office.tasks(ticket) if task.voided_at]
        assert void == ([] if approved else ["department_opinion"])
        assert first_break(office.session, ticket.instance.audit_chain) is None
        office.session.commit()
