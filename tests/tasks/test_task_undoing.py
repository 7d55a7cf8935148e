"""退回: what it would undo is told before, and is what it does; other branches stay."""

from collections.abc import Sequence

import pytest

from app.tasks import service as tasks
from app.tasks.models import Task
from app.tasks.service import Share, Undoing
from app.tasks.types import NotReturnable, NotYourTask, TaskState, UndoesOther
from app.tickets.models import Ticket
from app.tickets.types import TicketState
from tests.support.office import Office
from tests.tasks.branching import PEOPLE, agree, at, begun


@pytest.fixture
def forked(office: Office) -> Ticket:
    """`check` and `money` are done; `paid` and `room` wait."""
    ticket = begun(office)
    agree(office, ticket, "check", opinion="属实")
    agree(office, ticket, "money", "tanguifang", opinion="有预算")
    return ticket


def preview(office: Office, task: Task, node: str, by: str = "") -> Undoing:
    actor = office.actor(by or PEOPLE[task.node])
    return tasks.preview_return(
        office.session, actor=actor, now=office.now, task_id=task.id, node=node
    )


def send_back(office: Office, task: Task, node: str, seen: str | None = None) -> Task:
    return tasks.return_task(
        office.session,
        actor=office.actor(PEOPLE[task.node]),
        now=office.tick(),
        task_id=task.id,
        version=task.version,
        reason="请核实。",
        node=node,
        seen=seen,
    )


def nodes(shares: Sequence[Share]) -> list[str]:
    return [share.task.node for share in shares]


def test_a_return_out_of_the_fork_tells_what_all_branches_lose(
    office: Office, forked: Ticket
) -> None:
    """Void decisions, a cancelled task of somebody else, and who gets the node."""
    task = at(office, forked, "paid")
    told = preview(office, task, "check")
    assert (told.title, told.is_start) == ("核对", False)
    assert [person.username for person in told.opens_for] == ["qinyongan"]
    assert nodes(told.cancelled) == ["room"]
    assert [(s.task.node, s.label, s.task.opinion) for s in told.void] == [
        ("check", "同意", "属实"),
        ("money", "同意", "有预算"),
    ]
    assert (told.stays_open, told.stays_done, told.effects) == ((), (), ())
    send_back(office, task, "check", told.mark)
    found = office.tasks(forked)
    assert [t.node for t in found if t.is_active] == ["check"]
    assert [t.node for t in found if t.state is TaskState.CANCELLED] == ["room"]
    assert not [t.node for t in found if t.holds]


def test_a_return_within_a_branch_leaves_the_other_alone(office: Office, forked: Ticket) -> None:
    """The decision before the fork holds, the other branch stays open and keeps its task."""
    room = at(office, forked, "room")
    task = at(office, forked, "paid")
    told = preview(office, task, "money")
    assert (nodes(told.cancelled), nodes(told.void)) == ([], ["money"])
    assert (nodes(told.stays_open), nodes(told.stays_done)) == (["room"], ["check"])
    assert {person.username for person in told.opens_for} == {"tanlihua", "tanguifang"}
    send_back(office, task, "money", told.mark)
    assert at(office, forked, "room").id == room.id
    assert room.is_active
    holding = [t.node for t in office.tasks(forked) if t.holds]
    assert holding == ["check"]


def test_a_decision_of_the_other_branch_is_not_void(office: Office, forked: Ticket) -> None:
    """It was given after the node opened, but does not follow from it."""
    agree(office, forked, "room")
    told = preview(office, at(office, forked, "paid"), "money")
    assert (nodes(told.void), nodes(told.stays_done)) == (["money"], ["check", "room"])
    send_back(office, at(office, forked, "paid"), "money", told.mark)
    assert [t.node for t in office.tasks(forked) if t.holds] == ["check", "room"]
    agree(office, forked, "money", "tanguifang")
    agree(office, forked, "paid")
    assert at(office, forked, "sign")


def test_back_to_the_form_everything_is_void(office: Office, forked: Ticket) -> None:
    agree(office, forked, "room")
    told = preview(office, at(office, forked, "paid"), "apply")
    assert told.is_start
    assert [person.username for person in told.opens_for] == ["yaohaiyang"]
    assert nodes(told.void) == ["check", "money", "room"]
    send_back(office, at(office, forked, "paid"), "apply", told.mark)
    assert forked.state is TicketState.RETURNED
    assert not [t for t in office.tasks(forked) if t.holds]
    office.submit(forked, {"note": "一间"})
    assert at(office, forked, "check").submission == 2


def test_a_node_of_another_branch_is_no_target(office: Office, forked: Ticket) -> None:
    """The task that asks would stay open in the engine without anybody having it."""
    task = at(office, forked, "room")
    assert tasks.return_targets(office.session, task) == ("apply", "check")
    with pytest.raises(NotReturnable):
        preview(office, task, "money")
    with pytest.raises(NotReturnable):
        send_back(office, task, "money")


def test_what_changed_since_it_was_read_is_asked_again(office: Office, forked: Ticket) -> None:
    """Somebody signed in the other branch while the page was open."""
    task = at(office, forked, "paid")
    seen = preview(office, task, "check").mark
    agree(office, forked, "room")
    with pytest.raises(UndoesOther):
        send_back(office, task, "check", seen)
    with pytest.raises(UndoesOther):
        send_back(office, task, "check", "")
    assert task.is_active
    send_back(office, task, "check", preview(office, task, "check").mark)


def test_only_whoever_may_return_it_is_told(office: Office, forked: Ticket) -> None:
    with pytest.raises(NotYourTask):
        preview(office, at(office, forked, "paid"), "check", by="qinyongan")


def test_what_the_system_did_is_told_and_stays(office: Office) -> None:
    """An account that was opened is not closed because the form goes back."""
    ticket = office.walk(office.start(), to="permission_execution")
    told = preview(office, office.task(ticket), "leader_approval", by="wuyiming")
    assert [node.id for node in told.effects] == ["apply_accounts"]
    assert nodes(told.void) == ["leader_approval", "account_execution"]
    earlier = preview(office, office.task(ticket), "account_execution", by="wuyiming")
    assert nodes(earlier.stays_done) == ["department_opinion", "leader_approval"]
