"""Who hears of what becomes of an account: who asked, whose it is, and who keeps the county's."""

from typing import Any

from sqlalchemy import select

from app.core.clock import utcnow
from app.demo import people as invented
from app.identity.models import Login
from app.notifications.models import Notification, Untold
from app.notifications.service import noting
from tests.personnel.test_freeze import (
    ACCOUNTS,
    CLERK,
    GRANTS,
    KEY,
    LEADER,
    YANG,
    office_of,  # noqa: F401 - fixture
    slip,
)
from tests.support.story import Json, Story

OWNER, OTHER = "yangwei", "tanguifang"
CLEANUP = "account-cleanup"
OWN, KEPT, CLOSED = "account.touched", "account.kept", "ticket.closed"


def told(story: Story, number: str) -> dict[str, set[str]]:
    """Who was told of this ticket that something happened, by kind, each once."""
    for untold in story.session.scalars(select(Untold.id)).all():
        noting.tell_of(story.session, untold, utcnow())
    story.session.commit()
    rows = story.session.execute(
        select(Notification.kind, Login.username)
        .join(Login, Login.person_id == Notification.person_id)
        .where(Notification.ticket == number, Notification.kind.in_((OWN, KEPT, CLOSED)))
    ).all()
    assert len(rows) == len(set(rows))
    found: dict[str, set[str]] = {}
    for kind, username in rows:
        found.setdefault(kind, set()).add(username)
    return found


def leaving(**more: Any) -> Json:
    row = {
        **invented.row(1, post=""),
        **YANG,
        "kind": "close",
        "cause": "left",
        "requirement": "退休",
    }
    return {
        "subsystem": "gig-station",
        "nature": "ordinary",
        "event_date": "2026-11-02",
        "contact_phone": "0718-8200000",
        "people": [row],
        **more,
    }


def act(story: Story, username: str, number: str) -> None:
    task = story.task(username, number)
    if "claim" in task["actions"]:
        story.do(username, f"/tasks/{task['id']}/claim", {"version": task["version"]})
    story.decide(username, number, answers={"result": "已办理。"})


def first_ticket(story: Story) -> str:
    return str(story.see(CLERK, "/tickets")["items"][0]["number"])


def test_opened_account_is_told_to_who_asked_and_whose_it_is(office_of: Story) -> None:  # noqa: F811
    """Its administrator has a step of his own and needs no second word."""
    number = first_ticket(office_of)
    assert told(office_of, number) == {CLOSED: {CLERK}, OWN: {OWNER}}
    href = select(Notification.href).where(Notification.kind == OWN)
    (shown,) = office_of.session.scalars(href)
    person = select(Login.person_id).where(Login.username == OWNER)
    assert shown == f"/holdings/people/{office_of.session.scalar(person)}"


def test_cleanup_is_told_to_the_operator_too(office_of: Story) -> None:  # noqa: F811
    number = office_of.ask(CLERK, CLEANUP, leaving())
    office_of.decide(LEADER, number)
    for username in (GRANTS, ACCOUNTS):
        act(office_of, username, number)
    assert told(office_of, number) == {CLOSED: {CLERK}, OWN: {OWNER}}


def test_freeze_is_told_to_who_keeps_the_accounts(office_of: Story) -> None:  # noqa: F811
    """Neither of them has a step in it."""
    frozen = office_of.ask(GRANTS, KEY, slip())
    assert told(office_of, frozen) == {KEPT: {ACCOUNTS, OTHER}, OWN: {OWNER}}
    office_of.decide(GRANTS, frozen, answers={"found": "已经核实。"})
    office_of.decide(LEADER, frozen)
    assert told(office_of, frozen) == {KEPT: {ACCOUNTS, OTHER}, OWN: {OWNER}, CLOSED: {GRANTS}}
    freed = office_of.ask(GRANTS, KEY, slip(measure="unfreeze", cause="cleared"))
    office_of.decide(LEADER, freed)
    assert told(office_of, freed)[KEPT] == {ACCOUNTS, OTHER}


def test_nobody_else_hears_of_an_investigation(office_of: Story) -> None:  # noqa: F811
    """R14: neither who is investigated nor who keeps the accounts."""
    number = office_of.ask(GRANTS, CLEANUP, leaving(nature="inquiry"))
    office_of.decide(LEADER, number)
    act(office_of, GRANTS, number)
    assert set(told(office_of, number)) <= {CLOSED}
    assert told(office_of, number).get(CLOSED, {GRANTS}) == {GRANTS}
