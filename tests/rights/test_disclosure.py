"""S43, S44, ADR 66: no way around the reveal; a form on paper is a disclosure too."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.audit.queries import first_break
from app.tickets import revealing
from app.tickets.models import RevealCount
from tests.rights.counties import County
from tests.rights.crawler import Walker


@pytest.fixture
def home(both: tuple[County, County]) -> County:
    return both[0]


def events(session: Session, kind: str) -> list[Event]:
    session.rollback()
    return list(session.scalars(select(Event).where(Event.kind == kind).order_by(Event.id)))


def rest(app: Flask, username: str, path: str) -> Any:
    walker = Walker(app, username)
    return walker.rest.get(f"/api/v1{path}", headers=walker.headers)


def test_over_rest_only_the_requester_reads_whole_numbers(app: Flask, home: County) -> None:
    """He typed them. Whoever decides or executes, and the auditor, gets masks, as on the page."""
    requester, *holders = home.place.holders
    for number in (home.closed, home.running):
        own = rest(app, requester, f"/tickets/{number}")
        assert own.status_code == 200
        assert "*" not in json.dumps(own.json["answers"])
        for who in (*holders, home.place.username("auditor")):
            seen = rest(app, who, f"/tickets/{number}")
            assert seen.status_code == 200
            assert "****" in json.dumps(seen.json["answers"])
            assert not [one for one in home.numbers if one in seen.text]


def test_tasks_show_masks_too(app: Flask, home: County) -> None:
    """Every task of the county, asked for by everybody who may see it."""
    shown = 0
    for who in home.place.holders[1:]:
        for task in home.tasks:
            seen = rest(app, who, f"/tasks/{task}")
            shown += "****" in seen.text
            assert not [one for one in home.numbers if one in seen.text]
    assert shown


def test_the_number_to_call_back_is_revealed_to_who_acts(
    app: Flask, home: County, session: Session
) -> None:
    """Who handles the ticket asks for it with a reason; on the printed form it stands whole."""
    path = f"/tickets/{home.closed}"
    asker, handler, auditor = (*home.place.holders[:2], home.place.username("auditor"))
    whole = rest(app, asker, path).json["answers"]["contact_phone"]
    for who in (handler, auditor):
        seen = rest(app, who, path)
        assert set(seen.json["answers"]["contact_phone"]) <= set("*0123456789")
        assert "*" in seen.json["answers"]["contact_phone"]
        assert whole not in seen.text
        assert whole not in Walker(app, who).browser.get(path).text
    body = {"row": 0, "field": "contact_phone", "reason": "通知联系人"}
    walker = Walker(app, handler)
    told = walker.rest.post(f"/api/v1{path}/reveal", json=body, headers=walker.headers)
    assert told.json["value"] == whole
    assert len(events(session, "personal.revealed")) == 1


def test_a_mask_is_nobodys_new_number(app: Flask, home: County, session: Session) -> None:
    """Sent back by mistake it is refused at its field, and nothing changes."""
    requester = Walker(app, home.place.holders[0])
    whole = rest(app, home.place.holders[0], f"/tickets/{home.closed}").json["answers"]
    masked = rest(app, home.place.holders[1], f"/tickets/{home.closed}").json["answers"]
    answers = {
        "subsystem": whole["subsystem"],
        "contact_phone": whole["contact_phone"],
        "people": masked["people"],
    }
    before = len(events(session, "ticket.submitted"))
    answer = requester.rest.post(
        "/api/v1/tickets",
        json={"process": "operator-account", "answers": answers},
        headers=requester.headers,
    )
    assert answer.status_code == 422
    assert {error["path"].split(".")[-1] for error in answer.json["errors"]} >= {
        "id_number",
        "phone",
    }
    assert len(events(session, "ticket.submitted")) == before


@pytest.mark.parametrize("way", ["page", "rest"])
def test_a_printed_form_is_on_record(app: Flask, home: County, session: Session, way: str) -> None:
    """Who, which form, which bytes; in the ticket's chain, and without a number."""
    by = home.place.holders[1]
    walker = Walker(app, by)
    path = f"/tickets/{home.closed}/documents/{home.document}.pdf"
    answer = rest(app, by, path) if way == "rest" else walker.browser.get(path)
    assert answer.status_code == 200
    (event,) = events(session, "document.printed")
    assert event.object == f"ticket:{home.closed}"
    assert event.data["name"] == home.document
    assert (event.data["kind"], event.data["today"]) == ("final", 1)
    assert not [one for one in home.numbers if one in str(event.data)]
    assert first_break(session, f"ticket:{home.closed}") is None


def test_many_forms_raise_an_alarm_once_and_stop_nobody(
    app: Flask, home: County, session: Session
) -> None:
    """Printing is daily work; it takes nothing from the reveals either."""
    revealing.configure(2)
    path = f"/tickets/{home.closed}/documents/{home.document}.pdf"
    for _ in range(4):
        assert rest(app, home.place.holders[1], path).status_code == 200
    assert len(events(session, "document.printed")) == 4
    (alarm,) = events(session, "personal.print_alarm")
    assert alarm.data["today"] == 3
    assert [(row.used, row.printed) for row in session.scalars(select(RevealCount))] == [(0, 4)]


def test_the_requesters_own_form_is_not_counted(app: Flask, home: County, session: Session) -> None:
    """He knows what he typed; that he printed it is on record all the same."""
    path = f"/tickets/{home.closed}/documents/{home.document}.pdf"
    assert rest(app, home.place.holders[0], path).status_code == 200
    (event,) = events(session, "document.printed")
    assert "today" not in event.data
    assert session.scalars(select(RevealCount)).all() == []


def test_a_refused_print_is_no_disclosure(app: Flask, home: County, session: Session) -> None:
    path = f"/tickets/{home.closed}/documents/{home.document}.pdf"
    assert rest(app, home.place.username("clerk"), path).status_code == 403
    assert events(session, "document.printed") == []
    assert [one.data["code"] for one in events(session, "access.refused")] == ["no_part"]
