"""What an amendment changed, as those who decide see it."""

from collections.abc import Callable
from typing import Any

from app.tickets import policy, queries
from app.tickets.models import Ticket
from app.tickets.presentation import ticket_view
from app.tickets.types import Sheet
from tests.support.office import Browser, Office


def amended(office: Office, before: dict[str, Any], after: dict[str, Any]) -> Ticket:
    ticket = office.start(answers=before)
    office.send_back(ticket, "apply")
    return office.submit(ticket, after)


def sheet(office: Office, ticket: Ticket) -> Sheet:
    actor = office.actor("qinyongan")
    found = queries.access_ticket(office.session, ticket.number, actor, policy.can_view)
    return ticket_view(office.session, found, actor, office.now).sheet


def test_a_first_submission_has_no_changes(office: Office) -> None:
    shown = sheet(office, office.start())
    assert (shown.change_count, shown.lists[0].rows_were) == (0, ())


def test_changed_fields_and_cells_tell_what_they_were(office: Office) -> None:
    before = office.answers(rows=2)
    first, second = before["people"]
    after = before | {
        "contact_phone": "0718-8201111",
        "people": [first, second | {"requirement": "改为只查询"}],
    }
    shown = sheet(office, amended(office, before, after))
    assert [was for was in shown.fields_were if was] == ["隐去的几位改过"]
    assert shown.lists[0].rows_were[0] is not None
    assert shown.lists[0].rows_were[1] is not None
    assert [was for row in shown.lists[0].rows_were if row for was in row if was] == [
        second["requirement"]
    ]
    assert shown.change_count == 2


def test_a_row_put_in_between_does_not_change_those_after_it(office: Office) -> None:
    before, new = office.answers(rows=2), office.answers()["people"]
    first, second = before["people"]
    shown = sheet(office, amended(office, before, before | {"people": [first, *new, second]}))
    assert [row is None for row in shown.lists[0].rows_were] == [False, True, False]
    assert shown.change_count == 1


def test_a_row_that_went_is_still_told(office: Office) -> None:
    before = office.answers(rows=2)
    first, second = before["people"]
    shown = sheet(office, amended(office, before, before | {"people": [second]}))
    assert [row[1] for row in shown.lists[0].rows_gone] == [first["name"]]
    assert shown.change_count == 1


def test_numbers_stay_hidden_in_what_they_were(office: Office) -> None:
    """Two numbers that differ in the hidden digits alone are told to differ, and no more."""
    before = office.answers()
    (row,) = before["people"]
    changed = [row | {"phone": row["phone"][:4] + "9" + row["phone"][5:]}]
    shown = sheet(office, amended(office, before, before | {"people": changed}))
    assert shown.lists[0].rows_were[0] is not None
    assert [was for was in shown.lists[0].rows_were[0] if was] == ["隐去的几位改过"]
    assert row["phone"] not in str(shown)


def test_the_page_strikes_the_old_value_out(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    before = office.answers()
    after = before | {"subsystem": "shared-labour"}
    number = amended(office, before, after).number
    office.session.commit()
    page = browser("qinyongan").get(f"/tickets/{number}").text
    old = '<del><span class="vh">原来填的是</span>零工驿站子系统</del>'
    assert f"{old}<ins>共享用工子系统</ins>" in page
    assert "第2次提交改动了 1 处" in page
