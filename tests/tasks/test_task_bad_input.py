"""What people try that cannot be: at once, too late, or after a vote has become another."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.tasks import service as tasks
from app.tasks.models import Task, Visit
from app.tasks.service import batching
from app.tasks.types import (
    BatchAct,
    ItemState,
    NotWithdrawable,
    Seen,
    StalePage,
    TaskAlreadyDone,
    TaskState,
    VisitState,
)
from app.tickets.models import Ticket
from tests.support.office import Office, race
from tests.tasks.together import VOTERS, another, begun, inboxes, say, share

A, B, C, HEAD = VOTERS
LEADER, CUSTODIAN = "pengxiuying", "qinxuemei"


def completing(office: Office, ticket: Ticket, name: str) -> Callable[[Session], object]:
    task, actor, now = share(office, ticket, name), office.actor(name), office.tick()
    task_id, version = task.id, task.version
    return lambda session: tasks.complete(
        session,
        actor=actor,
        now=now,
        task_id=task_id,
        version=version,
        decision=tasks.Decision(outcome="approve"),
    )


@pytest.mark.committed
@pytest.mark.parametrize("rule", ["all", "quorum:1/2"])
def test_the_last_two_sign_at_once(office: Office, rule: str) -> None:
    """Both press at the same moment: the visit is decided once, the ticket moves on once."""
    ticket = begun(office, rule)
    others = VOTERS[:2] if rule == "all" else VOTERS[:1]
    for name in others:
        say(office, ticket, name)
    acts = [completing(office, ticket, name) for name in VOTERS if name not in others][:2]
    office.session.commit()
    answers = race(*acts)
    refused = [one for one in answers if isinstance(one, Exception)]
    # Where one vote was enough, the other comes too late.
    assert len(refused) == (0 if rule == "all" else 1)
    assert all(isinstance(one, Conflict) for one in refused)
    office.session.expire_all()
    visits = office.session.scalars(
        select(Visit).where(Visit.instance_id == ticket.instance_id).order_by(Visit.id)
    ).all()
    assert [(one.node, one.state) for one in visits] == [
        ("review", VisitState.DECIDED),
        ("sign", VisitState.OPEN),
    ]


@pytest.mark.committed
def test_the_same_share_signed_twice_at_once_is_signed_once(office: Office) -> None:
    ticket = begun(office, "all")
    act = completing(office, ticket, A)
    office.session.commit()
    answers = race(act, act, act)
    assert sum(isinstance(one, TaskAlreadyDone | StalePage) for one in answers) == 2
    office.session.expire_all()
    assert share(office, ticket, A).state is TaskState.DONE


def test_neither_returned_nor_taken_back_once_the_next_has_decided(office: Office) -> None:
    """His page is still open; the leader has signed meanwhile, then the ticket is over."""
    ticket = office.walk(office.start(), to="account_execution")
    (mine,) = [task for task in office.tasks(ticket) if task.node == "department_opinion"]
    given = {"actor": office.actor(HEAD), "now": office.tick(), "task_id": mine.id}
    for version in (mine.version, mine.version - 1):
        with pytest.raises(TaskAlreadyDone):
            tasks.return_task(office.session, **given, version=version, reason="再看看")
    with pytest.raises(NotWithdrawable, match="后面的人已经办了"):
        tasks.withdraw_task(office.session, **given, version=mine.version)
    assert office.task(ticket).node == "account_execution"


@pytest.mark.parametrize("rule", ["all", "all_in_order", "quorum:1/2", "quorum:2/3", "quorum:1/1"])
@pytest.mark.parametrize("before", [0, 1, 2, 3, 4])
def test_no_vote_becomes_impossible_by_who_is_removed(
    office: Office, rule: str, before: int
) -> None:
    """Added, some sign, removed again: whoever is left can bring it to its end, or it is there."""
    ticket = begun(office, rule)
    task = share(office, ticket, A)
    tasks.add_signers(
        office.session,
        actor=office.actor(A),
        now=office.tick(),
        task_id=task.id,
        version=task.version,
        to=[CUSTODIAN],
        place="parallel",
        reason="",
    )
    for name in VOTERS[:before]:
        if name in inboxes(office, ticket):
            say(office, ticket, name)
    if (share(office, ticket, CUSTODIAN)).is_unfinished:
        task = share(office, ticket, A)
        tasks.remove_signer(
            office.session,
            actor=office.actor(A),
            now=office.tick(),
            task_id=task.id,
            version=task.version,
            to=CUSTODIAN,
        )
    for name in VOTERS:
        if name in inboxes(office, ticket):
            say(office, ticket, name)
    assert inboxes(office, ticket) == {LEADER}


def test_of_five_hundred_twenty_are_stale(office: Office) -> None:
    """Twenty were claimed by a colleague since the list was opened: 480 are his, 20 are told."""
    found = [begun(office, "any"), *(another(office) for _ in range(499))]
    items = [Seen(task.id, task.version) for task in map(office.task, found)]
    stale = {item.task_id for item in items[::25]}
    for task_id in sorted(stale):
        tasks.claim(office.session, actor=office.actor(B), now=office.now, task_id=task_id)
    batch = tasks.create_batch(
        office.session,
        actor=office.actor(A),
        now=office.tick(),
        act=BatchAct.CLAIM,
        items=items,
        opinion="",
        client_key="k" * 32,
    )
    for item in batch.of(ItemState.WAITING):
        batching.step(office.session, {"item": item.id}, office.now)
    assert {item.task_id for item in batch.of(ItemState.REFUSED)} == stale
    assert len(batch.of(ItemState.DONE)) == 480
    mine = select(func.count()).where(Task.assignee_id == office.actor(A).person_id)
    assert office.session.scalar(mine.where(Task.state == TaskState.CLAIMED)) == 480
