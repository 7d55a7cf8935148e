"""撤回 by who decided last: until the next has decided or the system has done something."""

from collections.abc import Callable
from typing import Any

import pytest

from app.audit.queries import list_chain
from app.core.errors import Conflict, Forbidden, NotFound
from app.identity.types import Position
from app.processes import engine
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tasks.types import NotWithdrawable, StalePage, TaskState
from app.tickets.models import Ticket
from tests.support.office import DRAWN, Browser, Office
from tests.tasks.branching import agree, at, begun

HEAD, LEADER, ADMIN = "qinyongan", "pengxiuying", "tanlihua"


@pytest.fixture
def decided(office: Office) -> Ticket:
    """秦永安 has agreed, 彭秀英 has it now."""
    return office.walk(office.start(), to="leader_approval")


def last(office: Office, ticket: Ticket, node: str) -> Task:
    return [task for task in office.tasks(ticket) if task.node == node][-1]


def withdraw(office: Office, task: Task, by: str = HEAD, **changed: Any) -> Task:
    return tasks.withdraw_task(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        task_id=task.id,
        version=changed.get("version", task.version),
        reason="看错了行",
    )


def refused(office: Office, task: Task, by: str = HEAD) -> str:
    with pytest.raises(NotWithdrawable) as caught:
        withdraw(office, task, by)
    return caught.value.text


def test_it_is_open_again_for_who_decided_it(office: Office, decided: Ticket) -> None:
    """A new round, claimed by him; his signature is void, the next one's task is cancelled."""
    mine, next_one = last(office, decided, "department_opinion"), office.task(decided)
    withdraw(office, mine)
    again = office.task(decided)
    assert (again.node, again.round, again.state) == ("department_opinion", 2, TaskState.CLAIMED)
    assert again.assignee_id == office.actor(HEAD).person_id
    assert mine.state is TaskState.DONE
    assert mine.voided_at is not None
    assert next_one.state is TaskState.CANCELLED
    event = list_chain(office.session, decided.instance.audit_chain)[-1]
    assert (event.kind, event.data["task"], event.data["reason"]) == (
        "task.withdrawn",
        mine.id,
        "看错了行",
    )
    office.walk(decided)
    assert decided.state.value == "closed"


def test_variables_are_as_they_were_before_the_decision(office: Office, decided: Ticket) -> None:
    assert decided.instance.variables["department_opinion_outcome"] == "approve"
    withdraw(office, last(office, decided, "department_opinion"))
    assert "department_opinion_outcome" not in decided.instance.variables


def test_claimed_is_not_acted(office: Office) -> None:
    """The next one has only taken it (ADR 83)."""
    ticket = office.walk(office.start(), to="account_execution")
    claimed = office.task(ticket)
    tasks.claim(office.session, actor=office.actor(ADMIN), now=office.tick(), task_id=claimed.id)
    withdraw(office, last(office, ticket, "leader_approval"), LEADER)
    assert claimed.state is TaskState.CANCELLED
    assert office.task(ticket).node == "leader_approval"


def test_once_the_next_has_decided_it_is_too_late(office: Office) -> None:
    ticket = office.walk(office.start(), to="account_execution")
    assert "后面的人已经办了" in refused(office, last(office, ticket, "department_opinion"))


def test_what_the_system_did_cannot_be_taken_back(office: Office) -> None:
    """An account was opened between: the sentence names what was done."""
    ticket = office.walk(office.start(), to="permission_execution")
    words = refused(office, last(office, ticket, "account_execution"), ADMIN)
    assert "系统已经照您的办理结果办了“" in words


def test_what_is_over_stays_over(office: Office) -> None:
    ticket = office.walk(office.start())
    assert "已经办完" in refused(office, last(office, ticket, "permission_execution"), "wuyiming")


def test_a_return_cannot_be_taken_back(office: Office, decided: Ticket) -> None:
    task = office.send_back(decided, "department_opinion")
    assert "退回已经送出" in refused(office, task, LEADER)


def test_twice_is_once(office: Office, decided: Ticket) -> None:
    mine = last(office, decided, "department_opinion")
    version = mine.version
    withdraw(office, mine)
    count = len(list_chain(office.session, decided.instance.audit_chain))
    with pytest.raises(Conflict):
        withdraw(office, mine, version=version)
    assert len(list_chain(office.session, decided.instance.audit_chain)) == count


def test_a_page_that_is_old_is_refused(office: Office, decided: Ticket) -> None:
    mine = last(office, decided, "department_opinion")
    with pytest.raises(StalePage):
        withdraw(office, mine, version=mine.version - 1)


@pytest.mark.parametrize(
    ("who", "answer"),
    [("yaohaiyang", Forbidden), (LEADER, Forbidden), ("longjinhua", NotFound)],
)
def test_it_is_nobody_elses(
    office: Office, decided: Ticket, who: str, answer: type[Exception]
) -> None:
    """Not the requester's, not the next one's; a clerk of another county finds nothing."""
    with pytest.raises(answer):
        withdraw(office, last(office, decided, "department_opinion"), who)


def test_who_lost_the_position_takes_nothing_back(office: Office, decided: Ticket) -> None:
    mine = last(office, decided, "department_opinion")
    office.dismiss(Position.DEPT_HEAD, "422826-jyzx")
    with pytest.raises(Forbidden):
        withdraw(office, mine)


def test_a_branch_takes_back_its_own_step_only(office: Office) -> None:
    """The other branch goes on; where both have met there is no way back to one."""
    ticket = begun(office)
    agree(office, ticket, "check")
    agree(office, ticket, "money", "tanguifang")
    room = at(office, ticket, "room")
    agree(office, ticket, "paid")
    withdraw(office, last(office, ticket, "paid"), "wuyiming")
    assert room.is_active
    assert at(office, ticket, "paid").round == 2
    agree(office, ticket, "paid")
    agree(office, ticket, "room")
    assert "合到一起" in refused(office, last(office, ticket, "paid"), "wuyiming")
    assert "合到一起" in refused(office, last(office, ticket, "room"), ADMIN)


def test_what_an_administrator_moved_elsewhere_is_not_doubled(
    office: Office, decided: Ticket
) -> None:
    """Nothing that follows from the decision is left: a second token would be put beside it."""
    engine.move(
        office.session,
        decided.instance,
        source=None,
        target="apply",
        actor=office.actor("duanshiyu"),
        now=office.tick(),
    )
    assert "移到别的环节" in refused(office, last(office, decided, "department_opinion"))


def test_the_page_offers_it_and_the_list_shows_it(
    office: Office, decided: Ticket, browser: Callable[[str], Browser]
) -> None:
    """A button on the ticket, a tag in 已办; afterwards the old opinion is a draft."""
    mine = last(office, decided, "department_opinion")
    mine.opinion = "情况属实"
    office.session.commit()
    head = browser(HEAD)
    path = f"/tickets/{decided.number}"
    assert "撤回我的办理" in head.get(path).text
    assert "撤回我的办理" not in browser(LEADER).get(path).text
    assert "还能撤回" in head.get("/tasks", box="done").text
    done = head.post(f"/tasks/{mine.id}/withdraw", version=mine.version, reason="看错了")
    assert (done.status_code, done.location) == (302, path)
    page = head.get(path).text
    assert "情况属实</textarea>" in page
    assert "已作废" in page
    listed = head.get("/tasks", box="done").text
    assert "已作废" in listed
    assert "还能撤回" not in listed
    again = head.post(f"/tasks/{mine.id}/withdraw", version=mine.version)
    assert again.status_code == 409


def test_the_page_says_why_not(office: Office, browser: Callable[[str], Browser]) -> None:
    ticket = office.walk(office.start(), to="permission_execution")
    ticket.instance.people = ""
    office.session.commit()
    page = browser(office.username(last(office, ticket, "account_execution").assignee_id))
    text = page.get(f"/tickets/{ticket.number}").text
    assert "不能撤回。需要改的，请正在办理的人退回。" in text
    assert "撤回我的办理" not in text


def test_the_done_list_does_not_ask_row_by_row(
    office: Office, browser: Callable[[str], Browser], count_queries: Callable[[], list[str]]
) -> None:
    head = browser(HEAD)

    def ask() -> int:
        office.session.commit()
        counter = count_queries()
        assert head.get("/tasks", box="done").status_code == 200
        return len(counter)

    office.walk(office.start(), to="leader_approval")
    ask()
    first = ask()
    for _ in range(3):
        office.walk(office.start(), to="leader_approval")
    assert ask() == first


def test_right_after_a_decision_the_page_offers_to_undo_it(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    """One press; once somebody has gone on the same press is refused."""
    ticket = office.start()
    task = office.task(ticket)
    given = {
        "act": "complete:approve",
        "own-opinion": "同意。",
        "own-signature_kind": "drawn",
        "own-signature": DRAWN.image,
    }
    office.session.commit()
    head = browser("qinyongan")
    page = f"/tickets/{ticket.number}"
    assert head.post(f"/tasks/{task.id}/decide", version=task.version, **given).status_code == 302
    shown = head.get(page).text
    assert shown.index("已经办好") < shown.index(f"/tasks/{task.id}/withdraw")
    assert "已经办好" not in head.get(page).text
    office.session.expire_all()
    answer = head.post(f"/tasks/{task.id}/withdraw", version=task.version)
    assert answer.status_code == 302
    office.session.expire_all()
    assert task.voided_at is not None
