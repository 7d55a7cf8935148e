"""催办: who may urge whom, and how often."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.audit.models import Event
from app.core.db import transaction
from app.identity.queries import actor_of
from app.repairs import standing
from app.tasks import service as tasks
from app.tasks.queries import list_tasks
from app.tasks.types import Box
from app.tickets import policy, service
from app.tickets.models import Ticket
from app.tickets.types import MayNotUrge, NobodyWaits, TicketNotFound, UrgedTooSoon, WrongState
from tests.support.office import Browser, Office, race

CLERK, HEAD, LEADER, STRANGER = "yaohaiyang", "qinyongan", "pengxiuying", "qutianyu"


def urge(office: Office, ticket: Ticket, by: str = CLERK, text: str = "群众在窗口等。") -> Ticket:
    return service.urge(
        office.session, actor=office.actor(by), now=office.now, number=ticket.number, text=text
    )


def test_whoever_has_it_sees_the_mark_and_the_words(office: Office) -> None:
    """The version of the task stays: a page that is open for the decision is not old by it."""
    ticket = office.start()
    task = office.task(ticket)
    version = task.version
    urge(office, ticket)
    (row,) = list_tasks(office.session, office.actor(HEAD), Box.TODO).items
    assert (row.urged_at, row.urge_count, task.version) == (office.now, 1, version)
    event = office.session.scalars(select(Event).where(Event.kind == "ticket.urged")).one()
    assert (event.data["names"], event.data["reason"]) == ("秦永安", "群众在窗口等。")


def test_leaders_of_the_unit_may_and_nobody_else(office: Office) -> None:
    ticket = office.start()
    for by, refusal in ((STRANGER, TicketNotFound), ("tanlihua", MayNotUrge)):
        with pytest.raises(refusal):
            urge(office, ticket, by=by)
    urge(office, ticket, by=LEADER)
    assert office.task(ticket).urge_count == 1


def test_it_may_be_done_again_after_four_hours(office: Office) -> None:
    """The refusal says who was it and from when; a leader's counts as the requester's."""
    ticket = office.start()
    urge(office, ticket)
    office.now += timedelta(hours=3, minutes=59)
    with pytest.raises(UrgedTooSoon) as refused:
        urge(office, ticket, by=LEADER)
    assert "姚海洋在11月20日" in refused.value.text
    office.now += timedelta(minutes=1)
    urge(office, ticket)
    assert office.task(ticket).urge_count == 2


@pytest.mark.parametrize(
    ("urged", "free"),
    [
        ([], None),
        (["2026-11-20T01:00"], "2026-11-20T05:00"),
        (["2026-11-19T20:59"], None),
        (["2026-11-20T00:00", "2026-11-19T20:00", "2026-11-19T16:00"], "2026-11-20T16:00"),
        (["2026-11-20T00:00", "2026-11-19T20:00", "2026-11-19T15:59"], "2026-11-20T04:00"),
    ],
)
def test_three_times_a_day_of_the_office(
    office: Office, urged: list[str], free: str | None
) -> None:
    """The day begins at midnight in the office's zone, which is 16:00 UTC."""
    assert office.session

    def moment(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    found = policy.may_urge_again_at([moment(at) for at in urged], moment("2026-11-20T01:00"))
    assert found == (moment(free) if free else None)


def test_nobody_is_urged_who_is_not_waited_for(office: Office) -> None:
    """Oneself, a draft, what is held and what is over."""
    with pytest.raises(WrongState):
        urge(office, office.draft())
    ticket = office.start()
    office.send_back(ticket)
    with pytest.raises(NobodyWaits):
        urge(office, ticket)
    held = office.start()
    standing.suspend(
        office.session,
        actor=office.actor("duanshiyu"),
        now=office.tick(),
        number=held.number,
        reason="先停一停。",
    )
    with pytest.raises(WrongState, match="挂起"):
        urge(office, held)
    with pytest.raises(WrongState):
        urge(office, office.walk(office.start()))


def test_who_may_claim_it_is_urged_too(office: Office) -> None:
    ticket = office.walk(office.start(), to="account_execution")
    urge(office, ticket)
    (row,) = list_tasks(office.session, office.actor("tanguifang"), Box.CLAIMABLE).items
    assert row.urge_count == 1
    task = office.task(ticket)
    tasks.claim(
        office.session, actor=office.actor("tanguifang"), now=office.tick(), task_id=task.id
    )
    assert task.urge_count == 1


@pytest.mark.committed
def test_of_two_at_once_one_is_heard(office: Office) -> None:
    ticket = office.start()
    office.session.commit()
    people = [office.actor(name).person_id for name in (CLERK, LEADER)]

    def act(person: int) -> Callable[..., object]:
        return lambda session: service.urge(
            session,
            actor=actor_of(session, person, office.now),
            now=office.now,
            number=ticket.number,
        )

    answers = race(*(act(person) for person in people))
    assert sorted(isinstance(one, UrgedTooSoon) for one in answers) == [False, True]
    with transaction() as session:
        kinds = select(Event).where(Event.kind == "ticket.urged")
        assert len(session.scalars(kinds).all()) == 1


def test_the_page_urges_and_says_from_when_again(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    ticket = office.start()
    office.session.commit()
    clerk = browser(CLERK)
    page = f"/tickets/{ticket.number}"
    assert "4 小时内只能催一次" in clerk.get(page).text
    assert clerk.post(f"{page}/urge", text="群众在窗口等。").status_code == 302
    shown = clerk.get(page).text
    assert "以后可以再催" in shown
    assert "催秦永安办理" in shown
    again = clerk.post(f"{page}/urge", text="还在等")
    assert again.status_code == 409
    assert "催过了" in again.text
    head = browser(HEAD)
    assert ">催</span>" in head.get("/tasks").text
    assert ">催</span>" in head.get(page).text
    assert "4 小时内只能催一次" not in head.get(page).text  # only he himself is waited for
