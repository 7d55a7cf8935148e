"""What waits for its turn, and what went one level up, finds whose it is when cover changes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.audit.models import Event
from app.core import clock
from app.identity import queries as people
from app.identity import service
from app.identity.types import Position
from app.tasks import service as tasks
from app.tasks.types import NotStandingIn, TaskNotFound, TaskState
from app.tickets.models import Ticket
from tests.cover.leaves import (
    ABOVE,
    DEPUTY,
    HEAD,
    LEADER,
    PERMISSION,
    STRANGER,
    A,
    B,
    add_before,
    away,
    back,
    incidents,
    mandate,
    revoke,
)
from tests.support.office import Office
from tests.tasks.together import begun, inboxes, say, share


def test_a_share_that_waits_its_turn_goes_to_the_deputy(office: Office) -> None:
    """依次会签: the third is away when the second has signed; his deputy is third."""
    ticket = begun(office, "all_in_order")
    mine = share(office, ticket, PERMISSION)
    assert mine.state is TaskState.WAITING
    mandate(office, PERMISSION)
    assert (mine.state, mine.assignee_id, mine.for_id) == (
        TaskState.WAITING,
        office.actor(DEPUTY).person_id,
        office.actor(PERMISSION).person_id,
    )
    say(office, ticket, A)
    say(office, ticket, B)
    assert inboxes(office, ticket) == {DEPUTY}  # before the head of the department
    done = say(office, ticket, DEPUTY)
    assert done.for_id == office.actor(PERMISSION).person_id
    assert inboxes(office, ticket) == {HEAD}


def test_whose_turn_it_is_keeps_his_place_with_the_deputy(office: Office) -> None:
    ticket = begun(office, "all_in_order")
    given = mandate(office, A)
    assert inboxes(office, ticket) == {DEPUTY}
    revoke(office, given)
    assert inboxes(office, ticket) == {A}
    assert len(office.tasks(ticket)) == 4  # the same four shares


def test_what_waits_for_an_adviser_comes_back_to_the_deputy(office: Office) -> None:
    """He let somebody advise first, and went on leave: what the adviser says reaches the deputy."""
    ticket = begun(office, "all")
    add_before(office, ticket, HEAD, "yangwei")
    given = mandate(office, HEAD)
    assert share(office, ticket, DEPUTY).state is TaskState.WAITING
    say(office, ticket, "yangwei")
    assert {DEPUTY, A, B, PERMISSION} == inboxes(office, ticket)
    revoke(office, given)
    assert {HEAD, A, B, PERMISSION} == inboxes(office, ticket)


def test_with_nobody_in_his_stead_it_is_an_incident(office: Office) -> None:
    """会签 is not decided without him whom nobody stands in for; back, he has it again."""
    ticket = begun(office, "all_in_order")
    leave = away(office, PERMISSION)
    assert incidents(office, ticket) == ["review"]
    for name in (A, B):
        say(office, ticket, name)
    assert inboxes(office, ticket) == {"None"}
    office.appoint("yangwei", Position.CLERK)  # of no help
    service.appoint(
        office.session,
        actor=None,
        person_id=office.actor("yangwei").person_id,
        position=Position.DEPT_HEAD,
        unit=people.unit_by_code(office.session, "422826-jyzx"),
        source="test",
        now=office.tick(),
    )
    assert incidents(office, ticket) == ["review"]  # another one's position does not help either
    back(office, leave)
    assert incidents(office, ticket) == []
    assert inboxes(office, ticket) == {PERMISSION}


def test_of_two_colleagues_the_other_signs(office: Office) -> None:
    ticket = begun(office, "all")
    leave = away(office, A)
    assert inboxes(office, ticket) == {B, PERMISSION, HEAD}
    assert incidents(office, ticket) == []
    back(office, leave)
    assert inboxes(office, ticket) == {A, B, PERMISSION, HEAD}


def test_what_he_has_in_hand_is_not_asked_of_the_deputy_too(office: Office) -> None:
    """Claimed before he left: his it stays, whatever else is offered anew in the same visit."""
    ticket = begun(office, "all")
    mine = share(office, ticket, HEAD)
    tasks.claim(office.session, actor=office.actor(HEAD), now=office.tick(), task_id=mine.id)
    mandate(office, HEAD)
    away(office, A)
    assert inboxes(office, ticket) == {HEAD, B, PERMISSION}


def vacate(office: Office) -> None:
    """Nobody leads 咸丰县人社局 any more."""
    office.dismiss(Position.UNIT_LEADER, "422826-rsj")


def appoint(office: Office, who: str = "yangwei") -> None:
    service.appoint(
        office.session,
        actor=None,
        person_id=office.actor(who).person_id,
        position=Position.UNIT_LEADER,
        unit=people.unit_by_code(office.session, "422826-rsj"),
        source="test",
        now=office.tick(),
    )


def at_sign(office: Office) -> Ticket:
    """`sign` goes one level up where the unit has nobody (empty=up): to 冉启国 of the 州."""
    office.appoint(ABOVE, Position.UNIT_LEADER, "422800")
    ticket = begun(office, "any")
    office.decide(ticket, by=HEAD)
    assert office.task(ticket).node == "sign"
    return ticket


def holder(office: Office, ticket: Ticket) -> str:
    found = office.task(ticket).assignee_id
    return office.username(found) if found else ""


def test_what_went_up_comes_down_when_somebody_is_appointed(office: Office) -> None:
    vacate(office)
    ticket = at_sign(office)
    version = office.task(ticket).version
    assert holder(office, ticket) == ABOVE
    appoint(office)
    assert holder(office, ticket) == "yangwei"
    assert office.task(ticket).version > version  # a page that is open above is old by it
    office.decide(ticket, by="yangwei")


def test_what_went_up_comes_down_when_he_is_back(office: Office) -> None:
    leave = away(office, LEADER)
    ticket = at_sign(office)
    assert holder(office, ticket) == ABOVE
    back(office, leave)
    assert holder(office, ticket) == LEADER


def test_what_was_claimed_above_stays_there(office: Office) -> None:
    leave = away(office, LEADER)
    ticket = at_sign(office)
    tasks.claim(
        office.session,
        actor=office.actor(ABOVE),
        now=office.tick(),
        task_id=office.task(ticket).id,
    )
    back(office, leave)
    assert holder(office, ticket) == ABOVE
    office.decide(ticket, by=ABOVE)


def test_somebody_appointed_elsewhere_gets_nothing(office: Office) -> None:
    vacate(office)
    ticket = at_sign(office)
    service.appoint(
        office.session,
        actor=None,
        person_id=office.actor(STRANGER).person_id,
        position=Position.UNIT_LEADER,
        unit=people.unit_by_code(office.session, office.actor(STRANGER).unit_code),
        source="test",
        now=office.tick(),
    )
    assert holder(office, ticket) == ABOVE


def test_who_stood_in_hears_who_has_it_now(office: Office) -> None:
    """A page that was open as the mandate was revoked; a stranger is told nothing, for ever."""
    ticket = at_sign(office)
    given = mandate(office, LEADER)
    task = office.task(ticket)
    tasks.claim(office.session, actor=office.actor(DEPUTY), now=office.tick(), task_id=task.id)
    revoke(office, given)
    with pytest.raises(NotStandingIn, match="彭秀英") as told:
        office.decide(ticket, by=DEPUTY)
    assert told.value.facts["current"] == "open"
    with pytest.raises(NotStandingIn):
        tasks.claim(office.session, actor=office.actor(DEPUTY), now=office.tick(), task_id=task.id)
    for name in (STRANGER, "yangwei"):
        with pytest.raises(TaskNotFound):
            office.decide(ticket, by=name)
    office.decide(ticket, by=LEADER)
    with pytest.raises(NotStandingIn, match="已经办完"):
        tasks.claim(office.session, actor=office.actor(DEPUTY), now=office.now, task_id=task.id)
    office.now += timedelta(days=1)
    with pytest.raises(TaskNotFound):
        tasks.claim(office.session, actor=office.actor(DEPUTY), now=office.now, task_id=task.id)
    left = [
        event.data["left"]
        for event in office.session.scalars(select(Event).where(Event.kind == "task.reoffered"))
        if "left" in event.data
    ]
    assert left == [[DEPUTY]]


def test_the_page_says_so_too(office: Office, browser: Callable[[str], Any]) -> None:
    """409 for who stood in, 404 for a stranger, in the browser as over REST."""
    office.now = clock.utcnow() - timedelta(hours=10)  # pages have a clock of their own
    ticket = at_sign(office)
    given = mandate(office, LEADER)
    task = office.task(ticket)
    office.session.commit()
    deputy, stranger = browser(DEPUTY), browser(STRANGER)
    assert ticket.number in deputy.get("/tasks").text
    revoke(office, given)
    office.session.commit()
    agrees = {"act": "complete:approve", "own-opinion": "情况属实。"}
    for act, sent in (("claim", {}), ("decide", agrees), ("decide", {"act": "return"})):
        page = f"/tasks/{task.id}/{act}"
        told = deputy.post(page, **sent)
        assert (told.status_code, "现在由彭秀英办理" in told.text) == (409, True)
        assert sent.get("own-opinion", "") in told.text  # to be copied, as the page says
        assert stranger.post(page, **sent).status_code == 404
