"""Executors name rows they do not carry out: asked, kept, said to everybody who reads the form."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core.errors import Invalid
from app.demo.people import row
from app.tickets.models import Ticket
from app.tickets.presentation import ticket_view
from tests.support.office import RESULT, Office

ACCOUNT, PERMISSION = "account_execution", "permission_execution"


def result(*refused: int, reason: str = "资料不齐") -> dict[str, Any]:
    left = "；".join(f"第{no}行未办理：{reason}" for no in refused)
    return {"result": "\n".join(filter(None, (RESULT, left)))}


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
        ([3, 5], [("answers.result", "no_such_row")]),
        ([3, 3], [("answers.result", "repeated")]),
        ([1], [("answers.result", "needed")]),
        ([1, 2, 3, 4], [("answers.result", "all_refused")]),
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
