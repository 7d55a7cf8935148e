"""Rows of an approved form take effect: once, in order, wholly or not at all."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.access import checks
from app.access.handlers import on_instance_ended
from app.access.models import Account, Grant
from app.access.types import (
    AccountKind,
    AccountState,
    ActsOnSelf,
    GrantState,
    NotYetAuthorised,
    RowRefused,
)
from app.audit.queries import first_break, list_chain
from app.core.db import transaction
from app.core.errors import Conflict
from app.identity.queries import id_index
from app.ledgers.models import LedgerRow
from app.processes.registry import CheckContext
from app.processes.types import InstanceEnded
from forms import CheckInput
from tests.access.county import IDS, NOW, County, Form, MakeForm, account_of, form_row


def ledger(session: Session, name: str = "accounts") -> list[tuple[int, str, int, str]]:
    rows = session.scalars(select(LedgerRow).where(LedgerRow.name == name).order_by(LedgerRow.id))
    key = "act" if name == "accounts" else "change"
    return [(row.serial, row.ticket, row.row_no, row.values[key]) for row in rows]


def posts(session: Session, name: str, subsystem: str = "gig-station") -> set[str]:
    return set(
        session.scalars(
            select(Grant.post).where(
                Grant.account_id == account_of(session, name).id,
                Grant.subsystem == subsystem,
                Grant.state == GrantState.ACTIVE,
            )
        )
    )


def test_new_people_get_account_grant_and_ledger_rows(
    session: Session, make_form: MakeForm
) -> None:
    form = make_form(form_row("add", "姚海洋"), form_row("add", "黄䶮", post="query"))
    form.carry_out()
    account = account_of(session, "姚海洋")
    assert (account.state, account.ticket, account.row_no) == ("active", form.ticket, 1)
    assert account.person_ref == id_index(IDS["姚海洋"])
    assert posts(session, "姚海洋") == {"review"}
    assert ledger(session) == [(1, form.ticket, 1, "创建"), (2, form.ticket, 2, "创建")]
    assert ledger(session, "grants") == [
        (1, form.ticket, 1, "增：审核岗"),
        (2, form.ticket, 2, "增：查询岗"),
    ]


def test_ledgers_never_show_a_whole_number(session: Session, make_form: MakeForm) -> None:
    number = IDS["姚海洋"]
    make_form(form_row("add", "姚海洋", requirement=f"开户 {number} 电话15400000108")).carry_out()
    for values in session.scalars(select(LedgerRow.values)):
        assert values["id_number"] == "422899********3733"
        assert values["phone"] == "154****0108"
        assert number not in str(values)
        assert "15400000108" not in str(values)


def test_the_same_row_applied_twice_books_once(session: Session, make_form: MakeForm) -> None:
    make_form(form_row("add", "黄䶮", post="query")).carry_out()
    form = make_form(form_row("add", "姚海洋"), form_row("close", "黄䶮"))
    form.carry_out()
    once = ledger(session), ledger(session, "grants"), session.query(Grant).count()
    form.carry_out()
    assert (ledger(session), ledger(session, "grants"), session.query(Grant).count()) == once


def test_account_waits_for_grants_when_it_is_to_be_closed(
    session: Session, make_form: MakeForm
) -> None:
    make_form(form_row("add", "姚海洋")).carry_out()
    form = make_form(form_row("close", "姚海洋"))
    form.apply_accounts()
    assert account_of(session, "姚海洋").state is AccountState.ACTIVE
    form.apply_grants()
    assert posts(session, "姚海洋") == set()
    assert account_of(session, "姚海洋").state is AccountState.ACTIVE
    form.close_accounts()
    assert account_of(session, "姚海洋").state is AccountState.CLOSED
    last = session.scalars(
        select(LedgerRow).where(LedgerRow.name == "accounts").order_by(LedgerRow.id.desc())
    ).first()
    assert last is not None
    assert (last.values["act"], last.values["executor"]) == ("撤销", "谭丽华")


def test_closing_waits_for_the_account_admin(session: Session, make_form: MakeForm) -> None:
    make_form(form_row("add", "姚海洋")).carry_out()
    form = make_form(form_row("close", "姚海洋"))
    with pytest.raises(NotYetAuthorised):
        form.apply_grants()
    with pytest.raises(NotYetAuthorised):
        form.close_accounts()
    assert posts(session, "姚海洋") == {"review"}


def test_account_stays_while_another_subsystem_needs_it(
    session: Session, make_form: MakeForm
) -> None:
    make_form(form_row("add", "姚海洋")).carry_out()
    make_form(form_row("change", "姚海洋"), subsystem="shared-labour").carry_out()
    form = make_form(form_row("close", "姚海洋"))
    form.carry_out()
    assert account_of(session, "姚海洋").state is AccountState.ACTIVE
    assert posts(session, "姚海洋") == set()
    assert posts(session, "姚海洋", "shared-labour") == {"review"}
    assert ledger(session)[-1][2:] == (1, "变更")
    remarks = session.scalars(select(LedgerRow.values["remark"].astext)).all()
    assert "尚有共享用工的权限，账户保留" in remarks


def test_closed_account_is_opened_again_where_it_is_wanted(
    session: Session, make_form: MakeForm, other: County
) -> None:
    make_form(form_row("add", "姚海洋")).carry_out()
    first = account_of(session, "姚海洋").id
    make_form(form_row("close", "姚海洋")).carry_out()
    make_form(form_row("add", "姚海洋"), of=other).carry_out()
    account = account_of(session, "姚海洋")
    assert (account.id, account.state, account.unit_id) == (
        first,
        AccountState.ACTIVE,
        other.agency.id,
    )
    # Each county keeps a book of its own, so the row is the first of 来凤县.
    assert ledger(session)[-1][0] == 1
    assert ledger(session)[-1][3] == "恢复"


def test_posts_become_those_the_form_lists(session: Session, make_form: MakeForm) -> None:
    make_form(form_row("add", "姚海洋")).carry_out()
    make_form(
        form_row("change", "姚海洋", post="query"), form_row("change", "姚海洋", post="statistics")
    ).carry_out()
    assert posts(session, "姚海洋") == {"query", "statistics"}
    rows = session.scalars(
        select(LedgerRow).where(LedgerRow.name == "grants").order_by(LedgerRow.id)
    ).all()
    assert [(row.values["before"], row.values["after"]) for row in rows] == [
        ("无", "审核岗"),
        ("审核岗", "查询岗"),
        ("查询岗", "查询岗、statistics"),  # a post that the region's list no longer knows
    ]


def test_change_without_post_leaves_permissions_alone(
    session: Session, make_form: MakeForm
) -> None:
    make_form(form_row("add", "姚海洋")).carry_out()
    make_form(form_row("change", "姚海洋", post="", phone="15400000999")).carry_out()
    assert posts(session, "姚海洋") == {"review"}
    assert ledger(session, "grants")[-1][3] == "无增减"


def test_new_turns_into_change_when_somebody_was_faster(
    session: Session, make_form: MakeForm
) -> None:
    slow = make_form(form_row("add", "姚海洋"), subsystem="shared-labour")
    make_form(form_row("add", "姚海洋")).carry_out()
    slow.carry_out()
    assert [row[3] for row in ledger(session)] == ["创建", "变更"]


def test_stale_change_does_not_reopen_what_was_closed(
    session: Session, make_form: MakeForm
) -> None:
    """§14: the revocation stands; what was signed said 修改, not 新增."""
    make_form(form_row("add", "姚海洋")).carry_out()
    stale = make_form(form_row("change", "姚海洋"))
    make_form(form_row("close", "姚海洋")).carry_out()
    with pytest.raises(RowRefused, match=r"没有可用的账户，请改选“新增”.*退回") as refused:
        stale.apply_accounts()
    assert refused.value.facts["rows"] == [{"row": 1, "code": "no_account"}]
    assert account_of(session, "姚海洋").state is AccountState.CLOSED
    assert [row[3] for row in ledger(session)] == ["创建", "撤销"]


def test_change_of_a_stranger_creates_no_account(session: Session, make_form: MakeForm) -> None:
    with pytest.raises(RowRefused, match="请改选“新增”"):
        make_form(form_row("change", "黄䶮")).apply_accounts()
    assert session.query(Account).count() == 0


def test_closing_between_the_two_steps_refuses_the_permission(
    session: Session, make_form: MakeForm
) -> None:
    make_form(form_row("add", "姚海洋")).carry_out()
    form = make_form(form_row("change", "姚海洋", post="query"))
    form.apply_accounts()
    make_form(form_row("close", "姚海洋")).carry_out()
    with pytest.raises(RowRefused, match="没有可用的账户"):
        form.apply_grants()
    assert posts(session, "姚海洋") == set()


def test_new_that_became_change_is_new_again_when_mended(
    session: Session, make_form: MakeForm
) -> None:
    make_form(form_row("add", "姚海洋")).carry_out()
    form = make_form(form_row("change", "姚海洋"))
    make_form(form_row("close", "姚海洋")).carry_out()
    form.resubmit([form_row("add", "姚海洋")])
    form.carry_out()
    assert [row[3] for row in ledger(session)] == ["创建", "撤销", "恢复"]


def test_what_an_earlier_submission_opened_may_be_changed(
    session: Session, make_form: MakeForm
) -> None:
    form = make_form(form_row("add", "姚海洋"))
    form.apply_accounts()
    form.resubmit([form_row("change", "姚海洋", phone="15400000999")])
    form.carry_out()
    assert [row[3] for row in ledger(session)] == ["创建", "变更"]


@pytest.mark.parametrize("kind", ["add", "change", "close"])
def test_another_name_is_refused_at_execution(
    session: Session, make_form: MakeForm, kind: str
) -> None:
    """R1: of two forms with one ID number and two names the second does not rename the account."""
    second = make_form(form_row(kind, "黄䶮", name="乙二"))
    make_form(form_row("add", "黄䶮", name="甲一")).carry_out()
    with pytest.raises(RowRefused, match="登记的是另一个姓名") as refused:
        second.apply_accounts()
    assert "甲一" not in refused.value.text
    assert account_of(session, "黄䶮").name == "甲一"


def test_name_of_somebody_the_office_knows_is_asked_at_execution(
    session: Session, make_form: MakeForm, other: County
) -> None:
    form = make_form(form_row("add", "姚海洋", name="王小二"))
    other.person("姚海洋")
    savepoint = session.begin_nested()
    with pytest.raises(RowRefused, match="登记的是另一个姓名") as refused:
        form.apply_accounts()
    savepoint.rollback()
    assert "姚海洋" not in refused.value.text
    assert session.query(Account).count() == 0


def test_nobody_carries_out_his_own_row(session: Session, make_form: MakeForm) -> None:
    form = make_form(form_row("add", "姚海洋"), form_row("add", "谭丽华"))
    with pytest.raises(ActsOnSelf, match="第2行是您本人"):
        form.apply_accounts()
    assert ledger(session) == []


def test_account_of_another_county_is_refused_wholly(
    session: Session, make_form: MakeForm, other: County
) -> None:
    make_form(form_row("add", "姚海洋"), of=other).carry_out()
    form = make_form(form_row("add", "黄䶮"), form_row("change", "姚海洋"))
    savepoint = session.begin_nested()
    with pytest.raises(RowRefused, match=r"第2行姚海洋.*来凤县.*退回") as refused:
        form.apply_accounts()
    savepoint.rollback()
    assert isinstance(refused.value, Conflict)
    assert session.execute(text("SELECT count(*) FROM account")).scalar() == 1
    assert len(ledger(session)) == 1


def test_admin_by_account_is_refused_at_execution(session: Session, make_form: MakeForm) -> None:
    make_form(form_row("add", "姚海洋")).carry_out()
    account_of(session, "姚海洋").kind = AccountKind.PERMISSION_ADMIN
    with pytest.raises(RowRefused, match="不得兼任"):
        make_form(form_row("change", "姚海洋")).apply_accounts()


def test_new_submission_takes_back_what_it_no_longer_asks(
    session: Session, make_form: MakeForm
) -> None:
    form = make_form(form_row("add", "姚海洋"), form_row("add", "黄䶮"))
    form.apply_accounts()
    form.resubmit([form_row("add", "黄䶮"), form_row("add", "杨𬱖")])
    form.carry_out()
    assert account_of(session, "姚海洋").state is AccountState.CLOSED
    assert account_of(session, "杨𬱖").state is AccountState.ACTIVE
    assert [row[2:] for row in ledger(session)] == [
        (1, "创建"),
        (2, "创建"),
        (1, "撤销"),
        (2, "创建"),
    ]
    undone = session.scalars(select(LedgerRow).where(LedgerRow.corrects_id.is_not(None))).one()
    assert undone.values["name"] == "姚海洋"


def test_name_mistyped_in_this_ticket_is_corrected_on_resubmission(
    session: Session, make_form: MakeForm, check_context: CheckContext
) -> None:
    """退回补正: the first row is void, the one that stands says 更正; all else is as it was."""
    form = make_form(form_row("add", "黄䶮", name="张错名"))
    form.apply_accounts()
    mended = [form_row("change", "黄䶮", name="张对名")]
    answers = {"subsystem": "gig-station", "people": mended}
    for ticket, codes in ((form.ticket, []), ("QX-CZY-2026-99999", ["name_differs"])):
        context = replace(check_context, ticket=ticket)
        errors = checks.one_account(session, context, CheckInput(answers, "", answers))
        assert [error.code for error in errors] == codes
    form.resubmit(mended)
    form.carry_out()
    account = account_of(session, "黄䶮")
    assert (account.name, account.state) == ("张对名", AccountState.ACTIVE)
    first, second = session.scalars(
        select(LedgerRow).where(LedgerRow.name == "accounts").order_by(LedgerRow.id)
    )
    assert (second.values["act"], second.values["name"]) == ("更正", "张对名")
    assert second.corrects_id == first.id
    assert "张错名" in second.values["remark"]
    kinds = [event.kind for event in list_chain(session, form.instance.audit_chain)]
    assert kinds == ["account.opened", "account.corrected", "grant.given"]


def test_corrected_account_is_taken_back_by_the_corrected_row(
    session: Session, make_form: MakeForm
) -> None:
    form = make_form(form_row("add", "黄䶮", name="张错名"))
    form.apply_accounts()
    form.resubmit([form_row("change", "黄䶮", name="张对名")])
    form.apply_accounts()
    on_instance_ended(session, InstanceEnded(form.instance.id, "refused", NOW))
    rows = session.scalars(select(LedgerRow).order_by(LedgerRow.id)).all()
    assert [row.values["act"] for row in rows] == ["创建", "更正", "撤销"]
    assert [row.corrects_id for row in rows] == [None, rows[0].id, rows[1].id]


def test_refused_ticket_leaves_no_account_behind(session: Session, make_form: MakeForm) -> None:
    form = make_form(form_row("add", "姚海洋"))
    form.apply_accounts()
    form.instance.ended_at = NOW
    on_instance_ended(session, InstanceEnded(form.instance.id, "refused", NOW))
    assert account_of(session, "姚海洋").state is AccountState.CLOSED


def test_refused_ticket_leaves_alone_what_others_build_upon(
    session: Session, make_form: MakeForm
) -> None:
    form = make_form(form_row("add", "姚海洋"))
    form.apply_accounts()
    make_form(form_row("change", "姚海洋"), subsystem="shared-labour").carry_out()
    on_instance_ended(session, InstanceEnded(form.instance.id, "refused", NOW))
    assert account_of(session, "姚海洋").state is AccountState.ACTIVE


def test_finished_ticket_keeps_its_accounts(session: Session, make_form: MakeForm) -> None:
    form = make_form(form_row("add", "姚海洋"))
    form.carry_out()
    form.instance.ended_at = NOW
    on_instance_ended(session, InstanceEnded(form.instance.id, "closed", NOW))
    assert account_of(session, "姚海洋").state is AccountState.ACTIVE


def test_every_change_of_state_is_on_the_tickets_chain(
    session: Session, make_form: MakeForm
) -> None:
    form = make_form(form_row("add", "姚海洋"), form_row("add", "黄䶮"))
    form.carry_out()
    session.flush()
    chain = form.instance.audit_chain
    assert [event.kind for event in list_chain(session, chain)] == [
        "account.opened",
        "account.opened",
        "grant.given",
        "grant.given",
    ]
    assert {event.object for event in list_chain(session, chain)} == {f"ticket:{form.ticket}"}
    assert first_break(session, chain) is None


def test_views_show_one_row_for_each_approved_row(session: Session, make_form: MakeForm) -> None:
    form = make_form(form_row("add", "姚海洋"))
    form.carry_out()
    account = session.execute(text("SELECT * FROM report_accounts")).mappings().one()
    grant = session.execute(text("SELECT * FROM report_grants")).mappings().one()
    booked = session.execute(text("SELECT * FROM report_ledger ORDER BY name")).mappings().all()
    assert account["person_ref"] == grant["person_ref"] == id_index(IDS["姚海洋"]).hex()
    assert (account["unit"], account["kind"], account["state"]) == (
        "422826-jyzx",
        "operator",
        "active",
    )
    assert (grant["subsystem"], grant["post"], grant["state"]) == (
        "gig-station",
        "review",
        "active",
    )
    assert [(row["name"], row["unit"], row["year"], row["serial"]) for row in booked] == [
        ("accounts", "422826", 2026, 1),
        ("grants", "422826", 2026, 1),
    ]


@pytest.mark.committed
def test_two_forms_may_open_the_same_people_at_once(session: Session, make_form: MakeForm) -> None:
    """Whoever comes second finds the account; nobody waits for the other in a circle."""
    names = ["姚海洋", "黄䶮", "杨𬱖"]
    forms = []
    for number in range(8):
        turned = names if number % 2 else names[::-1]
        forms.append(make_form(*(form_row("add", name) for name in turned)))
    session.commit()

    def carry_out(form: Form) -> None:
        with transaction() as own:
            form.session = own
            form.carry_out()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(carry_out, forms)) == [None] * 8
    booked = ledger(session)
    assert [row[0] for row in booked] == list(range(1, 25))
    assert Counter(row[3] for row in booked) == {"创建": 3, "变更": 21}
    assert session.query(Grant).count() == 3
