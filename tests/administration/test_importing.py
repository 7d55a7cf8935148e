"""Importing people: checked whole, confirmed, carried out in steps, never twice."""

import io
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from app.administration import queries, reporting, service
from app.administration.models import Import, ImportRow
from app.administration.service import importing
from app.administration.types import (
    ImportNotFound,
    ImportOver,
    ImportState,
    NothingToImport,
    RowState,
)
from app.attachments.types import Accepted
from app.audit.models import Event
from app.core import clock, outbox
from app.core.errors import Forbidden
from app.core.outbox import Outbox, OutboxDied
from app.demo.people import id_number
from app.identity.models import Appointment, Login, Person
from app.identity.types import Position
from tests.administration.conftest import ADMIN, DAY, SECOND, STRANGER, Act, person_of
from tests.support.office import Browser, Office

TITLES = "姓名,单位,用户名,岗位,电话,身份证号,登录到期日"
NUMBER = id_number(9711)
GOOD = (
    f"冉新民,422826-rsj,ranxinmin,联系人、验证人员,15400010001,{NUMBER},2099-12-31",
    "谭晓峰,咸丰县人社局,tanxiaofeng,,,,",
)


def sheet(*rows: str) -> Accepted:
    text = "\n".join([TITLES, *rows])
    return Accepted("人员.csv", "text/csv", text.encode())


Check = Callable[..., Import]


@pytest.fixture
def check(office: Office) -> Check:
    keys = iter(range(1000))

    def upload(*rows: str, by: str = ADMIN, key: str = "") -> Import:
        made = service.check_sheet(
            office.session,
            actor=office.actor(by),
            now=office.tick(),
            accepted=sheet(*rows),
            client_key=key or f"key-{next(keys)}",
        )
        office.session.commit()
        return made

    return upload


@pytest.fixture
def confirmed(office: Office, check: Check) -> Check:
    def upload(*rows: str) -> Import:
        made = check(*rows)
        service.confirm(
            office.session, actor=office.actor(ADMIN), now=office.tick(), import_id=made.id
        )
        office.session.commit()
        return made

    return upload


def rows_of(office: Office, made: Import) -> Sequence[ImportRow]:
    office.session.expire_all()
    return queries.all_rows(office.session, made.id)


def work(office: Office) -> None:
    """The outbox runs on the real clock; so does what is looked at afterwards."""
    outbox.work_off()
    office.session.expire_all()
    office.now = clock.utcnow()


def people(office: Office) -> int:
    return office.session.scalar(select(func.count()).select_from(Person)) or 0


def faults(office: Office, made: Import) -> list[tuple[int, str, str]]:
    return [(row.n, *fault) for row in rows_of(office, made) for fault in row.faults]


def test_nothing_is_imported_before_it_is_confirmed(office: Office, check: Check) -> None:
    before = people(office)
    made = check(*GOOD)
    assert (made.state, made.rows, made.ready, made.refused) == (ImportState.CHECKED, 2, 2, 0)
    assert people(office) == before


def test_what_is_confirmed_is_carried_out_row_by_row(office: Office, confirmed: Check) -> None:
    """Each row leaves the events of its acts, under the administrator's name."""
    made = confirmed(*GOOD)
    work(office)
    rows = rows_of(office, made)
    assert (made.state, made.done, made.failed) == (ImportState.DONE, 2, 0)
    assert [row.state for row in rows] == [RowState.DONE] * 2
    assert [row.data_sealed for row in rows] == [None] * 2
    actor = office.actor("ranxinmin")
    assert {held.position for held in actor.positions} == {"clerk", "tester"}
    login = office.session.scalars(select(Login).where(Login.username == "ranxinmin")).one()
    assert login.valid_until is not None
    assert login.password_hash == ""
    by = office.actor(ADMIN).person_id
    found = office.session.execute(
        select(Event.kind, func.count().label("count"))
        .where(Event.actor_id == by)
        .group_by(Event.kind)
    )
    counted = {row.kind: row.count for row in found}
    assert counted["person.created"] == counted["login.created"] == 2
    assert counted["appointment.started"] == 2
    assert counted["import.checked"] == counted["import.confirmed"] == 1
    assert counted["import.ended"] == 1


def test_every_row_that_is_refused_says_where_and_why(office: Office, check: Check) -> None:
    made = check(
        "冉1,422826-rsj,ran,联系人,123,4228991985,2020-01-01",
        "谭晓峰,没有的单位,Tan!,站长,,,",
        "谭晓峰,422827-rsj,tanxiaofeng,账户管理员,,,",
        "姚海洋,422826-rsj,yaohaiyang,,,,",
        "别人,422826-jyzx,yaohaiyang,,,,",
        "胡敏,422800-rsj,humin,,,,",
        "甲,422826-rsj,jia,,,,",
        "乙,422826-rsj,jia,系统管理员、操作员,,,",
        ",,,,,,",
        ",422826-rsj,yi,,,,",
    )
    told = faults(office, made)
    wanted = [
        (2, "姓名", "里有数字"),
        (2, "电话", "不对"),
        (2, "身份证号", "应当是 18 位"),
        (2, "登录到期日", "已经过去了"),
        (3, "单位", "没有“没有的单位”"),
        (3, "用户名", "要以英文字母开头"),
        (3, "岗位", "没有叫“站长”的"),
        (4, "单位", "不在您的管理范围内"),
        (4, "岗位", "只由审批通过的申请表任免"),
        (5, "单位", "现在是咸丰县公共就业服务中心"),
        (6, "用户名", "已经是姚海洋"),
        (7, "用户名", "已有人使用"),
        (9, "用户名", "和第 8 行的一样"),
        (9, "岗位", "不能和已有的管理岗位"),
        (11, "姓名", "没有填"),
    ]
    for n, column, words in wanted:
        assert any(n == at and column == where and words in why for at, where, why in told), words
    assert (made.rows, made.ready, made.refused) == (9, 1, 8)
    assert all(why.endswith("。") for _n, _column, why in told)


def test_the_report_is_a_file_without_whole_numbers(office: Office, check: Check) -> None:
    made = check(f"甲,422826-rsj,jia,,,{NUMBER[:-1]}0,", f"乙,422826-rsj,yi,,{NUMBER},,")
    data = reporting.report(queries.refused_rows(office.session, made.id), "没有导入的行")
    page = load_workbook(io.BytesIO(data)).worksheets[0]
    cells = [[cell.value for cell in row] for row in page.iter_rows(min_row=4)]
    assert [row[0] for row in cells] == ["2", "3"]
    assert cells[0][3] == "身份证号"
    assert NUMBER[:-1] not in str(cells)


def test_the_same_sheet_twice_adds_nobody_twice(
    office: Office, check: Check, confirmed: Check
) -> None:
    """The same page: the same import. Another page: everybody is there already."""
    assert check(*GOOD, key="page").id == check(*GOOD, key="page").id
    early = check(*GOOD)  # checked before, confirmed after the other
    confirmed(*GOOD)
    work(office)
    again = check(*GOOD)
    assert (again.same, again.ready) == (2, 0)
    with pytest.raises(NothingToImport):
        service.confirm(
            office.session, actor=office.actor(ADMIN), now=office.now, import_id=again.id
        )
    office.session.rollback()
    before = people(office)
    now = clock.utcnow()
    service.confirm(office.session, actor=office.actor(ADMIN), now=now, import_id=early.id)
    office.session.commit()
    work(office)
    assert people(office) == before
    assert office.session.get_one(Import, early.id).done == 2


def test_positions_are_added_to_who_is_there(
    office: Office, check: Check, confirmed: Check
) -> None:
    row = "姚海洋,422826-jyzx,yaohaiyang,联系人、验证人员,,,"
    rev = person_of(office.session, "yaohaiyang").rev
    confirmed(row)
    work(office)
    held = {one.position for one in office.actor("yaohaiyang").positions}
    assert {"clerk", "tester"} <= held
    assert person_of(office.session, "yaohaiyang").rev == rev + 1
    clerks = select(func.count()).where(
        Appointment.person_id == person_of(office.session, "yaohaiyang").id,
        Appointment.position == Position.CLERK,
    )
    assert office.session.scalar(clerks) == 1
    assert check(row).same == 1


def test_a_killed_worker_goes_on_where_it_was(
    office: Office, confirmed: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that ended half way is as if it had not begun; one done again changes nothing."""
    monkeypatch.setattr(importing, "STEP", 2)
    names = ("甲", "乙", "丙", "丁", "戊")
    made = confirmed(*(f"{name},422826-rsj,user-{n},,,," for n, name in enumerate(names)))
    row = office.session.scalars(select(Outbox).where(Outbox.topic == importing.TOPIC)).one()
    service.step(office.session, row.payload, office.now)
    office.session.rollback()  # killed before its commit
    assert [one.state for one in rows_of(office, made)] == [RowState.READY] * 5
    outbox.work_off(1)
    service.step(office.session, row.payload, office.now)  # delivered twice
    office.session.commit()
    work(office)
    assert made.state is ImportState.DONE
    assert [one.state for one in rows_of(office, made)] == [RowState.DONE] * 5
    added = select(func.count()).where(Login.username.startswith("user-"))
    assert office.session.scalar(added) == 5


def test_what_changed_meanwhile_is_told_and_the_rest_goes_on(
    office: Office, confirmed: Check, keep: Act
) -> None:
    made = confirmed(*GOOD)
    keep("change_person", "qinyongan", name="秦永平", unit="422826-jyzx", phone=None)
    login = office.session.scalars(select(Login).where(Login.username == "qinyongan")).one()
    login.username = "ranxinmin"
    office.session.commit()
    work(office)
    states = [row.state for row in rows_of(office, made)]
    assert states == [RowState.FAILED, RowState.DONE]
    assert "已经是秦永平" in faults(office, made)[0][2]
    assert (made.done, made.failed) == (1, 1)


def test_an_import_can_be_stopped(
    office: Office, confirmed: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "STEP", 1)
    made = confirmed(*GOOD)
    outbox.work_off(1)
    for _ in range(2):
        service.stop(office.session, actor=office.actor(ADMIN), now=office.now, import_id=made.id)
    office.session.commit()
    work(office)
    assert made.state is ImportState.STOPPED
    assert [row.state for row in rows_of(office, made)] == [RowState.DONE, RowState.SKIPPED]
    with pytest.raises(ImportOver):
        service.confirm(
            office.session, actor=office.actor(ADMIN), now=office.now, import_id=made.id
        )


def test_who_is_no_administrator_any_more_imports_nothing(office: Office, confirmed: Check) -> None:
    made = confirmed(*GOOD)
    office.dismiss(Position.SYSTEM_ADMIN, "422826-rsj")
    office.session.commit()
    work(office)
    assert (made.done, made.failed) == (0, 2)
    assert "已经不是系统管理员" in faults(office, made)[0][2]


def test_a_step_that_never_comes_off_is_told(office: Office, confirmed: Check) -> None:
    made = confirmed(*GOOD)
    row = office.session.scalars(select(Outbox).where(Outbox.topic == importing.TOPIC)).one()
    service.give_up(office.session, row.id, office.now)
    office.session.commit()
    assert made.state is ImportState.DONE
    assert "反复出错" in faults(office, made)[0][2]
    assert OutboxDied is not None


def test_old_imports_go(office: Office, check: Check) -> None:
    made = check(*GOOD)
    service.sweep(office.session, now=office.now + DAY * 2)
    office.session.commit()
    office.session.expire_all()
    assert made.state is ImportState.EXPIRED
    assert [row.data_sealed for row in rows_of(office, made)] == [None, None]
    with pytest.raises(ImportOver):
        service.confirm(
            office.session, actor=office.actor(ADMIN), now=office.now, import_id=made.id
        )
    office.session.rollback()
    service.sweep(office.session, now=office.now + timedelta(days=40))
    assert office.session.scalar(select(func.count()).select_from(ImportRow)) == 0


def test_an_import_is_its_owners_alone(office: Office, check: Check) -> None:
    made = check(*GOOD)
    for by in (SECOND, STRANGER):
        with pytest.raises(ImportNotFound):
            service.confirm(
                office.session, actor=office.actor(by), now=office.now, import_id=made.id
            )
    with pytest.raises(Forbidden):
        check(*GOOD, by="qinyongan")


def test_numbers_lie_sealed(office: Office, check: Check) -> None:
    made = check(*GOOD)
    stored = [row.data_sealed or b"" for row in rows_of(office, made)]
    assert all(NUMBER.encode() not in data and b"15400010001" not in data for data in stored)
    facts = [str(event.data) for event in office.session.scalars(select(Event))]
    assert not any(NUMBER in fact for fact in facts)


def test_the_pages_lead_from_the_sheet_to_the_people(
    office: Office, browser: Callable[[str], Browser]
) -> None:
    """Upload, report, confirmation, end; as a person without a script sees them."""
    desk = browser(SECOND)
    page = desk.get("/people/imports").text
    key = page.split('name="client_key" value="', 1)[1].split('"', 1)[0]
    text = "\n".join([TITLES, GOOD[0], "甲,没有,jia,,,,"]).encode()

    def send(data: bytes, name: str = "人员.csv") -> Any:
        return desk.post("/people/imports", client_key=key, file=(io.BytesIO(data), name))

    first, second = send(text), send(text)
    assert first.location == second.location
    shown = desk.get(first.location).text
    assert "第 3 行" in shown
    assert "导入这 1 人" in shown
    report = desk.get(f"{first.location}/report.xlsx")
    assert report.data.startswith(b"PK")
    desk.post(f"{first.location}/confirm")
    work(office)
    assert "导入 1 行" in desk.get(first.location).text
    assert office.actor("ranxinmin").holds("clerk")
    wrong = send(b"a,b\n1,2\n")
    assert wrong.status_code == 422
    assert "没有找到标题行" in wrong.text
    assert "还没有选文件" in desk.post("/people/imports", client_key=key).text
