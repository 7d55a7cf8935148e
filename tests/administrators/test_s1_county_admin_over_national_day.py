"""S1: 咸丰 changes an account admin over National Day; filing, receipt, both clocks, both books."""

from sqlalchemy.orm import Session

from app.access.models import Account
from app.access.types import AccountKind, AccountState
from app.core.crypto import blind_index
from tests.administrators.playing import PEOPLE, Town, admin_row

SUBMITTER, HEAD, LEADER = "wuyiming", "zhangweihua", "pengxiuying"
A, B, NEW = "tanlihua", "tanguifang", "yaohaiyang"


def account_of(session: Session, who: str) -> Account:
    ref = blind_index("id_number", PEOPLE[who][1])
    session.expire_all()
    return session.query(Account).filter_by(person_ref=ref).one()


def operator_form(town: Town, kind: str) -> str:
    """附件2 for 姚海洋, filed by somebody else of 咸丰 and carried out there."""
    name, number, phone = PEOPLE[NEW]
    row = {"kind": kind, "name": name, "id_number": number, "phone": phone, "post": "review"}
    row["requirement"] = "分配审核岗权限" if kind == "add" else "注销用户"
    answers = {"subsystem": "gig-station", "contact_phone": "0718-8200000", "people": [row]}
    answer = town.apply("huangxuelian", "operator-account", answers)
    assert answer.status_code == 201, answer.text
    number = str(answer.json["number"])
    for by in ("tengxiaoyan", LEADER, A, SUBMITTER):
        town.done(number, by)
    assert town.ticket(number)["state"] == "closed"
    return number


def test_s1(town: Town, session: Session) -> None:
    town.at("2026-09-21 09:00")
    operator_form(town, "add")
    account = account_of(session, NEW)
    assert (account.kind, account.state) == (AccountKind.OPERATOR, AccountState.ACTIVE)

    # B retires on 09-24: the form is due after Mid-Autumn and National Day.
    town.at("2026-09-24 09:00")
    change = {"event": "retirement", "event_date": "2026-09-24"}
    rows = (admin_row("close", B), admin_row("add", NEW))
    draft = town.apply(SUBMITTER, "admin-account", town.admin_form(*rows, **change), draft=True)
    assert draft.status_code == 201, draft.text
    number = str(draft.json["number"])
    found = town.who(SUBMITTER).get(f"/tickets/{number}").json["deadlines"]
    assert [(one["what"], one["due_at"][:10], one["light"]) for one in found] == [
        ("填报", "2026-10-09", "green")
    ]

    # R2, R3: an operator until his own 附件2 has ended that; §12: nothing is handed over yet.
    town.at("2026-09-25 09:00")
    said = town.refused(SUBMITTER, *rows, **change)
    assert "附件2" in said["people.1.id_number"]
    closed = operator_form(town, "close")
    said = town.refused(SUBMITTER, *rows, **change)
    assert list(said) == ["urgent_reason"]
    town.hand_over(B, A, HEAD)

    town.at("2026-09-28 10:00")
    sent = town.who(SUBMITTER).post(
        f"/tickets/{number}/resubmit", {"answers": town.admin_form(*rows, **change)}
    )
    assert sent.status_code == 200, sent.text
    number = str(sent.json["number"])
    town.done(number, HEAD)
    town.at("2026-09-30 09:10")
    town.done(number, LEADER)
    town.at("2026-09-30 15:00")
    town.done(number, "qinzhiming", "receive")
    assert set(town.open(number)) == {"account_execution"}
    assert town.due(number, "州账户管理员审核实施") == ("2026-10-10", "green")
    papers = {one["name"]: one["state"] for one in town.ticket(number, SUBMITTER)["documents"]}
    assert papers["admin-account-receipt"] == "pending"

    town.at("2026-10-09 09:00")
    assert town.due(number, "州账户管理员审核实施") == ("2026-10-10", "yellow")
    town.at("2026-10-10 16:40")
    town.done(number, "qinzhiming", "account_execution")
    over = town.ticket(number)
    assert over["state"] == "closed"

    # One account all along (R1), the role by now the new one, and the position beside it.
    again = account_of(session, NEW)
    assert again.id == account.id
    assert (again.kind, again.state) == (AccountKind.ACCOUNT_ADMIN, AccountState.ACTIVE)
    assert account_of(session, B).state is AccountState.CLOSED
    assert "account_admin" in positions(town, NEW)
    assert "account_admin" not in positions(town, B)

    rows = {
        one: [row for row in town.book("accounts") if row["ticket"] == one]
        for one in (closed, number)
    }
    kept = [(row["name"], row["act"]) for row in rows[number] if row["book"] == "422800"]
    assert kept == [("谭桂芳", "撤销"), ("姚海洋", "恢复")]
    assert [row["executor"] for row in rows[closed]] == ["谭丽华"]  # R6: the county's own
    assert {row["executor"] for row in rows[number]} == {"覃志明"}
    # A copy stands in the county's book, and its account admin hears of it.
    copied = [row for row in rows[number] if row["book"] == "422826"]
    assert [row["remark"] for row in copied] == ["抄自上级台账"] * 2
    told = town.who(A).get("/tasks", box="copied").json["items"]
    assert number in {one["ticket"] for one in told}


def positions(town: Town, who: str) -> set[str]:
    return {one["position"] for one in town.who(who).get("/me").json["positions"]}
