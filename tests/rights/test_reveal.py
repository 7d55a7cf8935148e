"""S43, S44: numbers are masked; who acts on a ticket sees one whole, with a reason, on record."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.audit.models import Event
from app.audit.queries import first_break
from app.tickets import revealing
from tests.rights.counties import County
from tests.rights.crawler import Walker

ASKED = {"row": 1, "field": "id_number", "reason": "电话核实本人"}
Ask = Callable[..., TestResponse]


@pytest.fixture
def home(both: tuple[County, County]) -> County:
    return both[0]


@pytest.fixture
def ask(app: Flask, home: County) -> Ask:
    def post(username: str, number: str = "", **body: object) -> TestResponse:
        walker = Walker(app, username)
        path = f"/api/v1/tickets/{number or home.closed}/reveal"
        return walker.rest.post(path, json=ASKED | body, headers=walker.headers)

    return post


def events(session: Session, kind: str) -> list[Event]:
    session.rollback()
    return list(session.scalars(select(Event).where(Event.kind == kind)))


def test_a_participant_sees_one_number_and_leaves_an_event(
    ask: Ask, home: County, session: Session
) -> None:
    """Over REST: the value in the body, who, where and why in the ticket's chain, no number."""
    id_number, phone = home.numbers[:2]
    assert ask(home.place.holders[3]).json == {"row": 1, "field": "id_number", "value": id_number}
    assert ask(home.place.holders[3], field="phone").json["value"] == phone
    one, two = events(session, "personal.revealed")
    assert (one.object, one.data["reason"], one.data["field"]) == (
        f"ticket:{home.closed}",
        "电话核实本人",
        "id_number",
    )
    assert id_number not in str(one.data)
    assert phone not in str(two.data)
    assert first_break(session, f"ticket:{home.closed}") is None


@pytest.mark.parametrize("who", ["clerk", "system_admin", "company_manager", "operator"])
def test_who_has_no_part_sees_none(ask: Ask, home: County, session: Session, who: str) -> None:
    assert ask(home.place.username(who)).status_code == 403
    assert events(session, "personal.revealed") == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"reason": ""}, 422),
        ({"reason": " 。 "}, 422),
        ({"reason": "长" * 201}, 422),
        ({"row": 2}, 404),
        ({"row": 0}, 404),
        ({"row": -1}, 422),
        ({"field": "name"}, 404),
        ({"field": "people"}, 404),
    ],
)
def test_only_a_masked_field_and_with_a_reason(
    ask: Ask, home: County, session: Session, body: dict[str, object], status: int
) -> None:
    assert ask(home.place.holders[0], **body).status_code == status
    assert events(session, "personal.revealed") == []


def test_beyond_the_limit_nothing_is_shown_and_that_is_noted(
    ask: Ask, home: County, session: Session
) -> None:
    """Across tickets, browser and REST together; the refusal itself is an event."""
    revealing.configure(2)
    by = home.place.holders[0]
    assert [ask(by, number).status_code for number in (home.closed, home.running, home.closed)] == [
        200,
        200,
        429,
    ]
    assert ask(by).json["code"] == "too_many_reveals"
    assert len(events(session, "personal.reveal_refused")) == 2
    assert ask(home.place.holders[3]).status_code == 200  # another person has a count of his own


def test_the_page_shows_one_number_after_a_post(app: Flask, home: County) -> None:
    """Masks with buttons; the whole number only in the answer to the POST, in no address."""
    walker = Walker(app, home.place.holders[1])
    address = f"/tickets/{home.closed}"
    id_number, phone = home.numbers[:2]
    page = walker.browser.get(address).text
    assert 'class="mask" form="reveal"' in page
    assert id_number not in page
    sent = {"csrf_token": walker.csrf, "what": "id_number:1", "reason": "电话核实本人"}
    answer = walker.browser.post(f"{address}/reveal", data=sent)
    assert answer.status_code == 200
    assert id_number in answer.text
    assert phone not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert id_number not in walker.browser.get(address).text
    refused = walker.browser.post(f"{address}/reveal", data=sent | {"reason": ""})
    assert refused.status_code == 422
    assert "请写明为什么" in refused.text
    assert id_number not in refused.text
    assert walker.browser.post(f"{address}/reveal", data={}).status_code == 400


def test_who_may_not_reveal_gets_no_buttons(app: Flask, home: County) -> None:
    page = Walker(app, home.place.username("clerk")).browser.get(f"/tickets/{home.closed}").text
    assert home.closed in page
    assert 'class="mask"' not in page
