"""R1, R2, R3, R6, R7 as tables: who stands in which row of a form, and what the form answers."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.access import checks, policy
from app.access.models import Account
from app.access.preparations import row_kinds
from app.access.types import AccountKind, AccountState, RowRefused
from app.core import crypto
from app.identity.models import Appointment
from app.identity.types import UnitKind
from app.processes.queries import unit_ref
from app.processes.registry import CheckContext
from forms import CheckInput
from tests.access.county import IDS, NOW, County, MakeForm, account_of, form_row, make_unit

Row = dict[str, Any]


def found(check: Any, session: Session, context: CheckContext, *rows: Row) -> list[tuple[str, str]]:
    answers = {"subsystem": "gig-station", "people": list(rows)}
    errors = check(session, context, CheckInput(answers, "", answers))
    return [(error.path, error.code) for error in errors]


@pytest.fixture
def has_account(make_form: MakeForm) -> None:
    """姚海洋 is an operator with one post in 零工驿站."""
    make_form(form_row("add", "姚海洋")).carry_out()


@pytest.fixture
def was_closed(make_form: MakeForm) -> None:
    make_form(form_row("add", "姚海洋")).carry_out()
    make_form(form_row("close", "姚海洋")).carry_out()


@pytest.mark.usefixtures("has_account")
@pytest.mark.parametrize(
    ("rows", "errors"),
    [
        ([form_row("change", "姚海洋")], []),
        ([form_row("close", "姚海洋")], []),
        ([form_row("add", "黄䶮")], []),
        # 新增 of somebody with an account is mended, not refused.
        ([form_row("add", "姚海洋")], []),
        ([form_row("change", "黄䶮")], [("people.0.kind", "no_account")]),
        ([form_row("close", "黄䶮")], [("people.0.kind", "no_account")]),
        (
            [form_row("change", "姚海洋", name="姚海清")],
            [("people.0.name", "name_differs")],
        ),
        # One person in several rows: for several posts.
        ([form_row("add", "黄䶮"), form_row("change", "黄䶮", post="query")], []),
        (
            [form_row("add", "黄䶮"), form_row("change", "黄䶮")],
            [("people.1.id_number", "repeated")],
        ),
        (
            [form_row("add", "黄䶮"), form_row("change", "黄䶮", name="黄龙", post="query")],
            [("people.1.name", "name_differs")],
        ),
        (
            [form_row("change", "姚海洋"), form_row("close", "姚海洋")],
            [("people.1.kind", "kinds_conflict")],
        ),
        (
            [form_row("close", "姚海洋"), form_row("close", "姚海洋", post="query")],
            [("people.1.id_number", "repeated")],
        ),
    ],
)
def test_one_person_one_account(
    session: Session,
    check_context: CheckContext,
    rows: list[Row],
    errors: list[tuple[str, str]],
) -> None:
    """R1."""
    assert found(checks.one_account, session, check_context, *rows) == errors


@pytest.mark.parametrize("name", ["姚海洋", "王小二"])
def test_somebody_the_office_knows_keeps_the_own_name(
    session: Session, check_context: CheckContext, other: County, name: str
) -> None:
    """R1: also without an account, also of another county, whose name for him is not told."""
    other.person("姚海洋")
    answers = {"subsystem": "gig-station", "people": [form_row("add", "姚海洋", name=name)]}
    errors = checks.one_account(session, check_context, CheckInput(answers, "", answers))
    if name == "姚海洋":
        assert list(errors) == []
    else:
        (error,) = errors
        assert (error.path, error.code) == ("people.0.name", "name_differs")
        assert "姚海洋" not in error.message


@pytest.mark.usefixtures("was_closed")
@pytest.mark.parametrize(
    ("kind", "errors"),
    [
        ("add", []),
        ("change", [("people.0.kind", "no_account")]),
        ("close", [("people.0.kind", "no_account")]),
    ],
)
def test_closed_account_may_only_be_opened_again(
    session: Session, check_context: CheckContext, kind: str, errors: list[tuple[str, str]]
) -> None:
    row = form_row(kind, "姚海洋")
    assert found(checks.one_account, session, check_context, row) == errors


@pytest.mark.usefixtures("has_account")
def test_closing_belongs_to_the_subsystem_of_the_posts(
    session: Session, check_context: CheckContext
) -> None:
    answers = {"subsystem": "shared-labour", "people": [form_row("close", "姚海洋")]}
    errors = checks.one_account(session, check_context, CheckInput(answers, "", answers))
    assert [error.code for error in errors] == ["no_grant"]


@pytest.mark.parametrize("position", ["account_admin", "permission_admin"])
@pytest.mark.parametrize(
    ("kind", "is_refused"), [("add", True), ("change", True), ("close", False)]
)
def test_admin_by_position_is_no_operator(
    session: Session,
    county: County,
    check_context: CheckContext,
    position: str,
    kind: str,
    *,
    is_refused: bool,
) -> None:
    """R2, R3; taking the operator's rights away is what mends it."""
    county.person("姚海洋", county.center, position)
    errors = found(checks.role_exclusivity, session, check_context, form_row(kind, "姚海洋"))
    assert errors == ([("people.0.id_number", "exclusive_roles")] if is_refused else [])


def test_former_admin_may_be_an_operator(
    session: Session, county: County, check_context: CheckContext
) -> None:
    county.person("姚海洋", county.center, "account_admin")
    session.query(Appointment).update({"ends_at": NOW})
    assert found(checks.role_exclusivity, session, check_context, form_row("add", "姚海洋")) == []


@pytest.mark.usefixtures("has_account")
@pytest.mark.parametrize(
    ("kind", "state", "is_refused"),
    [
        (AccountKind.OPERATOR, AccountState.ACTIVE, False),
        (AccountKind.ACCOUNT_ADMIN, AccountState.ACTIVE, True),
        (AccountKind.PERMISSION_ADMIN, AccountState.SUSPENDED, True),
        (AccountKind.PERMISSION_ADMIN, AccountState.CLOSED, False),
    ],
)
def test_admin_by_account_is_no_operator(
    session: Session,
    check_context: CheckContext,
    kind: AccountKind,
    state: AccountState,
    *,
    is_refused: bool,
) -> None:
    account = account_of(session, "姚海洋")
    account.kind, account.state = kind, state
    errors = found(checks.role_exclusivity, session, check_context, form_row("change", "姚海洋"))
    assert bool(errors) is is_refused


@pytest.mark.parametrize("kind", ["add", "change", "close"])
def test_open_account_of_another_county_is_out_of_scope(
    session: Session, check_context: CheckContext, make_form: MakeForm, other: County, kind: str
) -> None:
    """R6; and no other rule then gives a second, wrong remedy."""
    make_form(form_row("add", "姚海洋"), of=other).carry_out()
    row = form_row(kind, "姚海洋")
    answers = {"subsystem": "gig-station", "people": [row]}
    (error,) = checks.scope(session, check_context, CheckInput(answers, "", answers))
    assert (error.path, error.code) == ("people.0.id_number", "other_division")
    assert "来凤县公共就业服务中心" in error.message
    assert found(checks.one_account, session, check_context, row) == []


def test_closed_account_of_another_county_is_no_hindrance(
    session: Session, check_context: CheckContext, make_form: MakeForm, other: County
) -> None:
    make_form(form_row("add", "姚海洋"), of=other).carry_out()
    make_form(form_row("close", "姚海洋"), of=other).carry_out()
    assert found(checks.scope, session, check_context, form_row("add", "姚海洋")) == []


@pytest.mark.parametrize(
    ("asking", "owning", "errors"),
    [
        ("township", "township", []),
        ("township", "agency", [("people.0.id_number", "other_unit")]),
        ("township", "section", [("people.0.id_number", "other_unit")]),
        ("township", "another", [("people.0.id_number", "other_unit")]),
        ("section", "agency", []),
        ("agency", "township", []),
    ],
)
@pytest.mark.parametrize("kind", ["add", "change", "close"])
def test_township_names_its_own_people_only(
    session: Session,
    county: County,
    check_context: CheckContext,
    make_form: MakeForm,
    asking: str,
    owning: str,
    errors: list[tuple[str, str]],
    kind: str,
) -> None:
    """§15: the operator's unit signs. Offices of the county speak for the whole county."""
    another = make_unit(session, "422826-yz", "另一镇", UnitKind.TOWNSHIP, county.division)
    units = {
        "township": county.township,
        "another": another,
        "section": county.section,
        "agency": county.agency,
    }
    late = make_form(form_row(kind, "姚海洋"), unit=units[asking])
    make_form(form_row("add", "姚海洋"), unit=units[owning]).carry_out()
    context = replace(check_context, unit=unit_ref(session, units[asking].id))
    row = form_row(kind, "姚海洋")
    assert found(checks.scope, session, context, row) == errors
    assert found(checks.one_account, session, context, row) == []
    if errors:
        with pytest.raises(RowRefused, match="乡镇只能为本乡镇的人员申请"):
            late.carry_out()
    else:
        late.carry_out()


def test_nobody_asks_for_himself(session: Session, check_context: CheckContext) -> None:
    """R7; 龙金花 fills the form."""
    errors = found(checks.scope, session, check_context, form_row("add", "龙金花"))
    assert errors == [("people.0.id_number", "own_account")]


@pytest.mark.usefixtures("has_account")
def test_suspended_account_has_its_own_way_back(
    session: Session, check_context: CheckContext
) -> None:
    account_of(session, "姚海洋").state = AccountState.SUSPENDED
    assert found(checks.scope, session, check_context, form_row("change", "姚海洋")) == [
        ("people.0.id_number", "suspended")
    ]
    assert found(checks.scope, session, check_context, form_row("close", "姚海洋")) == []


@pytest.mark.parametrize(
    "text",
    ["示例", "新增xx用户", "新增XX用户", "新增××用户", "新增ｘｘ用户", "新增用户 / 分配岗位权限"],
)
def test_example_text_is_refused(session: Session, check_context: CheckContext, text: str) -> None:
    given = CheckInput(text, "people.0.requirement", {})
    (error,) = checks.no_example_text(session, check_context, given)
    assert (error.path, error.code) == ("people.0.requirement", "example_text")


@pytest.mark.parametrize("text", ["新增杨𬱖用户，分配审核岗权限", "调岗", "Excel 导出", ""])
def test_own_words_pass(text: str) -> None:
    assert not policy.example_text(text)


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"people": None},
        {"people": "x"},
        {"people": [None, 1, {}, {"kind": 3, "id_number": []}]},
        {"subsystem": [], "people": [{"kind": "add", "id_number": "x", "name": 5}]},
    ],
)
def test_rules_leave_the_shape_of_answers_to_the_form(
    session: Session, check_context: CheckContext, answers: Row
) -> None:
    given = CheckInput(answers, "", answers)
    for check in (checks.one_account, checks.role_exclusivity, checks.scope):
        assert list(check(session, check_context, given)) == []
    assert row_kinds(session, check_context, answers) == (answers, [])


@pytest.mark.usefixtures("has_account")
def test_new_becomes_change_for_who_has_an_account(
    session: Session, check_context: CheckContext
) -> None:
    """S2: 共享用工 is asked for somebody who works in 零工驿站 already."""
    answers = {
        "subsystem": "shared-labour",
        "people": [
            form_row("add", "黄䶮"),
            form_row("add", "姚海洋", id_number=" 422899198906113733 "),
        ],
    }
    mended, notices = row_kinds(session, check_context, answers)
    assert [row["kind"] for row in mended["people"]] == ["add", "change"]
    assert notices == ["第2行姚海洋已有账户，申请类别已由“新增”改为“修改”。"]
    assert [row["kind"] for row in answers["people"]] == ["add", "add"]


def test_second_post_of_a_new_person_becomes_change(
    session: Session, check_context: CheckContext
) -> None:
    answers = {"people": [form_row("add", "黄䶮"), form_row("add", "黄䶮", post="query")]}
    mended, notices = row_kinds(session, check_context, answers)
    assert [row["kind"] for row in mended["people"]] == ["add", "change"]
    assert "由第1行新增" in notices[0]


@pytest.mark.usefixtures("was_closed")
def test_closed_account_is_new_again(session: Session, check_context: CheckContext) -> None:
    answers = {"people": [form_row("add", "姚海洋")]}
    assert row_kinds(session, check_context, answers) == (answers, [])


def test_accounts_keep_numbers_sealed(session: Session, make_form: MakeForm) -> None:
    make_form(form_row("add", "姚海洋")).carry_out()
    account = session.query(Account).one()
    assert IDS["姚海洋"].encode() not in account.id_number
    assert crypto.unseal(account.id_number).decode() == IDS["姚海洋"]
