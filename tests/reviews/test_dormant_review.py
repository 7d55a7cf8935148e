"""长期未登录账户核实清理 over REST: listed, answered, or left to silence; confirmed and cleared."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.access.models import Account
from app.core import clock
from app.core.db import transaction
from app.demo.people import signature
from app.hints import service as hints
from app.identity import service as identity
from app.identity.queries import get_login, unit_by_code
from app.identity.types import Position
from app.personnel import service as personnel
from app.tickets import service as tickets
from tests.reviews.conftest import OpenAccount, World, on_paper

SMALL, RARE, FAR = (
    ("向小兰", "422899199001012385"),
    ("黄䶮", "422899199502287774"),
    ("杨𬱖", "422899199309109992"),
)
HEAD = {"name": "秦永安", "id_number": "422899198003067238"}
OPENED = datetime(2026, 11, 24, 2, tzinfo=UTC)
MARCH = datetime(2027, 3, 1, 2, tzinfo=UTC)  # a Monday, ten o'clock in the office
OFFICE = "422826-jyzx"
DONE = {"result": "已按核实结果办理。"}


@pytest.fixture
def spring(world: World, open_account: OpenAccount) -> World:
    """Three accounts of one office that nobody has used since November."""
    world.at(OPENED)
    open_account(SMALL, RARE, FAR)
    world.at(MARCH)
    return world


def begin(world: World, by: str = "tanlihua", department: str = OFFICE) -> Any:
    return world.start(by, "dormant-review", {"department": department})


def begun(world: World) -> str:
    made = begin(world)
    assert made.status_code == 201, made.text
    number: str = made.json["number"]
    return number


def laid(task: dict[str, Any]) -> list[dict[str, Any]]:
    (rows,) = [c for c in task["form"]["components"] if c["key"] == "rows"]
    found: list[dict[str, Any]] = rows["defaultValue"]
    return found


def answer(world: World, number: str, *rows: tuple[str, str]) -> Any:
    given = [{"decision": decision, "reason": reason} for decision, reason in rows]
    return world.complete("qinyongan", number, "done", {"rows": given})


def confirm(world: World, number: str, outcome: str = "approve") -> Any:
    opinion = "仍要使用。" if outcome == "reject" else ""
    return world.complete("pengxiuying", number, outcome, {}, opinion=opinion)


def wait(world: World, **span: float) -> None:
    """The clock goes on, and with it what the beat does."""
    world.at(clock.utcnow() + timedelta(**span))
    tell(world)


def tell(world: World) -> None:
    while True:
        with transaction() as session:
            waiting = tickets.next_reminder(session, clock.utcnow())
            if waiting is None:
                break
            tickets.remind(session, waiting, clock.utcnow())
    world.settle()


def states(world: World) -> dict[str, str]:
    items = world.on("tanlihua").get("/accounts").json["items"]
    names = {name for name, _ in (SMALL, RARE, FAR)}
    return {one["name"]: one["state"] for one in items if one["name"] in names}


def nothing_wrong() -> None:
    with transaction() as session:
        done = hints.recheck(session, now=clock.utcnow())
    assert done is not None
    assert done.raised == 0


def test_kept_and_closed(spring: World) -> None:
    number = begun(spring)
    task = spring.task("qinyongan", number)
    rows = laid(task)
    names = [row["name"] for row in rows]
    assert sorted(names) == ["向小兰", "杨𬱖", "黄䶮"]
    first = rows[names.index("向小兰")]
    assert first["id_number"] == "422899********2385"
    assert (first["login_on"], first["posts"][:6]) == ("没有记录", "劳动力资源信")
    to_answer = on_paper(number, "dormant-review", MARCH)["results"]["answer"]["rows"]
    assert [row["name"] for row in to_answer] == names
    lacking = answer(spring, number, ("keep", ""), ("close", ""), ("keep", "休假"))
    assert [error["path"] for error in lacking.json["errors"]] == ["rows.0.reason"]
    fewer = answer(spring, number, ("close", ""))
    assert [error["code"] for error in fewer.json["errors"]] == ["rows_fixed"]
    done = answer(spring, number, ("keep", "返岗后仍用"), ("close", ""), ("close", "已调岗"))
    assert done.status_code == 200, done.text
    report = spring.task("pengxiuying", number)
    told = {c["key"]: c.get("defaultValue") for c in report["form"]["components"]}
    assert told["summary"] == "3 个账户：保留 1、注销 2"
    to_sign = on_paper(number, "dormant-review", MARCH)["results"]["leader_confirmation"]["rows"]
    assert [row["decision"] for row in to_sign] == ["保留", "注销", "注销"]
    assert confirm(spring, number).status_code == 200
    revoked = spring.complete("wuyiming", number, "done", DONE)
    assert revoked.status_code == 200, revoked.text
    assert spring.complete("tanguifang", number, "done", DONE).status_code == 200
    assert spring.ticket("tanlihua", number)["state"] == "closed"
    assert [states(spring)[name] for name in names] == ["active", "closed", "closed"]
    booked = spring.book("tanlihua", "dormant-review")
    cells = [row["values"] for row in booked]
    assert [one["leader_confirmation.rows.decision"] for one in cells] == ["保留", "注销", "注销"]
    assert cells[0]["answer.signer"] == "秦永安"
    acts = [row["values"]["act"] for row in spring.book("tanlihua", "accounts")]
    assert acts[-2:] == ["撤销", "撤销"]
    nothing_wrong()


def test_silence_suspends(spring: World) -> None:
    """5 working days, a reminder, the leader above hears; two days later nobody is waited for."""
    number = begun(spring)
    task = spring.task("qinyongan", number)
    assert task["due_at"][:10] == "2027-03-08"
    wait(spring, days=8)  # Tuesday, one day late
    assert states(spring) == dict.fromkeys(("向小兰", "黄䶮", "杨𬱖"), "active")
    assert spring.ticket("tanlihua", number)["tasks"][-1]["node"] == "answer"
    spring.on("tanlihua").upload(
        "/imports/last-logins?confirm=true", sheet(f"{RARE[1]},黄䶮,2027-03-05,")
    )
    wait(spring, days=1)
    assert states(spring) == {"向小兰": "suspended", "黄䶮": "active", "杨𬱖": "suspended"}
    late = spring.on("qinyongan").post(
        f"/tasks/{task['id']}/complete",
        {
            "version": task["version"],
            "outcome": "done",
            "answers": {"rows": [{"decision": "close"}] * 3},
        },
    )
    assert (late.status_code, late.json["code"]) == (409, "lapsed")
    report = spring.task("pengxiuying", number)
    told = {c["key"]: c.get("defaultValue") for c in report["form"]["components"]}
    assert told["summary"] == "3 个账户：逾期未答复，停用 2、逾期未答复，不停用 1"
    assert confirm(spring, number).status_code == 200
    assert spring.ticket("tanlihua", number)["state"] == "closed"
    acts = [row["values"] for row in spring.book("tanlihua", "accounts")][-2:]
    assert [(one["act"], one["executor"]) for one in acts] == [("停用", "系统")] * 2
    nothing_wrong()


def test_the_leader_does_not_want_it(spring: World) -> None:
    number = begun(spring)
    wait(spring, days=10)
    assert states(spring)["向小兰"] == "suspended"
    assert confirm(spring, number, "reject").status_code == 200
    assert set(states(spring).values()) == {"active"}
    assert spring.ticket("tanlihua", number)["state"] == "closed"
    nothing_wrong()


def test_rows_go_back_to_the_department(spring: World) -> None:
    """The time to answer begins anew, and silence is silence again."""
    number = begun(spring)
    answer(spring, number, *[("keep", "仍用")] * 3)
    task = spring.task("pengxiuying", number)
    back = spring.on("pengxiuying").post(
        f"/tasks/{task['id']}/return",
        {"version": task["version"], "reason": "第2行请写明哪天返岗。", "node": "answer"},
    )
    assert back.status_code == 200, back.text
    wait(spring, days=7)
    assert set(states(spring).values()) == {"active"}
    again = answer(spring, number, ("keep", "仍用"), ("close", ""), ("keep", "仍用"))
    assert again.status_code == 200, again.text
    assert confirm(spring, number).status_code == 200
    assert spring.task("wuyiming", number)["node"] == "permission_execution"
    nothing_wrong()


def test_back_to_the_beginning_after_silence(spring: World) -> None:
    """What silence suspended works again before the list is made anew, and when it is given up."""
    number = begun(spring)
    wait(spring, days=10)
    gone = spring.on("tanlihua").post(f"/tickets/{number}/withdraw", {"reason": "发错了"})
    assert (gone.status_code, gone.json["code"]) == (409, "too_late")
    assert spring.send_back("pengxiuying", number, "请重新核实。").status_code == 200
    again = {"answers": {"department": OFFICE}}
    resubmitted = spring.on("tanlihua").post(f"/tickets/{number}/resubmit", again)
    assert resubmitted.status_code == 200, resubmitted.text
    assert set(states(spring).values()) == {"active"}
    assert len(laid(spring.task("qinyongan", number))) == 3
    wait(spring, days=12)
    assert set(states(spring).values()) == {"suspended"}
    spring.send_back("pengxiuying", number, "这个部门不用核实。")
    gone = spring.on("tanlihua").post(f"/tickets/{number}/cancel", {"reason": "发错了"})
    assert gone.status_code == 200, gone.text
    assert set(states(spring).values()) == {"active"}
    nothing_wrong()
    assert begin(spring).status_code == 201  # what was given up leaves the department free


def test_who_may_ask_whom_and_who_sees_it(spring: World) -> None:
    for other in ("wuyiming", "pengxiuying", "yaohaiyang"):
        assert begin(spring, by=other).status_code == 403
    for by, department, wrong in (
        ("tanlihua", "422827", "not_own"),
        ("ransiqi", OFFICE, "not_own"),
        ("tanlihua", "422826-xxzx", "nothing_idle"),
        ("tanlihua", "nowhere", None),
    ):
        refused = begin(spring, by, department)
        (error,) = refused.json["errors"]
        assert (refused.status_code, error["path"]) == (422, "department")
        assert wrong in (None, error["code"])
    number = begun(spring)
    again = begin(spring, by="tanguifang")
    assert [error["code"] for error in again.json["errors"]] == ["reviewed_already"]
    assert number in again.json["errors"][0]["message"]
    task = spring.task("qinyongan", number)
    for stranger in ("ransiqi", "xiangjianhua"):
        rest = spring.on(stranger)
        assert rest.get(f"/tickets/{number}").status_code == 404
        assert rest.get(f"/tasks/{task['id']}").status_code == 404
        assert rest.get("/tickets", box="all", q=number).json["items"] == []
    body = {
        "version": task["version"],
        "outcome": "done",
        "answers": {"rows": [{"decision": "close", "reason": ""}] * 3},
        "signature": signature(),
    }
    path = f"/tasks/{task['id']}/complete"
    assert spring.on("yaohaiyang").post(path, body).status_code in (403, 404)
    stale = spring.on("qinyongan").post(path, {**body, "version": task["version"] - 1})
    assert (stale.status_code, stale.json["code"]) == (409, "stale")
    assert spring.on("qinyongan").post(path, body).status_code == 200
    again = spring.on("qinyongan").post(path, body)
    assert (again.status_code, again.json["code"]) == (409, "already_done")


def test_who_was_closed_meanwhile_is_left_alone(spring: World) -> None:
    """Another form was faster; the book says so."""
    number = begun(spring)
    answer(spring, number, *[("close", "")] * 3)
    confirm(spring, number)
    spring.complete("wuyiming", number, "done", DONE)
    with transaction() as session:
        account = session.scalars(select(Account).where(Account.name == "黄䶮")).one()
        account.close("QX-QL-2027-00001", 1, clock.utcnow())
    assert spring.complete("tanguifang", number, "done", DONE).status_code == 200
    last = [row["values"]["remark"] for row in spring.book("tanlihua", "accounts")][-3:]
    assert sorted(last) == ["", "", "账户此前已经撤销"]


def sheet(*lines: str) -> dict[str, Any]:
    head = "身份证号,姓名,最近登录,最近业务操作\n"
    return {"file": (io.BytesIO((head + "\n".join(lines) + "\n").encode()), "登录.csv")}


def leaves(world: World, person: dict[str, str], day: str) -> None:
    """Entered on the day itself: the login ends with what the job does then."""
    body = {"kind": "retirement", "date": day, **person}
    made = world.on("yaohaiyang").post("/person-events", body)
    assert made.status_code == 201, made.text
    with transaction() as session:
        while personnel.act_on_due(session, now=clock.utcnow()):
            pass
    world.settle()


def succeeds(world: World, username: str) -> None:
    """Becomes the head of the office."""
    with transaction() as session:
        identity.appoint(
            session,
            actor=None,
            person_id=get_login(session, username).person_id,
            position=Position.DEPT_HEAD,
            unit=unit_by_code(session, OFFICE),
            source="任免通知",
            now=clock.utcnow(),
        )
    world.tokens.clear()
    world.settle()


def test_list_of_a_head_who_leaves_waits_for_the_next(spring: World) -> None:
    """Nobody without a login has it: who operates the system hears, and nothing of it is lost."""
    number = begun(spring)
    spring.task("qinyongan", number)
    leaves(spring, HEAD, "2027-03-01")
    (held,) = spring.on("duanshiyu").get("/incidents").json["items"]
    assert (held["ticket"], held["kind"], held["state"]) == (number, "people", "open")
    succeeds(spring, "huangxuelian")
    assert spring.on("duanshiyu").get("/incidents").json["items"] == []
    task = spring.task("huangxuelian", number)
    assert sorted(row["name"] for row in laid(task)) == ["向小兰", "杨𬱖", "黄䶮"]
    rows = [{"decision": "close", "reason": ""}] * 3
    assert spring.complete("huangxuelian", number, "done", {"rows": rows}).status_code == 200
    assert confirm(spring, number).status_code == 200


def test_list_that_nobody_is_there_for_lapses_all_the_same(spring: World) -> None:
    number = begun(spring)
    leaves(spring, HEAD, "2027-03-01")
    wait(spring, days=14)
    assert set(states(spring).values()) == {"suspended"}
    assert confirm(spring, number).status_code == 200


def test_two_heads_are_one_for_the_other(spring: World) -> None:
    """Whoever stays has it, what the other had claimed too."""
    succeeds(spring, "huangxuelian")
    number = begun(spring)
    spring.task("qinyongan", number)
    leaves(spring, HEAD, "2027-03-01")
    rows = [{"decision": "keep", "reason": "季节性业务"}] * 3
    assert spring.complete("huangxuelian", number, "done", {"rows": rows}).status_code == 200
    assert not spring.on("duanshiyu").get("/incidents").json["items"]
