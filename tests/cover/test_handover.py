"""离岗交接: everything at once after it was read, or nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.audit.models import Event
from app.core import clock
from app.core.errors import Invalid
from app.identity import service
from app.identity.cover_models import Mandate, Pair
from app.repairs import handover
from app.repairs.handover import Handover, Report, What
from app.repairs.types import HandoverChanged, NoSuchLeaver
from app.tasks import service as tasks
from app.tickets.models import Ticket
from app.tickets.presentation import ticket_view
from tests.support.office import Office

A, B, GRANTS, LEADER, ADMIN, STRANGER = (
    "tanlihua",
    "tanguifang",
    "wuyiming",
    "pengxiuying",
    "duanshiyu",
    "tengguorong",
)


@pytest.fixture
def ticket(office: Office) -> Ticket:
    """谭丽华 has it in hand; 谭桂芳 is her partner, and she has given a mandate."""
    service.enter_pair(
        office.session,
        actor=office.actor(ADMIN),
        now=office.tick(),
        unit="422826-xxzx",
        position="account_admin",
        a=A,
        b=B,
    )
    ticket = office.walk(office.start(), to="account_execution")
    tasks.claim(
        office.session,
        actor=office.actor(A),
        now=office.tick(),
        task_id=office.task(ticket).id,
    )
    today = clock.local(office.now).date()
    service.write_mandate(
        office.session, actor=office.actor(A), now=office.now, deputy=B, first=today, last=today
    )
    return ticket


def seen(office: Office, who: str = A, by: str = ADMIN) -> Handover:
    return handover.preview(office.session, actor=office.actor(by), now=office.now, username=who)


def give(office: Office, found: Handover, to: dict[str, str], **changed: Any) -> Report:
    given: dict[str, Any] = {"by": ADMIN, "mark": found.mark, "reason": "调往州局。"} | changed
    return handover.hand_over(
        office.session,
        actor=office.actor(given.pop("by")),
        now=office.tick(),
        username=found.person.username,
        receivers=to,
        **given,
    )


def of(found: Handover, what: What) -> handover.Part:
    (part,) = [one for one in found.parts if one.what is what]
    return part


def test_all_is_listed_with_who_suggests_himself(office: Office, ticket: Ticket) -> None:
    found = seen(office)
    assert [one.what for one in found.parts] == [What.TASK, What.MANDATE, What.PAIR]
    task = of(found, What.TASK)
    assert (task.ticket, task.proposed and task.proposed.username) == (ticket.number, B)
    assert seen(office).mark == found.mark


def test_one_act_moves_all(office: Office, ticket: Ticket) -> None:
    found = seen(office)
    task, pair = of(found, What.TASK), of(found, What.PAIR)
    report = give(office, found, {task.key: B})
    assert report.moved == 1
    assert office.username(office.task(ticket).assignee_id) == B
    assert office.session.scalars(select(Mandate)).one().ended_at
    assert office.session.get_one(Pair, pair.id).ends_at
    view = ticket_view(office.session, ticket, office.actor(B), office.now)
    assert any(said.title.endswith("离岗交接，交给谭桂芳") for said in view.timeline)
    event = office.session.scalars(select(Event).where(Event.kind == "person.handed_over")).one()
    assert (event.data["moved"], event.data["left"]) == (1, 2)
    assert seen(office).parts == ()
    assert office.decide(ticket, by=B).assignee_id == office.actor(B).person_id


def test_what_has_no_receiver_stays(office: Office, ticket: Ticket) -> None:
    report = give(office, seen(office), {})
    assert report.moved == 0
    assert office.username(office.task(ticket).assignee_id) == A
    assert report.lines[0].told == handover.NOBODY


@pytest.mark.usefixtures("ticket")
def test_one_that_cannot_be_stops_all(office: Office) -> None:
    """Somebody without the position, a stranger, oneself: nothing is moved, each is told."""
    found = seen(office)
    task = of(found, What.TASK)
    for to in (GRANTS, STRANGER, A, ADMIN, "nobody"):
        with pytest.raises(Invalid) as caught, office.session.begin_nested():
            give(office, found, {task.key: to})
        assert [error.path for error in caught.value.errors] == [task.key]
    with pytest.raises(Invalid):
        give(office, found, {task.key: B}, reason=" ")
    assert seen(office).mark == found.mark


def test_what_was_read_must_be_so_still(office: Office, ticket: Ticket) -> None:
    """A stale page, a double click, and the slower of two administrators."""
    found = seen(office)
    task = of(found, What.TASK)
    for mark in (None, "0" * 16):
        with pytest.raises(HandoverChanged):
            give(office, found, {task.key: B}, mark=mark)
    tasks.release(
        office.session,
        actor=office.actor(A),
        now=office.tick(),
        task_id=task.id,
        version=office.task(ticket).version,
    )
    with pytest.raises(HandoverChanged):
        give(office, found, {task.key: B})
    give(office, seen(office), {})
    with pytest.raises(HandoverChanged):
        give(office, found, {})


def test_only_administrators_of_the_county(office: Office, ticket: Ticket) -> None:
    assert ticket
    for by in (LEADER, STRANGER, A):
        with pytest.raises(NoSuchLeaver):
            seen(office, by=by)
    with pytest.raises(NoSuchLeaver):  # nobody hands over his own things alone
        seen(office, who=ADMIN)
    with pytest.raises(NoSuchLeaver):
        seen(office, who="nobody")


def test_a_pair_gets_a_new_partner_and_drafts_stay(office: Office) -> None:
    office.draft("yaohaiyang")
    service.enter_pair(
        office.session,
        actor=office.actor(ADMIN),
        now=office.tick(),
        unit="422826-jyzx",
        position="dept_head",
        a="qinyongan",
        b="yaohaiyang",
    )
    found = seen(office, "yaohaiyang")
    assert [one.what for one in found.parts] == [What.OWN, What.PAIR]
    report = give(office, found, {of(found, What.PAIR).key: "tengxiaoyan"})
    assert [line.to and line.to.username for line in report.lines] == [None, "tengxiaoyan"]
    pair = office.session.scalars(select(Pair).where(Pair.ends_at.is_(None))).one()
    assert {office.username(pair.a_id), office.username(pair.b_id)} == {
        "qinyongan",
        "tengxiaoyan",
    }


def test_pages(browser: Callable[[str], Any], office: Office, ticket: Ticket) -> None:
    office.session.commit()
    admin = browser(ADMIN)
    page = admin.get("/handover", person="谭丽华")
    assert ticket.number in page.text
    assert admin.get("/handover", person="nobody").status_code == 404
    assert browser(LEADER).get("/handover").status_code == 403
    key = f"to-task-{office.task(ticket).id}"
    mark = page.text.split('name="mark" value="', 1)[1].split('"', 1)[0]
    sent = {"mark": mark, "reason": "调往州局。"}
    wrong = admin.post(f"/handover/{A}", **sent, **{key: GRANTS})
    assert wrong.status_code == 422
    assert "调往州局。" in wrong.text
    done = admin.post(f"/handover/{A}", **sent, **{key: B})
    assert done.status_code == 200
    assert "已经交给谭桂芳" in done.text
    assert admin.post(f"/handover/{A}", **sent, **{key: B}).status_code == 409
