"""撤回 of a share where several decide: what opens again is one's own share, nobody else's."""

from typing import Any

import pytest

from app.repairs import steering
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tasks.types import NotWithdrawable, TaskState
from tests.support.office import Office
from tests.tasks.together import VOTERS, begun, inboxes, say, share


def withdraw(office: Office, task: Task, by: str) -> Any:
    return tasks.withdraw_task(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        task_id=task.id,
        version=task.version,
    )


def test_who_ended_it_alone_has_his_own_share_again(office: Office) -> None:
    """Amended or agreed by the only vote that was needed: all are asked again, he first of all."""
    ticket = begun(office, "quorum:1/4")
    done = say(office, ticket, "tanguifang")
    assert inboxes(office, ticket) == {"pengxiuying"}
    withdraw(office, done, "tanguifang")
    assert inboxes(office, ticket) == set(VOTERS)
    states = {office.username(t.assignee_id): t.state for t in office.tasks(ticket) if t.is_active}
    assert {name for name, state in states.items() if state is TaskState.CLAIMED} == {"tanguifang"}


def test_who_was_given_it_has_the_givers_share(office: Office) -> None:
    ticket = begun(office, "quorum:1/4")
    mine = share(office, ticket, "qinyongan")
    tasks.transfer(
        office.session,
        actor=office.actor("qinyongan"),
        now=office.tick(),
        task_id=mine.id,
        version=mine.version,
        to="tengxiaoyan",
        reason="",
    )
    done = say(office, ticket, "tengxiaoyan")
    withdraw(office, done, "tengxiaoyan")
    held = {office.username(t.assignee_id) for t in office.tasks(ticket) if t.is_active}
    assert held == {"tanlihua", "tanguifang", "wuyiming", "tengxiaoyan"}


def test_what_a_repair_left_behind_is_not_taken_back(office: Office) -> None:
    """He had decided his share; then the ticket was put at the next step."""
    ticket = begun(office, "all")
    done = say(office, ticket, "wuyiming")
    steering.move(
        office.session,
        actor=office.actor("duanshiyu"),
        now=office.tick(),
        number=ticket.number,
        source="",
        target="sign",
        reason="会签走错了。",
    )
    with pytest.raises(NotWithdrawable, match="系统管理员"):
        withdraw(office, done, "wuyiming")
    assert tasks.withdrawable(office.session, office.actor("wuyiming"), [done]) == set()
