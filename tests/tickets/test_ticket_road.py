"""A03 from end to end through the services: every way it can go, and what each way leaves."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.access.models import Account
from app.audit.queries import list_chain
from app.identity.queries import people_by_ids
from app.processes import engine
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tasks.types import NotReturnable, TaskState
from app.tickets.models import Ticket
from app.tickets.presentation import boxes
from app.tickets.types import Box, TicketState
from tests.support.office import PROCESS, ROAD, START, Office

RETURNS = [(here, back) for n, here in enumerate(ROAD) for back in (START, *ROAD[:n])]


def boxes_of(office: Office, ticket: Ticket) -> dict[str, Box]:
    found = office.tasks(ticket)
    names = people_by_ids(office.session, {t.assignee_id for t in found if t.assignee_id})
    loaded = engine.load(office.session, ticket.instance.version_id)
    return {box.node: box for box in boxes(loaded, found, names, ticket.instance.variables)}


def test_approved_by_all_it_is_closed_with_accounts_and_ledgers(
    office: Office, session: Session
) -> None:
    """S: draft, submission, four people, and the effects in one go."""
    ticket = office.draft(answers=office.answers(2))
    assert (ticket.state, ticket.submission) == (TicketState.DRAFT, 0)
    office.submit(ticket)
    assert ticket.state is TicketState.RUNNING
    assert ticket.title == "零工驿站子系统操作员账户权限申请（2人）"
    for node in ROAD:
        assert office.task(ticket).node == node
        office.decide(ticket)
    assert ticket.state is TicketState.CLOSED
    assert ticket.closed_at == ticket.instance.ended_at
    assert session.query(Account).filter_by(ticket=ticket.number).count() == 2
    booked = "SELECT name, count(*) FROM ledger_row WHERE ticket = :number GROUP BY name"
    rows = session.execute(text(booked), {"number": ticket.number}).all()
    assert sorted(count for _, count in rows) == [2, 2]
    assert all(box.signatures and box.name and box.at for box in boxes_of(office, ticket).values())


@pytest.mark.parametrize("node", ROAD[:2])
def test_refused_it_ends_without_effect(office: Office, session: Session, node: str) -> None:
    """Department and leader may refuse with a reason; nobody else is asked any more."""
    ticket = office.walk(office.start(), to=node)
    office.decide(ticket, "reject", opinion="本季度不再新增。")
    assert ticket.state is TicketState.REFUSED
    assert not [task for task in office.tasks(ticket) if task.is_active]
    assert session.query(Account).filter_by(ticket=ticket.number).count() == 0
    assert list_chain(session, ticket.instance.audit_chain)[-1].kind == "ticket.ended.refused"


@pytest.mark.parametrize(("here", "back"), RETURNS)
def test_returned_from_any_node_to_any_earlier_one_it_can_still_be_closed(
    office: Office, here: str, back: str
) -> None:
    """R19: what was decided at or after the target is void, what came before still holds."""
    ticket = office.walk(office.start(), to=here)
    office.send_back(ticket, back)
    assert office.task(ticket).node == back
    assert ticket.state is (TicketState.RETURNED if back == START else TicketState.RUNNING)
    holds = ROAD[: ROAD.index(back)] if back in ROAD else ()
    kept = {node for node, box in boxes_of(office, ticket).items() if box.signatures}
    assert kept == set(holds)
    assert all(
        box.name == box.opinion == ""
        for node, box in boxes_of(office, ticket).items()
        if node not in holds
    )
    office.walk(ticket)
    assert ticket.state is TicketState.CLOSED
    assert ticket.submission == (2 if back == START else 1)


def test_second_submission_keeps_the_number(office: Office) -> None:
    """S2: returned twice, the paper says 第3次提交 under the same 编号."""
    ticket = office.walk(office.start(), to="account_execution")
    number = ticket.number
    office.send_back(ticket, reason="身份证号有误。")
    office.walk(ticket, to="leader_approval")
    office.send_back(ticket, reason="岗位角色没有写。")
    office.submit(ticket)
    assert (ticket.number, ticket.submission) == (number, 3)
    returned = [task.opinion for task in office.tasks(ticket) if task.outcome == tasks.RETURN]
    assert returned == ["身份证号有误。", "岗位角色没有写。"]


def test_numbers_count_up_within_the_year(office: Office) -> None:
    """QX-CZY-{year}-{serial:5}."""
    first, second = office.draft().number, office.draft().number
    assert first == "QX-CZY-2026-00001"
    assert second == "QX-CZY-2026-00002"


@pytest.mark.parametrize("node", ROAD)
def test_nobody_can_return_forward_or_to_oneself(office: Office, node: str) -> None:
    """Targets are the nodes before this one, also after an earlier round went further."""
    ticket = office.walk(office.start(), to="permission_execution")
    office.send_back(ticket)
    office.walk(ticket, to=node)
    for target in ROAD[ROAD.index(node) :]:
        with pytest.raises(NotReturnable):
            office.send_back(ticket, target)
    assert office.task(ticket).node == node


def test_returned_ticket_runs_under_its_own_version(office: Office, session: Session) -> None:
    """The pinned version stays, whatever is published meanwhile."""
    ticket = office.walk(office.start(), to="leader_approval")
    version = ticket.instance.version_id
    office.send_back(ticket)
    office.walk(ticket)
    assert (ticket.instance.version_id, ticket.process) == (version, PROCESS)
    done = session.query(Task).filter_by(instance_id=ticket.instance_id, state=TaskState.DONE)
    assert {task.submission for task in done} == {1, 2}
