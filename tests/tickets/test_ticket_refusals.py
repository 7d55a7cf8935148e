"""Executors name rows they do not carry out: asked, kept, said to everybody who reads the form."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core.errors import Invalid
from app.demo.people import row
from app.tickets.models import Ticket
from app.tickets.presentation import ticket_view
from tests.support.office import DRAWN, RESULT, Browser, Office

ACCOUNT, PERMISSION = "account_execution", "permission_execution"


def result(*refused: int, reason: str = "资料不齐") -> dict[str, Any]:
    return {"result": RESULT, "refused": [{"row": no, "reason": reason} for no in refused]}


def walked(office: Office, to: str = ACCOUNT) -> Ticket:
    """Three people; the first has two posts."""
    first = row(801, post="review")
    people = [
        first,
        {**first, "kind": "change", "post": "query"},
        row(802, post="review"),
        row(803, post="review"),
    ]
    return office.walk(office.start(answers=office.answers(people=people)), to=to)


def test_refused_row_is_said_in_box_notice_and_timeline(office: Office, session: Session) -> None:
    ticket = walked(office)
    office.decide(ticket, answers=result(3))
    office.decide(ticket)
    view = ticket_view(session, ticket, office.requester(ticket), office.now)
    said = f"{RESULT}\n第3行未办理：资料不齐"
    assert next(box.opinion for box in view.boxes if box.node == ACCOUNT) == said
    assert said in view.result
    assert said in [line.text for line in view.timeline]
    assert next(box.opinion for box in view.boxes if box.node == PERMISSION) == RESULT


@pytest.mark.parametrize(
    ("refused", "errors"),
    [
        ([3, 5], [("answers.refused.1.row", "no_such_row")]),
        ([2.5], [("answers.refused.0.row", "no_such_row")]),
        ([3, 3], [("answers.refused.1.row", "repeated")]),
        ([1], [("answers.refused.0.row", "needed")]),
        ([1, 2, 3, 4], [("answers.refused", "all_refused")]),
    ],
)
def test_refused_rows_are_judged(
    office: Office, refused: list[int], errors: list[tuple[str, str]]
) -> None:
    ticket = walked(office)
    with pytest.raises(Invalid) as wrong:
        office.decide(ticket, answers=result(*refused))
    assert [(error.path, error.code) for error in wrong.value.errors] == errors


@pytest.mark.parametrize("refused", [[], [3], [2], [1, 2]])
def test_sensible_refusals_pass(office: Office, refused: list[int]) -> None:
    ticket = walked(office)
    office.decide(ticket, answers=result(*refused))
    assert office.task(ticket).node == PERMISSION


def test_both_executors_together_may_not_refuse_everything(office: Office) -> None:
    ticket = walked(office)
    office.decide(ticket, answers=result(1, 2, 3))
    with pytest.raises(Invalid) as refused:
        office.decide(ticket, answers=result(4))
    assert [error.code for error in refused.value.errors] == ["all_refused"]


def test_void_refusals_are_forgotten(office: Office, session: Session) -> None:
    ticket = walked(office)
    office.decide(ticket, answers=result(3))
    office.send_back(ticket, node=ACCOUNT)
    office.walk(ticket)
    view = ticket_view(session, ticket, office.requester(ticket), office.now)
    assert "未办理" not in view.result


def test_mistyped_name_is_mended_after_the_account_step(office: Office) -> None:
    """退回补正 by the permission admin; the account then bears the mended name."""
    wrong = row(801, post="review", called="张错名")
    ticket = office.start(answers=office.answers(people=[wrong]))
    office.walk(ticket, to=PERMISSION)
    office.send_back(ticket)
    office.submit(ticket, office.answers(people=[{**wrong, "name": "张对名"}]))
    office.walk(ticket)
    assert ticket.state == "closed"


def test_rows_are_added_without_deciding(office: Office, browser: Callable[[str], Browser]) -> None:
    """Also without scripts, and whatever outcome is chosen."""
    ticket = walked(office)
    task = office.task(ticket)
    page = browser("tanlihua")
    page.post(f"/tasks/{task.id}/claim")
    office.session.expire_all()
    typed = {
        "version": task.version,
        "own-choice": "complete:done",
        "own-signature_kind": "drawn",
        "own-signature": DRAWN.image,
        "result": RESULT,
        "refused-0-row": "3",
        "refused-0-reason": "资料不齐",
    }
    again = page.post(f"/tasks/{task.id}/decide", **typed, add_row="refused")
    assert again.status_code == 200
    assert 'value="资料不齐"' in again.text
    assert 'name="refused-1-row"' in again.text
    done = page.post(f"/tasks/{task.id}/decide", **typed, act="complete:done")
    assert done.status_code == 302
    office.session.expire_all()
    assert office.task(ticket).node == PERMISSION
