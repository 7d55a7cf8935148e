"""Partial execution: rows that an executor leaves aside take no effect, the others do."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Account, Grant
from app.access.types import AccountState, GrantState, RowRefused, read_refused
from app.ledgers.models import LedgerRow
from tests.access.county import MakeForm, account_of, form_row

ACCOUNT, PERMISSION = "account_execution", "permission_execution"


def names(session: Session) -> set[str]:
    return set(session.scalars(select(Account.name).where(Account.state == AccountState.ACTIVE)))


def posts(session: Session) -> set[tuple[str, str]]:
    statement = select(Account.name, Grant.post).join(Account, Grant.account_id == Account.id)
    return {
        (name, post)
        for name, post in session.execute(statement.where(Grant.state == GrantState.ACTIVE))
    }


def booked(session: Session) -> list[tuple[str, int]]:
    rows = session.execute(select(LedgerRow.name, LedgerRow.row_no).order_by(LedgerRow.id))
    return [(name, no) for name, no in rows]


def test_row_refused_at_the_account_step_does_nothing_anywhere(
    session: Session, make_form: MakeForm
) -> None:
    form = make_form(form_row("add", "姚海洋"), form_row("add", "黄䶮"))
    form.refuse(ACCOUNT, 2)
    form.carry_out()
    assert names(session) == {"姚海洋"}
    assert posts(session) == {("姚海洋", "review")}
    assert booked(session) == [("accounts", 1), ("grants", 1)]


def test_row_refused_at_the_permission_step_leaves_the_account_without_posts(
    session: Session, make_form: MakeForm
) -> None:
    form = make_form(form_row("add", "姚海洋"), form_row("add", "黄䶮"))
    form.apply_accounts()
    form.refuse(PERMISSION, 2)
    form.apply_grants()
    form.close_accounts()
    assert names(session) == {"姚海洋", "黄䶮"}
    assert posts(session) == {("姚海洋", "review")}


@pytest.mark.parametrize("node", [ACCOUNT, PERMISSION])
def test_refused_closing_leaves_all_as_it_was(
    session: Session, make_form: MakeForm, node: str
) -> None:
    make_form(form_row("add", "姚海洋"), form_row("add", "黄䶮")).carry_out()
    form = make_form(form_row("close", "姚海洋"), form_row("close", "黄䶮"))
    if node == ACCOUNT:
        form.refuse(ACCOUNT, 2)
    form.apply_accounts()
    form.refuse(node, 2)
    form.apply_grants()
    form.close_accounts()
    assert names(session) == {"黄䶮"}
    assert posts(session) == {("黄䶮", "review")}
    assert account_of(session, "黄䶮").closing_ticket is None


def test_post_left_aside_is_neither_given_nor_taken(session: Session, make_form: MakeForm) -> None:
    make_form(form_row("add", "姚海洋", post="query")).carry_out()
    rows = [form_row("change", "姚海洋", post=post) for post in ("review", "query", "statistics")]
    form = make_form(*rows)
    form.apply_accounts()
    form.refuse(PERMISSION, 2, 3)
    form.apply_grants()
    assert posts(session) == {("姚海洋", "review"), ("姚海洋", "query")}


def test_account_opened_before_its_row_was_refused_is_taken_back(
    session: Session, make_form: MakeForm
) -> None:
    """The permission admin sent it back to the account admin, who thinks again."""
    form = make_form(form_row("add", "姚海洋"), form_row("add", "黄䶮"))
    form.apply_accounts()
    form.refuse(ACCOUNT, 2)
    form.carry_out()
    assert names(session) == {"姚海洋"}
    undone = session.scalars(select(LedgerRow).where(LedgerRow.corrects_id.is_not(None))).one()
    assert undone.values["reason"] == "第2行未办理"
    form.results.clear()
    with pytest.raises(RowRefused, match="退回申请人"):
        form.apply_accounts()


def test_own_row_may_be_left_aside(session: Session, make_form: MakeForm) -> None:
    form = make_form(form_row("add", "姚海洋"), form_row("add", "谭丽华"))
    form.refuse(ACCOUNT, 2)
    form.apply_accounts()
    assert names(session) == {"姚海洋"}


@pytest.mark.parametrize(
    ("result", "numbers"),
    [
        ("已按表办理。", []),
        ("24 人已开户；第5行 未办理：资料不齐。", [5]),
        ("第 3 行未办理：离岗；第１２行未办理：重名", [3, 12]),
        ("第5行已办理", []),
        (None, []),
        (["第5行未办理"], []),
    ],
)
def test_rows_are_read_from_the_words(result: Any, numbers: list[int]) -> None:
    assert read_refused({"result": result}) == numbers
