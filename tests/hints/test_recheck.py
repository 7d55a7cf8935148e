"""The night's look through the books finds what is wrong, also what was written past the house."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.access.models import Account
from app.demo import people as invented
from app.hints import queries, service
from app.hints.drawn import drawn
from app.hints.models import RiskHint
from app.hints.rules import RULES
from app.hints.types import (
    AboutYourself,
    BadHandling,
    Filters,
    HintNotFound,
    HintSettled,
    HintState,
    NotSigned,
    NotYourHint,
    StaleHint,
    Verdict,
)
from app.notifications.models import Untold
from app.processes.models import ProcessVersion
from app.processes.service import publishing
from tests.support.office import ROOT, Browser, Office

Enter = Callable[[str], Browser]


@pytest.fixture
def account(office: Office) -> Account:
    """Somebody with a post, by a form that went through."""
    one = invented.row(next(office.seeds), post="review")
    office.walk(office.start(answers=office.answers(people=[one])))
    return office.session.scalars(select(Account).where(Account.name == one["name"])).one()


def look(office: Office) -> list[str]:
    """The rules whose hints are open after another night."""
    office.now += timedelta(days=1)
    assert service.recheck(office.session, now=office.now) is not None
    office.session.flush()
    open_now = select(RiskHint.rule).where(RiskHint.state == HintState.OPEN).order_by(RiskHint.id)
    return list(office.session.scalars(open_now))


def do(session: Session, statement: str, **given: Any) -> None:
    session.flush()
    session.execute(text(statement), given)
    session.expire_all()


def test_what_the_house_does_itself_is_in_order(office: Office, account: Account) -> None:
    """Opened, changed, returned, closed and opened again: nothing to hint at."""
    assert account
    office.walk(office.start(answers=office.answers(rows=3)))
    ticket = office.start()
    office.walk(ticket, to="permission_execution")
    office.send_back(ticket)
    office.walk(ticket)
    assert look(office) == []


INJECTED = {
    "R9-grant": """INSERT INTO "grant" (account_id, subsystem, post, state, ticket, row_no, at,
        granted_ticket, granted_row, granted_at) SELECT id, 'case-warning', 'query', 'active',
        'QX-0', 1, at, 'QX-0', 1, at FROM account WHERE id = :id""",
    "fold-grant": """UPDATE "grant" SET post = 'query' WHERE account_id = :id""",
    "fold-account": "UPDATE account SET state = 'suspended' WHERE id = :id",
    "R9-account": "UPDATE account SET opened_row = 7 WHERE id = :id",
    "R2": """INSERT INTO appointment (person_id, position, unit_id, starts_at, source)
        SELECT p.id, 'permission_admin', u.id, :now, 'x' FROM person p, unit u
        WHERE p.name = '黄䶮' AND u.code = '422826-xxzx'""",
    "R4": """INSERT INTO appointment (person_id, position, unit_id, starts_at, source)
        SELECT p.id, 'account_admin', u.id, :now, 'x' FROM person p, unit u
        WHERE p.name = '姚海洋' AND u.code = '422826-rsj'""",
    "R10": "UPDATE task SET assignee_id = (SELECT assignee_id FROM task t2"
    " WHERE t2.instance_id = task.instance_id AND t2.node = 'leader_approval')"
    " WHERE node = 'department_opinion'",
    "R6": "UPDATE account SET person_ref = (SELECT id_index FROM person WHERE name = '谭丽华')"
    " WHERE id = :id",
    "R7": "UPDATE appointment SET ends_at = starts_at WHERE position = 'account_admin'",
    "R16": """INSERT INTO parameter_change (key, unit_id, value, since, reason, state, place,
        proposed_by_id, proposed_at, rev) SELECT 'agreement_needed', u.id, 1, '2026-01-01', '',
        'confirmed', u.path, p.id, :now, 1 FROM unit u, person p
        WHERE u.code = '422826' AND p.name = '谭丽华'""",
}


@pytest.mark.parametrize("rule", INJECTED)
def test_what_was_written_past_the_house_is_found(
    office: Office, account: Account, rule: str
) -> None:
    do(office.session, INJECTED[rule], id=account.id, now=office.now)
    assert rule in look(office)
    before = office.session.scalars(select(RiskHint.id).order_by(RiskHint.id)).all()
    assert rule in look(office)
    after = office.session.scalars(select(RiskHint.id).order_by(RiskHint.id)).all()
    assert before == after  # never twice for the same thing


def test_diagrams_say_whom_the_rules_hold_apart(office: Office) -> None:
    """By what a step asks for, whatever its process is called: R7 and R10 know no keys."""
    for key in ("admin-account", "emergency-freeze", "dormant-review", "region-bootstrap"):
        bundle = publishing.Bundle.read(ROOT, key)
        made = publishing.deploy(office.session, now=office.now, bundle=bundle)
        publishing.publish(office.session, now=office.now, key=key, number=made.number)
    keys = dict(office.session.execute(select(ProcessVersion.id, ProcessVersion.key)).all())
    says = drawn(office.session)
    executed = {keys[one] for one in says["executed"]}
    assert executed == {"operator-account", "admin-account", "dormant-review"}
    apart = {
        f"{keys[int(version)]}:{node}"
        for version, node in (one.split(":") for one in says["apart"])
    }
    assert {"operator-account:account_execution", "dormant-review:answer"} <= apart
    assert "emergency-freeze:leader_confirmation" in apart
    assert not apart & {"admin-account:receive", "emergency-freeze:file_form"}


def test_two_accounts_of_one_person_are_found_though_the_table_forbids_them(
    office: Office, account: Account
) -> None:
    office.walk(office.start())
    do(office.session, "ALTER TABLE account DROP CONSTRAINT uq_account_person_ref")
    do(
        office.session,
        "UPDATE account SET person_ref = (SELECT person_ref FROM account WHERE id = :id)",
        id=account.id,
    )
    assert "R1" in look(office)


def test_a_pending_form_that_names_an_administrator_is_yellow(office: Office) -> None:
    office.start()
    do(
        office.session,
        "UPDATE ticket_person SET blind_index ="
        " (SELECT id_index FROM person WHERE name = '吴一鸣')",
    )
    assert look(office) == ["R3"]


def test_a_task_of_somebody_without_a_login_is_found(office: Office) -> None:
    ticket = office.start()
    office.walk(ticket, to="leader_approval")
    do(
        office.session,
        "UPDATE login SET state = 'disabled' WHERE person_id ="
        " (SELECT id FROM person WHERE name = '彭秀英')",
    )
    assert look(office) == ["no-login"]


def test_a_hint_goes_and_comes_back_as_the_same(office: Office, account: Account) -> None:
    do(office.session, INJECTED["fold-account"], id=account.id)
    look(office)
    do(office.session, "UPDATE account SET state = 'active' WHERE id = :id", id=account.id)
    assert look(office) == []
    (hint,) = office.session.scalars(select(RiskHint))
    assert hint.state is HintState.GONE
    do(office.session, INJECTED["fold-account"], id=account.id)
    assert look(office) == ["fold-account"]
    office.session.refresh(hint)
    assert (hint.state, hint.times) == (HintState.OPEN, 2)


@pytest.fixture
def hint(office: Office, account: Account) -> RiskHint:
    do(office.session, INJECTED["R9-grant"], id=account.id)
    look(office)
    return office.session.scalars(select(RiskHint).where(RiskHint.rule == "R9-grant")).one()


def test_red_ones_are_told_to_the_leader_and_the_auditor(office: Office, hint: RiskHint) -> None:
    assert hint
    kept = office.session.scalars(select(Untold)).all()
    assert kept


def test_signed_in_time_handled_in_time(browser: Enter, office: Office, hint: RiskHint) -> None:
    office.session.commit()
    here = browser("tanlihua")
    listed = here.get("/hints")
    assert "没有申请表的权限" in listed.text
    path = f"/hints/{hint.id}"
    page = here.get(path)
    assert "立即收回这项权限" in page.text
    assert here.post(f"{path}/handle", version=1, verdict="mended", text="x").status_code == 409
    assert here.post(f"{path}/sign", version=1).status_code == 302
    assert here.post(f"{path}/sign", version=1).status_code == 409
    bad = here.post(f"{path}/handle", version=2, text="")
    assert bad.status_code == 422
    assert "请选处理结果" in bad.text
    done = here.post(f"{path}/handle", version=2, verdict="mended", text="已经收回。")
    assert done.status_code == 302
    assert "已经收回。" in here.get(path).text
    assert here.get("/hints", state="handled", colour="red", rule="R9-grant").status_code == 200
    assert "没有这样的风险提示" in here.get("/hints", state="gone").text
    assert here.get("/hints", state="x").status_code == 400


def settle(office: Office, hint: RiskHint, verdict: Verdict) -> None:
    actor = office.actor("tanlihua")
    given: dict[str, Any] = {"actor": actor, "now": office.now, "hint_id": hint.id}
    service.sign(office.session, version=hint.rev, **given)
    service.handle(office.session, version=hint.rev, verdict=verdict, words="核实过了。", **given)


def test_what_was_put_right_and_is_there_again_is_raised_anew(
    office: Office, hint: RiskHint
) -> None:
    settle(office, hint, Verdict.MENDED)
    assert "R9-grant" in look(office)


def test_what_was_found_to_be_in_order_stays_so(office: Office, hint: RiskHint) -> None:
    settle(office, hint, Verdict.MISTAKEN)
    assert "R9-grant" not in look(office)


def test_who_may_not_and_who_comes_late(office: Office, hint: RiskHint) -> None:
    given: dict[str, Any] = {"now": office.now, "hint_id": hint.id}
    session = office.session
    with pytest.raises(HintNotFound):
        service.sign(session, actor=office.actor("xiangjianhua"), version=1, **given)
    with pytest.raises(NotYourHint):
        service.sign(session, actor=office.actor("yaohaiyang"), version=1, **given)
    with pytest.raises(StaleHint):
        service.sign(session, actor=office.actor("tanlihua"), version=9, **given)
    with pytest.raises(NotSigned):
        service.handle(
            session, actor=office.actor("tanlihua"), version=1, verdict=None, words="", **given
        )
    hint.person_id = office.actor("tanlihua").person_id
    session.flush()
    with pytest.raises(AboutYourself):
        service.sign(session, actor=office.actor("tanlihua"), version=1, **given)
    service.sign(session, actor=office.actor("pengxiuying"), version=1, **given)
    with pytest.raises(HintSettled):
        service.sign(session, actor=office.actor("qinzhiming"), version=2, **given)
    with pytest.raises(BadHandling):
        service.handle(
            session, actor=office.actor("pengxiuying"), version=2, verdict=None, words="x", **given
        )


def test_it_turns_late_by_working_days(office: Office, hint: RiskHint) -> None:
    def shown(days: int) -> bool:
        return queries.show_hint(
            office.session,
            actor=office.actor("qinzhiming"),
            now=hint.found_at + timedelta(days=days),
            hint_id=hint.id,
        ).is_late

    assert (hint.handle_by - hint.sign_by).days == 7  # five working days and a weekend
    assert not shown(1)
    assert shown(8)


def test_once_a_night(office: Office) -> None:
    night = office.now.replace(hour=18)  # two o'clock in the office's zone
    assert service.recheck_if_due(office.session, now=night)
    office.session.flush()
    assert service.recheck_if_due(office.session, now=night + timedelta(hours=1)) is None
    assert service.recheck_if_due(office.session, now=night + timedelta(days=1))


def test_only_those_of_the_own_scope(office: Office, hint: RiskHint) -> None:
    def seen(by: str) -> int:
        page = queries.list_hints(
            office.session, actor=office.actor(by), now=office.now, filters=Filters()
        )
        return len(page.items)

    assert hint
    assert (seen("tanlihua"), seen("qinzhiming"), seen("xiangjianhua")) == (1, 1, 0)


def test_every_rule_has_its_words() -> None:
    for rule in RULES.values():
        assert "—" in rule.told({})
        assert rule.demand.endswith("。")


def test_the_command_says_what_it_found(app: Flask) -> None:
    said = app.test_cli_runner().invoke(args=["accounts", "recheck"])
    assert (said.exit_code, "核对完毕" in said.output) == (0, True), said.output
