"""A form with two lists: both stand on the sheet, with what an amendment changed, masked apart."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.demo import people as invented
from app.processes.service import publishing
from app.tickets import policy, queries
from app.tickets import service as tickets
from app.tickets.models import Ticket
from app.tickets.presentation import ticket_view
from app.tickets.types import Sheet
from tests.books.process import APPLY, KEY, bundle
from tests.support.office import NOW, Browser, Office

WITNESSES = {
    "type": "dynamiclist",
    "key": "witnesses",
    "label": "证明人",
    "components": [
        {"type": "textfield", "key": "name", "label": "证明人姓名"},
        {"type": "id_number", "key": "id_number", "label": "证明人证件", "purpose": "核对"},
    ],
}
TAKERS = WITNESSES | {
    "key": "takers",
    "label": "领用人",
    "components": [
        {"type": "textfield", "key": "name", "label": "领用人姓名"},
        {"type": "id_number", "key": "id_number", "label": "领用人证件", "purpose": "核对"},
    ],
}


def person(seed: int) -> dict[str, str]:
    return {"name": invented.name(seed), "id_number": invented.id_number(seed)}


ANSWERS: dict[str, Any] = {
    "note": "会议用",
    "owner_id": invented.id_number(1),
    "things": [{"thing": "档案盒", "count": 12}],
    "takers": [person(2), person(3)],
    "witnesses": [person(4)],
}


@pytest.fixture
def ticket(office: Office) -> Ticket:
    made = bundle()
    apply = APPLY | {"components": [*APPLY["components"], TAKERS, WITNESSES]}
    made = replace(made, forms={**made.forms, apply["key"]: apply})
    version = publishing.deploy(office.session, now=NOW, bundle=made)
    publishing.publish(office.session, now=NOW, key=version.key, number=version.number)
    clerk = office.actor("yaohaiyang")
    draft = tickets.create_draft(
        office.session, actor=clerk, now=office.tick(), process=KEY, answers=ANSWERS
    )
    return office.submit(draft, ANSWERS)


def sheet(office: Office, ticket: Ticket) -> Sheet:
    actor = office.actor("qinyongan")
    found = queries.access_ticket(office.session, ticket.number, actor, policy.can_view)
    return ticket_view(office.session, found, actor, office.now).sheet


def test_every_list_of_the_form_stands_on_the_sheet(office: Office, ticket: Ticket) -> None:
    lists = sheet(office, ticket).lists
    assert [(one.label, len(one.rows)) for one in lists] == [
        ("物品", 1),
        ("领用人", 2),
        ("证明人", 1),
    ]
    assert lists[1].rows[1][0] == invented.name(3)
    assert invented.id_number(3) not in str(lists)


def test_changes_are_told_list_by_list(office: Office, ticket: Ticket) -> None:
    office.send_back(ticket, "apply")
    office.submit(ticket, ANSWERS | {"takers": [person(2)], "witnesses": [person(4), person(5)]})
    shown = sheet(office, ticket)
    assert [one.change_count for one in shown.lists] == [0, 1, 1]
    assert [row[0] for row in shown.lists[1].rows_gone] == [invented.name(3)]
    assert shown.lists[2].rows_were == ((None, None), None)
    assert shown.change_count == 2


def test_the_page_prints_them_and_shows_the_number_that_was_asked_for(
    office: Office, ticket: Ticket, browser: Callable[[str], Browser]
) -> None:
    """Two lists have a field of one name: each eye opens its own."""
    office.session.commit()
    clerk = browser("yaohaiyang")
    for view in ("form", "print"):
        page = clerk.get(f"/tickets/{ticket.number}", view=view).text
        for words in ("领用人姓名", invented.name(3), "证明人姓名", invented.name(4)):
            assert words in page
    page = clerk.get(f"/tickets/{ticket.number}").text
    assert 'value="takers.id_number:2"' in page
    for asked, number in (
        ("takers.id_number:2", invented.id_number(3)),
        ("witnesses.id_number:1", invented.id_number(4)),
    ):
        answer = clerk.post(f"/tickets/{ticket.number}/reveal", what=asked, reason="核对证件")
        assert f'<b class="num">{number}</b>' in answer.text
        others = {invented.id_number(seed) for seed in (1, 2, 3, 4)} - {number}
        assert not [one for one in others if one in answer.text]
    wrong = clerk.post(f"/tickets/{ticket.number}/reveal", what="things.count:1", reason="核对")
    assert ">12<" not in wrong.text  # as a value; an address of a request may hold the figures


def test_a_draft_s_sheet_has_a_row_for_each_list(
    office: Office, ticket: Ticket, browser: Callable[[str], Browser]
) -> None:
    """The sheet beside the form names what each cell repeats, for the script that fills it."""
    assert ticket
    office.session.commit()
    page = browser("yaohaiyang").get(f"/start/{KEY}").text
    for key in ("things", "takers", "witnesses"):
        assert f'data-rows-of="{key}"' in page
