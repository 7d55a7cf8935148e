"""Drafts that pages keep by themselves: one page one draft, and no window overwrites another."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.queries import list_chain
from app.core.clock import utcnow
from app.core.errors import AppError
from app.tickets import service as tickets
from app.tickets.models import Ticket
from app.tickets.types import DraftElsewhere, DraftPage, NotYourTicket, TicketNotFound, WrongState
from tests.support.office import PROCESS, Office, race

CLERK, COLLEAGUE, STRANGER = "yaohaiyang", "qinyongan", "longjinhua"
MINE, OTHER = "a" * 32, "b" * 32


def keep(
    office: Office,
    ticket: Ticket,
    page: DraftPage,
    answers: dict[str, Any] | None = None,
    by: str = CLERK,
) -> Ticket:
    return tickets.keep_draft(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        number=ticket.number,
        answers=answers or {},
        page=page,
    )


def phone(number: str) -> dict[str, Any]:
    return {"contact_phone": number}


def test_what_is_unfinished_is_kept_sealed_and_without_an_event(office: Office) -> None:
    ticket = office.draft(answers={})
    before = len(list_chain(office.session, ticket.instance.audit_chain))
    keep(office, ticket, DraftPage(MINE, "", 1), {**phone("15"), "people": [{"name": "唐小兰"}]})
    assert ticket.draft == {"contact_phone": "15", "people": [{"name": "唐小兰"}]}
    assert "唐小兰".encode() not in (ticket.draft_sealed or b"")
    assert len(list_chain(office.session, ticket.instance.audit_chain)) == before


def test_a_turn_that_comes_late_or_twice_changes_nothing(office: Office) -> None:
    ticket = office.draft(answers={})
    keep(office, ticket, DraftPage(MINE, "", 2), phone("154 second"))
    at = ticket.updated_at
    keep(office, ticket, DraftPage(MINE, "", 1), phone("154 first"))
    keep(office, ticket, DraftPage(MINE, "", 2), phone("154 again"))
    assert (ticket.draft, ticket.updated_at) == (phone("154 second"), at)


def test_a_second_window_is_told_and_may_choose(office: Office) -> None:
    """The other window was opened before the first one wrote; after the choice it goes over it."""
    ticket = office.draft(answers={})
    keep(office, ticket, DraftPage(MINE, "", 1), phone("154 mine"))
    with pytest.raises(DraftElsewhere) as refused:
        keep(office, ticket, DraftPage(OTHER, "", 1), phone("154 other"))
    assert ticket.draft == phone("154 mine")
    chosen = DraftPage(OTHER, refused.value.facts["stamp"], 2)
    keep(office, ticket, chosen, phone("154 other"))
    assert ticket.draft == phone("154 other")
    with pytest.raises(DraftElsewhere):
        keep(office, ticket, DraftPage(MINE, "", 2), phone("154 mine"))


@pytest.mark.parametrize("act", ["save_draft", "submit"])
def test_a_button_in_a_second_window_overwrites_nothing(office: Office, act: str) -> None:
    ticket = office.draft()
    page = {"page": DraftPage(OTHER, "", 0), "answers": office.answers()}
    keep(office, ticket, DraftPage(MINE, "", 1), phone("154 mine"))
    with pytest.raises(DraftElsewhere):
        getattr(tickets, act)(
            office.session,
            actor=office.requester(ticket),
            now=office.tick(),
            number=ticket.number,
            **page,
        )
    assert ticket.draft == phone("154 mine")
    assert ticket.submission == 0


def test_a_page_from_before_the_submission_is_stale_when_it_comes_back(office: Office) -> None:
    ticket = office.start()
    with pytest.raises(WrongState):
        keep(office, ticket, DraftPage(MINE, "", 1), phone("154"))
    office.send_back(ticket)
    with pytest.raises(DraftElsewhere):
        keep(office, ticket, DraftPage(MINE, "", 1), phone("154"))
    keep(office, ticket, DraftPage(OTHER, ticket.draft_stamp or "", 1), phone("154"))
    assert ticket.draft == phone("154")


@pytest.mark.parametrize(
    ("by", "refusal"), [(COLLEAGUE, (TicketNotFound, NotYourTicket)), (STRANGER, TicketNotFound)]
)
def test_nobody_else_writes_it(office: Office, by: str, refusal: Any) -> None:
    ticket = office.draft(answers=phone("154"))
    with pytest.raises(refusal) as caught:
        keep(office, ticket, DraftPage(MINE, "", 1), phone("1"), by=by)
    assert isinstance(caught.value, AppError)
    assert ticket.draft == phone("154")


@pytest.mark.parametrize(
    ("answers", "path"),
    [
        ({"role": "admin"}, "role"),
        ({"department": "别的部门"}, "department"),
        ({"people": "x"}, "people"),
    ],
)
def test_only_the_shape_of_the_form_is_kept(
    office: Office, answers: dict[str, Any], path: str
) -> None:
    ticket = office.draft(answers=phone("154"))
    with pytest.raises(AppError) as refused:
        keep(office, ticket, DraftPage(MINE, "", 1), answers)
    assert [one.path for one in getattr(refused.value, "errors", ())] == [path]
    assert ticket.draft == phone("154")


# ── over the page ──


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def tokens(page: str) -> dict[str, str]:
    names = ("draft-page", "draft-base", "draft-turn", "draft-person")
    return {name: hidden(page, name) for name in names}


JSON = {"Accept": "application/json"}


@pytest.fixture
def send() -> Callable[..., Any]:
    def post(clerk: Any, path: str, **fields: Any) -> Any:
        return clerk.client.post(path, data={"csrf_token": clerk.csrf, **fields}, headers=JSON)

    return post


@pytest.mark.committed
def test_the_first_turns_of_a_page_make_one_draft(
    office: Office, browser: Callable[[str], Any], send: Callable[..., Any]
) -> None:
    """Once, twice, and by the button without a script: always the same draft."""
    clerk = browser(CLERK)
    page = tokens(clerk.client.get(f"/start/{PROCESS}").text)
    answers = [
        send(clerk, f"/start/{PROCESS}/draft", **page | {"draft-turn": turn, "contact_phone": turn})
        for turn in ("1", "1", "2")
    ]
    numbers = {answer.json["number"] for answer in answers}
    pressed = send(clerk, f"/start/{PROCESS}", **page, client_key=page["draft-page"], act="save")
    assert pressed.status_code == 302
    office.session.expire_all()
    assert len(numbers) == 1
    made = office.session.scalars(select(Ticket).where(Ticket.client_key == page["draft-page"]))
    assert {ticket.number for ticket in made} == numbers
    assert re.fullmatch(r"\d\d:\d\d", answers[0].json["clock"])
    again = clerk.client.get(answers[0].json["edit"]).text
    assert 'data-keep="/tickets/' in again


@pytest.mark.committed
def test_first_turns_at_once_make_one_draft(office: Office) -> None:
    actor = office.actor(CLERK)
    office.session.commit()

    def make(session: Session) -> object:
        given: dict[str, Any] = {"process": PROCESS, "client_key": MINE}
        return tickets.create_draft(session, actor=actor, now=utcnow(), **given).number

    made = [one for one in race(make, make) if not isinstance(one, Exception)]
    assert len(made) == 1


def test_a_page_of_somebody_else_is_not_kept_under_the_new_name(
    office: Office, browser: Callable[[str], Any], send: Callable[..., Any]
) -> None:
    """The session ended, a colleague signed in beside it: nothing is written under that name."""
    page = tokens(browser(CLERK).client.get(f"/start/{PROCESS}").text)
    other = browser("longjinhua")
    answer = send(other, f"/start/{PROCESS}/draft", **page)
    assert (answer.status_code, answer.json["code"]) == (409, "other_person")
    assert send(other, f"/start/{PROCESS}", **page, act="submit").status_code == 409
    assert (
        office.session.scalars(select(Ticket).where(Ticket.client_key == page["draft-page"])).all()
        == []
    )


def test_without_scripts_a_stale_window_shows_what_was_typed_and_wins_when_pressed_again(
    office: Office, browser: Callable[[str], Any]
) -> None:
    ticket = office.draft(answers=phone("154"))
    office.session.commit()
    clerk = browser(CLERK)
    path = f"/tickets/{ticket.number}/edit"
    stale = tokens(clerk.client.get(path).text)
    fresh = tokens(clerk.client.get(path).text)
    assert clerk.post(path, **fresh, contact_phone="15400000001", act="save").status_code == 302
    told = clerk.post(path, **stale, contact_phone="15400000002", act="save")
    assert told.status_code == 409
    assert "另一个窗口" in told.text
    assert 'value="15400000002"' in told.text
    again = tokens(told.text)
    assert clerk.post(path, **again, contact_phone="15400000002", act="save").status_code == 302
    office.session.expire_all()
    assert (ticket.draft or {})["contact_phone"] == "15400000002"


@pytest.mark.parametrize(
    "wrong", [{"draft-page": "x"}, {"draft-page": ""}, {"draft-turn": "-1"}, {"draft-base": "x"}]
)
def test_a_forged_page_is_malformed(
    office: Office,
    browser: Callable[[str], Any],
    send: Callable[..., Any],
    wrong: dict[str, str],
) -> None:
    ticket = office.draft(answers=phone("154"))
    office.session.commit()
    page = {"draft-page": MINE, "draft-base": "", "draft-turn": "1"} | wrong
    answer = send(browser(CLERK), f"/tickets/{ticket.number}/draft", **page, contact_phone="1")
    assert answer.status_code == 400
    office.session.expire_all()
    assert ticket.draft == phone("154")


def test_the_server_is_asked_before_a_form_is_sent(app: Any, browser: Callable[[str], Any]) -> None:
    assert browser(CLERK).client.get("/alive", headers=JSON).json["csrf_token"]
    assert app.test_client().get("/alive", headers=JSON).status_code == 401
