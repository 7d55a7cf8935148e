"""转办, 委派, 加签, 减签: who may, to whom, what it does to the visit, and all that is refused."""

from typing import Any

import pytest
from sqlalchemy import select

from app.audit.queries import list_chain
from app.core.errors import Invalid, NotFound
from app.identity import queries as people
from app.identity import service as identity
from app.identity.types import Position
from app.processes.models import Incident
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tasks.types import (
    HANDED,
    NoSuchSigner,
    NotOffered,
    NotYourTask,
    NotYourTurn,
    StalePage,
    TaskAlreadyClaimed,
    TaskAlreadyDone,
    TaskKind,
    TaskState,
)
from app.tickets.models import Ticket
from tests.support.office import Office
from tests.tasks.together import VOTERS, begun, inboxes, say, share

A, B, C, HEAD = VOTERS
LEADER, CUSTODIAN, CLERK, STRANGER = "pengxiuying", "qinxuemei", "yaohaiyang", "xiangjianhua"
ONE = "position:account_admin@same_level(requester.unit)"


@pytest.fixture
def ticket(office: Office) -> Ticket:
    """Waits at one of two account administrators; 覃丽华 has taken it."""
    ticket = begun(office, "any", assign=ONE)
    tasks.claim(
        office.session, actor=office.actor(A), now=office.tick(), task_id=office.task(ticket).id
    )
    return ticket


def act(office: Office, ticket: Ticket, name: str, by: str, to: Any, **given: Any) -> Task:
    task = given.pop("task", None) or share(office, ticket, by)
    return getattr(tasks, name)(  # type: ignore[no-any-return]
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        task_id=task.id,
        version=given.pop("version", task.version),
        to=to,
        reason=given.pop("reason", "这两天在外地"),
        **given,
    )


def wrong(office: Office, ticket: Ticket, name: str, by: str, to: Any, **given: Any) -> str:
    with pytest.raises(Invalid) as caught:
        act(office, ticket, name, by, to, **given)
    (error,) = caught.value.errors
    return f"{error.path}: {error.message}"


def add(office: Office, ticket: Ticket, by: str, *to: str, place: str = "parallel") -> Task:
    return act(office, ticket, "add_signers", by, list(to), place=place)


# --- 转办 ---


def test_whom_it_is_handed_to_decides_it(office: Office, ticket: Ticket) -> None:
    task = act(office, ticket, "transfer", A, B)
    assert (task.state, task.claimed_at, task.due_at) == (TaskState.OPEN, None, None)
    assert inboxes(office, ticket) == {B}
    say(office, ticket, B)
    assert inboxes(office, ticket) == {LEADER}


def test_the_giver_keeps_a_row_to_read_and_may_decide_later(office: Office, ticket: Ticket) -> None:
    """It counts for nothing: he has decided nothing, and is not barred from what comes."""
    act(office, ticket, "transfer", A, B)
    kept = [task for task in office.tasks(ticket) if task.kind is TaskKind.HANDED]
    assert [(one.outcome, one.opinion, one.holds) for one in kept] == [
        (HANDED, "这两天在外地", False)
    ]
    act(office, ticket, "transfer", B, A)  # and back again
    say(office, ticket, A)
    assert inboxes(office, ticket) == {LEADER}


def test_it_is_told_on_the_ticket(office: Office, ticket: Ticket) -> None:
    act(office, ticket, "transfer", A, B)
    event = list_chain(office.session, ticket.instance.audit_chain)[-1]
    assert event.kind == "task.transferred"
    assert (event.data["to_name"], event.data["reason"]) == (
        office.actor(B).name,
        "这两天在外地",
    )


@pytest.mark.parametrize("name", ["transfer", "delegate"])
@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("", "to: 请填交给谁：姓名或用户名。"),
        (A, "to: 不能交给自己。"),
        (CLERK, "to: 姚海洋是申请人，不能办自己的申请。"),
        ("nobody", "to: 没有找到这个人：请填姓名或用户名；只能交给本级的人。"),
        (STRANGER, "to: 没有找到这个人：请填姓名或用户名；只能交给本级的人。"),
    ],
)
def test_who_cannot_have_it(office: Office, ticket: Ticket, name: str, to: str, said: str) -> None:
    assert wrong(office, ticket, name, A, to) == said


def test_who_has_no_fitting_position_cannot_decide_but_can_prepare(
    office: Office, ticket: Ticket
) -> None:
    assert "没有可以办这一步的岗位" in wrong(office, ticket, "transfer", A, CUSTODIAN)
    act(office, ticket, "delegate", A, CUSTODIAN)
    assert inboxes(office, ticket) == {CUSTODIAN}


def test_leaders_sign_for_one_another(office: Office) -> None:
    ticket = begun(office, "any", assign="position:dept_head@requester.unit")
    act(office, ticket, "transfer", HEAD, office.actor(LEADER).name)
    assert inboxes(office, ticket) == {LEADER}


def test_who_has_decided_before_cannot_have_it(office: Office) -> None:
    ticket = begun(office, "any", assign="position:dept_head@requester.unit", actions="transfer")
    say(office, ticket, HEAD)
    task = share(office, ticket, LEADER)
    with pytest.raises(NotOffered):  # the diagram gives the leader no such button
        act(office, ticket, "transfer", LEADER, HEAD, task=task)


def test_what_the_diagram_does_not_offer_is_refused(office: Office) -> None:
    ticket = begun(office, "any", assign=ONE, actions="return")
    task = office.task(ticket)
    for name in ("transfer", "delegate"):
        with pytest.raises(NotOffered):
            act(office, ticket, name, A, B, task=task)


def test_double_click_and_old_page(office: Office, ticket: Ticket) -> None:
    task = share(office, ticket, A)
    seen = task.version
    act(office, ticket, "transfer", A, B)
    with pytest.raises(TaskAlreadyClaimed):
        act(office, ticket, "transfer", A, B, task=task, version=seen)
    with pytest.raises(StalePage):
        act(office, ticket, "transfer", B, A, version=seen)


def test_a_stranger_does_not_know_of_it(office: Office, ticket: Ticket) -> None:
    with pytest.raises(NotFound):
        act(office, ticket, "transfer", STRANGER, B, task=share(office, ticket, A))


# --- 委派 ---


def test_delegated_comes_back_with_what_was_said(office: Office, ticket: Ticket) -> None:
    act(office, ticket, "delegate", A, CUSTODIAN, reason="请先核对场地")
    mine = share(office, ticket, A)
    assert mine.state is TaskState.WAITING
    with pytest.raises(NotYourTurn):
        say(office, ticket, A)
    say(office, ticket, CUSTODIAN, "reject", opinion="场地已经占用")
    assert inboxes(office, ticket) == {A}
    assert share(office, ticket, A).state is TaskState.CLAIMED
    say(office, ticket, A)  # advice is advice
    assert inboxes(office, ticket) == {LEADER}
    assert ticket.instance.variables["review_outcome"] == "approve"


def test_delegation_is_taken_back(office: Office, ticket: Ticket) -> None:
    act(office, ticket, "delegate", A, CUSTODIAN)
    act(office, ticket, "remove_signer", A, CUSTODIAN)
    assert inboxes(office, ticket) == {A}
    assert share(office, ticket, CUSTODIAN).state is TaskState.CANCELLED


def test_who_advises_hands_nothing_on_and_sends_nothing_back(
    office: Office, ticket: Ticket
) -> None:
    act(office, ticket, "delegate", A, CUSTODIAN)
    with pytest.raises(NotOffered):
        act(office, ticket, "delegate", CUSTODIAN, B)


# --- 加签 ---


def test_signed_before_comes_back_when_all_have(office: Office, ticket: Ticket) -> None:
    add(office, ticket, A, CUSTODIAN, C, place="before")
    assert inboxes(office, ticket) == {CUSTODIAN, C}
    say(office, ticket, CUSTODIAN)
    assert inboxes(office, ticket) == {C}
    say(office, ticket, C)
    assert inboxes(office, ticket) == {A}


def test_beside_both_decide(office: Office, ticket: Ticket) -> None:
    add(office, ticket, A, CUSTODIAN)
    assert inboxes(office, ticket) == {A, CUSTODIAN}
    say(office, ticket, A)
    assert inboxes(office, ticket) == {CUSTODIAN}
    say(office, ticket, CUSTODIAN, "amend")
    assert inboxes(office, ticket) == {LEADER}
    assert ticket.instance.variables["review_outcome"] == "amend"


def test_after_is_asked_once_the_first_has_decided(office: Office, ticket: Ticket) -> None:
    add(office, ticket, A, CUSTODIAN, place="after")
    assert inboxes(office, ticket) == {A}
    say(office, ticket, A)
    assert inboxes(office, ticket) == {CUSTODIAN}
    say(office, ticket, CUSTODIAN)
    assert inboxes(office, ticket) == {LEADER}


def test_a_refusal_asks_nobody_after_it(office: Office, ticket: Ticket) -> None:
    add(office, ticket, A, CUSTODIAN, place="after")
    say(office, ticket, A, "reject")
    assert inboxes(office, ticket) == set()
    assert share(office, ticket, CUSTODIAN).state is TaskState.CANCELLED


def test_added_voters_count(office: Office) -> None:
    """Two thirds of four are three; of five, four."""
    ticket = begun(office, "quorum:2/3")
    add(office, ticket, A, CUSTODIAN)
    for name in (A, B, C):
        say(office, ticket, name)
    assert inboxes(office, ticket) == {HEAD, CUSTODIAN}
    act(office, ticket, "remove_signer", A, CUSTODIAN)  # three of four: that is enough
    assert inboxes(office, ticket) == {LEADER}


def test_removing_the_last_who_was_waited_for_moves_it_on(office: Office, ticket: Ticket) -> None:
    add(office, ticket, A, CUSTODIAN)
    say(office, ticket, A)
    act(office, ticket, "remove_signer", A, CUSTODIAN)
    assert inboxes(office, ticket) == {LEADER}


def test_who_has_signed_is_not_removed(office: Office, ticket: Ticket) -> None:
    add(office, ticket, A, CUSTODIAN)
    say(office, ticket, CUSTODIAN)
    with pytest.raises(NoSuchSigner):
        act(office, ticket, "remove_signer", A, CUSTODIAN)
    with pytest.raises(NoSuchSigner):
        act(office, ticket, "remove_signer", A, HEAD)


def test_only_who_added_removes(office: Office, ticket: Ticket) -> None:
    add(office, ticket, A, CUSTODIAN, HEAD)
    with pytest.raises(NotYourTask):
        act(office, ticket, "remove_signer", HEAD, CUSTODIAN, task=share(office, ticket, A))


def test_no_circles(office: Office, ticket: Ticket) -> None:
    """Who has a part already gets no second one, however long the chain is; and chains end."""
    add(office, ticket, A, CUSTODIAN)
    assert "已经在办这一步" in wrong(office, ticket, "add_signers", CUSTODIAN, [A], place="before")
    add(office, ticket, CUSTODIAN, HEAD)
    add(office, ticket, HEAD, LEADER)
    assert "层数太多" in wrong(office, ticket, "add_signers", LEADER, [C], place="parallel")


@pytest.mark.parametrize(
    ("to", "place", "path"),
    [
        ([], "parallel", "to"),
        ([CUSTODIAN], "beside", "place"),
        ([CUSTODIAN, "秦雪梅"], "after", "to"),
    ],
)
def test_bad_words(office: Office, ticket: Ticket, to: list[str], place: str, path: str) -> None:
    assert wrong(office, ticket, "add_signers", A, to, place=place).startswith(f"{path}:")


def test_a_return_closes_all_shares(office: Office, ticket: Ticket) -> None:
    add(office, ticket, A, CUSTODIAN)
    add(office, ticket, A, HEAD, place="after")
    task = share(office, ticket, A)
    tasks.return_task(
        office.session,
        actor=office.actor(A),
        now=office.tick(),
        task_id=task.id,
        version=task.version,
        reason="写清楚用途",
    )
    assert inboxes(office, ticket) == {CLERK}
    with pytest.raises(TaskAlreadyDone):
        say(office, ticket, CUSTODIAN)


def test_own_share_is_taken_back_while_the_others_decide(office: Office) -> None:
    ticket = begun(office)
    done = say(office, ticket, A)
    tasks.withdraw_task(
        office.session,
        actor=office.actor(A),
        now=office.tick(),
        task_id=done.id,
        version=done.version,
    )
    assert inboxes(office, ticket) == set(VOTERS)
    for name in VOTERS:
        say(office, ticket, name)
    assert inboxes(office, ticket) == {LEADER}
    assert "几个人已经一起定了" in str(tasks.obstacle(office.session, share(office, ticket, A)))


def test_who_loses_the_position_is_not_waited_for(office: Office) -> None:
    """The others decide; if they had already, the ticket goes on by itself."""
    ticket = begun(office)
    for name in (A, B, C):
        say(office, ticket, name)
    _dismissed(office, HEAD, Position.DEPT_HEAD, "422826-jyzx")
    assert share(office, ticket, HEAD).state is TaskState.CANCELLED
    assert inboxes(office, ticket) == {LEADER}


def test_what_was_handed_on_is_not_taken_from_its_receiver(office: Office) -> None:
    """When somebody else of the same step goes, nobody is asked twice for one share."""
    ticket = begun(office)
    act(office, ticket, "transfer", HEAD, LEADER)
    _dismissed(office, C, Position.PERMISSION_ADMIN, "422826-xxzx")
    assert inboxes(office, ticket) == {A, B, LEADER}


def test_nobody_is_missed_where_the_others_have_decided(office: Office) -> None:
    """The one who goes was the last who was waited for: that is no incident."""
    ticket = begun(office)
    for name in (A, B, C):
        say(office, ticket, name)
    _dismissed(office, HEAD, Position.DEPT_HEAD, "422826-jyzx")
    assert not office.session.scalars(
        select(Incident.id).where(Incident.instance_id == ticket.instance_id)
    ).all()


def test_whom_somebody_had_added_goes_with_him(office: Office, ticket: Ticket) -> None:
    """However deep: a removed signer leaves nobody behind who is waited for."""
    add(office, ticket, A, CUSTODIAN)
    add(office, ticket, CUSTODIAN, HEAD)
    add(office, ticket, HEAD, LEADER)
    act(office, ticket, "remove_signer", A, CUSTODIAN)
    assert inboxes(office, ticket) == {A}


def test_the_operating_company_is_not_let_in(office: Office) -> None:
    """It sees no personal data: a leader of the 州 cannot ask its people to sign."""
    ticket = begun(office, "any", assign="position:dept_head@counterpart(requester.unit)")
    for name in ("delegate", "transfer"):
        assert wrong(office, ticket, name, "yinjunjie", "wenbin").startswith("to: 没有找到这个人")


def _dismissed(office: Office, name: str, position: Position, unit: str) -> None:
    identity.end_appointment(
        office.session,
        actor=None,
        person_id=office.actor(name).person_id,
        position=position,
        unit=people.unit_by_code(office.session, unit),
        now=office.tick(),
    )
