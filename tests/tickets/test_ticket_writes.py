"""Every write against everybody who must not do it: stale, second, part-holder, stranger."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.audit.queries import list_chain
from app.core.actor import Actor
from app.core.errors import AppError, Conflict, Forbidden, NotFound
from app.tasks import queries as task_queries
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tickets import policy, queries
from app.tickets import service as tickets
from app.tickets.models import Ticket
from app.tickets.types import TicketNotFound
from tests.support.office import DRAWN, RESULT, Office

STRANGER = "longjinhua"  # a clerk of another county


@dataclass(frozen=True)
class Write:
    """One act: where the ticket must stand, whose act it is, who else could have done it."""

    name: str
    act: Callable[[Office, "Page", Actor], object]
    stands_at: str  # a node, or the state `draft` or `returned`
    by: str
    second: str | None = None  # another candidate
    part: str = "yaohaiyang"  # sees the ticket, but it is not his act
    is_repeatable: bool = False
    is_claimed: bool = False  # `by` has taken the task before

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Page:
    """What a person has open: the ticket, its task and the version it was opened with."""

    ticket: Ticket
    task_id: int
    version: int


def on_task(function: Callable[..., object], **given: Any) -> Callable[..., object]:
    def act(office: Office, page: Page, actor: Actor) -> object:
        seen = {"task_id": page.task_id, "version": page.version}
        return function(office.session, actor=actor, now=office.tick(), **seen, **given)

    return act


def on_ticket(function: Callable[..., object], **given: Any) -> Callable[..., object]:
    def act(office: Office, page: Page, actor: Actor) -> object:
        number = page.ticket.number
        return function(office.session, actor=actor, now=office.tick(), number=number, **given)

    return act


APPROVE = tasks.Decision("approve", signing=DRAWN)
EXECUTE = tasks.Decision("done", answers={"result": RESULT}, signing=DRAWN)
CLERK, HEAD, ADMIN, OTHER_ADMIN = "yaohaiyang", "qinyongan", "tanlihua", "tanguifang"
WRITES = (
    Write("submit", on_ticket(tickets.submit), "draft", CLERK, part=""),
    Write("resubmit", on_ticket(tickets.submit, answers=None), "returned", CLERK, part=HEAD),
    Write(
        "save_draft",
        on_ticket(tickets.save_draft, answers={}),
        "returned",
        CLERK,
        part=HEAD,
        is_repeatable=True,
    ),
    Write("withdraw", on_ticket(tickets.withdraw), "department_opinion", CLERK, part=HEAD),
    Write("cancel", on_ticket(tickets.cancel), "returned", CLERK, part=HEAD),
    Write(
        "claim", on_task(tasks.claim), "account_execution", ADMIN, OTHER_ADMIN, is_repeatable=True
    ),
    Write("release", on_task(tasks.release), "account_execution", ADMIN, is_claimed=True),
    Write("complete", on_task(tasks.complete, decision=APPROVE), "department_opinion", HEAD),
    Write(
        "execute",
        on_task(tasks.complete, decision=EXECUTE),
        "account_execution",
        ADMIN,
        OTHER_ADMIN,
    ),
    Write(
        "return",
        on_task(tasks.return_task, reason="请补充。"),
        "account_execution",
        ADMIN,
        OTHER_ADMIN,
    ),
)
on_tasks = pytest.mark.parametrize(
    "write",
    [w for w in WRITES if w.name in ("claim", "release", "complete", "execute", "return")],
    ids=str,
)
every = pytest.mark.parametrize("write", WRITES, ids=str)


@pytest.fixture
def stand(office: Office) -> Callable[[Write], Page]:
    """A ticket where the write may be done, opened by whoever is going to do it."""

    def make(write: Write) -> Page:
        ticket = office.draft()
        if write.stands_at == "returned":
            answers = ticket.draft or {}
            office.submit(ticket)
            office.send_back(ticket)
            clerk, number = office.requester(ticket), ticket.number
            tickets.save_draft(
                office.session, actor=clerk, now=office.tick(), number=number, answers=answers
            )
        elif write.stands_at != "draft":
            office.walk(office.submit(ticket), to=write.stands_at)
        found = office.tasks(ticket)
        if write.is_claimed:
            given = {"now": office.tick(), "task_id": found[-1].id}
            tasks.claim(office.session, actor=office.actor(write.by), **given)
        return Page(ticket, found[-1].id, found[-1].version) if found else Page(ticket, 0, 0)

    return make


Stand = Callable[[Write], Page]


def refusal(act: Callable[[], object]) -> AppError:
    with pytest.raises(AppError) as caught:
        act()
    return caught.value


def events(office: Office, ticket: Ticket) -> int:
    return len(list_chain(office.session, ticket.instance.audit_chain))


@every
def test_whose_act_it_is_may_do_it(office: Office, stand: Stand, write: Write) -> None:
    """The same setup that refuses the others lets the right one through, and records it once."""
    page = stand(write)
    before = events(office, page.ticket)
    write.act(office, page, office.actor(write.by))
    assert events(office, page.ticket) > before or write.name == "save_draft"


@every
def test_double_click_is_one_act(office: Office, stand: Stand, write: Write) -> None:
    """The second POST of the same page changes nothing: a conflict, or the same answer again."""
    page = stand(write)
    actor = office.actor(write.by)
    write.act(office, page, actor)
    done = events(office, page.ticket)
    if write.is_repeatable:
        write.act(office, page, actor)
    else:
        assert isinstance(refusal(lambda: write.act(office, page, actor)), Conflict)
    assert events(office, page.ticket) == done


@on_tasks
def test_stale_page_is_refused(office: Office, stand: Stand, write: Write) -> None:
    """A page opened before the task changed decides nothing."""
    page = stand(write)
    stale = replace(page, version=page.version - 1)
    found = refusal(lambda: write.act(office, stale, office.actor(write.by)))
    assert isinstance(found, Conflict)
    assert found.facts["version"] == page.version


@pytest.mark.parametrize("write", [w for w in WRITES if w.second], ids=str)
def test_second_person_comes_too_late(office: Office, stand: Stand, write: Write) -> None:
    """Both were offered the task and have its page open: the slower one is told, not forbidden."""
    page = stand(write)
    write.act(office, page, office.actor(write.by))
    second = office.actor(write.second or "")
    assert isinstance(refusal(lambda: write.act(office, page, second)), Conflict)


@pytest.mark.parametrize("write", [w for w in WRITES if w.part], ids=str)
def test_who_sees_it_but_has_other_parts_is_forbidden(
    office: Office, stand: Stand, write: Write
) -> None:
    """Visible, but not this person's act: 403, never a silent change."""
    page = stand(write)
    found = refusal(lambda: write.act(office, page, office.actor(write.part)))
    assert isinstance(found, Forbidden)


@every
def test_stranger_of_another_county_finds_nothing(
    office: Office, stand: Stand, write: Write
) -> None:
    """Out of scope answers like absent, whatever the state."""
    page = stand(write)
    found = refusal(lambda: write.act(office, page, office.actor(STRANGER)))
    assert isinstance(found, NotFound)


def test_foreign_number_answers_exactly_like_a_missing_one(office: Office) -> None:
    """Class, code, words and facts are the same: nobody learns that a number exists."""
    ticket = office.start()
    stranger, session = office.actor(STRANGER), office.session

    def look(number: str) -> AppError:
        return refusal(lambda: queries.access_ticket(session, number, stranger, policy.can_view))

    foreign, missing = look(ticket.number), look("QX-CZY-2026-99999")
    assert type(foreign) is type(missing) is TicketNotFound
    assert (foreign.code, foreign.text, foreign.facts) == (
        missing.code,
        missing.text,
        missing.facts,
    )
    task = office.task(ticket)
    found = [
        refusal(lambda one=one: task_queries.find_task(session, one, stranger))  # type: ignore[misc]
        for one in (task.id, 10**12)
    ]
    assert (found[0].code, found[0].text, found[0].facts) == (
        found[1].code,
        found[1].text,
        found[1].facts,
    )


def test_draft_is_its_requesters_alone(office: Office) -> None:
    """Not even the head of the department sees it before it is sent."""
    ticket = office.draft()
    for username in (HEAD, "pengxiuying", "huangxuelian", "qinzhiming"):
        found = refusal(
            lambda who=username: queries.access_ticket(  # type: ignore[misc]
                office.session, ticket.number, office.actor(who), policy.can_view
            )
        )
        assert isinstance(found, TicketNotFound)


def test_refused_act_leaves_the_task_as_it_was(office: Office, session: Session) -> None:
    """State, version and chain stand as before."""
    ticket = office.start()
    task = office.task(ticket)
    before = (task.state, task.version, events(office, ticket))
    refusal(lambda: office.decide(ticket, by="pengxiuying"))
    again = session.get_one(Task, task.id, populate_existing=True)
    assert (again.state, again.version, events(office, ticket)) == before
