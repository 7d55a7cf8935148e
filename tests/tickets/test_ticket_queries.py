"""How often a page or an act asks the database: bounded, however long the list or the history."""

from collections.abc import Callable

import pytest

from app.core.actor import Actor
from app.core.clock import utcnow
from app.tasks import service as tasks
from app.tasks.queries import list_tasks, waiting_for
from app.tasks.types import Box
from app.tickets import policy, queries
from app.tickets.presentation import ticket_view
from app.tickets.types import TicketBox
from tests.support.office import DRAWN, RESULT, Browser, Counter, Office

Count = Callable[[], Counter]
# Measured; lower them whenever a change makes it possible, never raise them without a reason.
INBOX, TICKET, LIST, EXECUTE = 8, 40, 3, 42


@pytest.mark.parametrize("tickets", [1, 12])
def test_inbox_page(
    office: Office, browser: Callable[[str], Browser], count_queries: Count, tickets: int
) -> None:
    for _ in range(tickets):
        office.start()
    office.session.commit()
    head = browser("qinyongan")
    counter = count_queries()
    page = head.get("/tasks")
    assert page.status_code == 200
    assert page.text.count("QX-CZY-2026-") >= tickets
    assert len(counter) <= INBOX, "\n".join(counter.statements)


def test_lists_ask_the_same_for_one_and_for_many(office: Office, count_queries: Count) -> None:
    office.start()
    clerk, head = office.actor("yaohaiyang"), office.actor("qinyongan")

    def ask() -> list[int]:
        asked = []
        for look in (
            lambda: list_tasks(office.session, head, Box.TODO),
            lambda: waiting_for(office.session, head),
            lambda: queries.list_tickets(office.session, clerk, TicketBox.MINE),
        ):
            office.session.flush()
            counter = count_queries()
            look()
            asked.append(len(counter))
        return asked

    few = ask()
    for _ in range(9):
        office.start()
    assert ask() == few
    assert max(few) <= LIST


def test_ticket_page_does_not_grow_with_its_history(
    office: Office, browser: Callable[[str], Browser], count_queries: Count
) -> None:
    """A ticket returned four times costs as many statements as one just sent."""

    def ask() -> int:
        office.session.commit()
        counter = count_queries()
        assert clerk.get(f"/tickets/{ticket.number}").status_code == 200
        assert len(counter) <= TICKET, len(counter)
        return len(counter)

    ticket = office.walk(office.start(), to="leader_approval")
    office.session.commit()
    clerk = browser("yaohaiyang")
    first = ask()
    for _ in range(4):
        office.send_back(ticket)
        office.walk(ticket, to="leader_approval")
    assert ask() == first


def test_view_does_not_grow_with_its_history(office: Office, count_queries: Count) -> None:
    def ask() -> int:
        actor: Actor = office.actor("pengxiuying")
        office.session.commit()
        counter = count_queries()
        found = queries.access_ticket(office.session, ticket.number, actor, policy.can_view)
        ticket_view(office.session, found, actor, utcnow())
        return len(counter)

    ticket = office.walk(office.start(), to="leader_approval")
    first = ask()
    for _ in range(3):
        office.send_back(ticket, "department_opinion")
        office.walk(ticket, to="leader_approval")
    assert ask() == first


@pytest.mark.parametrize(
    ("node", "most"),
    [("department_opinion", 14), ("leader_approval", 12)],
)
def test_completing_a_task(office: Office, count_queries: Count, node: str, most: int) -> None:
    """One approval with one successor, from the lock to the flush. The goal is 12."""
    ticket = office.walk(office.start(), to=node)
    task = office.task(ticket)
    actor = office.actor(office.holder(task))
    task_id, version = task.id, task.version
    office.session.commit()
    office.session.expunge_all()
    counter = count_queries()
    tasks.complete(
        office.session,
        actor=actor,
        now=office.tick(),
        task_id=task_id,
        version=version,
        decision=tasks.Decision("approve", signing=DRAWN),
    )
    office.session.flush()
    assert len(counter) <= most, "\n".join(counter.statements)


@pytest.mark.parametrize("rows", [1, 20])
def test_execution_does_not_ask_for_each_row(
    office: Office, count_queries: Count, rows: int
) -> None:
    """Accounts of one person or of twenty: the same number of questions, within a few batches."""
    ticket = office.walk(office.start(answers=office.answers(rows)), to="account_execution")
    office.session.commit()
    counter = count_queries()
    office.decide(ticket, answers={"result": RESULT})
    office.session.flush()
    assert len(counter) <= EXECUTE, "\n".join(counter.statements)
