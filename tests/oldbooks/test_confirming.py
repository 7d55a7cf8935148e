"""One file is booked once, by two people, and what was reported is what is booked."""

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.attachments.types import Accepted
from app.audit.models import Event
from app.demo import people as invented
from app.ledgers.models import LedgerRow
from app.oldbooks import service
from app.oldbooks.models import OldBookRow
from app.oldbooks.types import BookSettled
from app.processes.models import ProcessVersion
from app.processes.types import VersionState
from tests.oldbooks.paper import (
    LEADER,
    SECOND,
    UPLOADER,
    XIANG,
    Paper,
    csv,
    line,
    post,
    states,
)
from tests.support.office import Counter, Office, race


def booked(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(LedgerRow)) or 0


def test_the_same_file_is_booked_once(paper: Paper, session: Session) -> None:
    """Sent twice it is one import; by somebody else, or once it is booked, it is told."""
    first = paper.send(line(*XIANG))
    assert paper.send(line(*XIANG))["id"] == first["id"]
    twice = paper.send(line(*XIANG), by=SECOND, says=409)
    assert twice["code"] == "old_book_twice"
    assert "正在等确认" in twice["detail"]
    paper.confirm(first)
    again = paper.confirm(first, by=LEADER, says=409)
    assert (again["code"], again["current"]) == ("old_book_settled", "confirmed")
    assert "谭桂芳已经在 2026-11-23" in again["detail"]
    assert "已经导入" in paper.send(line(*XIANG), says=409)["detail"]
    assert booked(session) == 1
    kinds = select(Event.kind).where(Event.kind.startswith("old_book.")).order_by(Event.id)
    assert list(session.scalars(kinds)) == ["old_book.checked", "old_book.confirmed"]
    assert not session.scalars(
        select(OldBookRow).where(OldBookRow.fields_sealed.is_not(None))
    ).all()


def test_the_same_rows_in_another_file_are_there_already(paper: Paper, session: Session) -> None:
    paper.confirm(paper.send(line(*XIANG)))
    other = paper.send(line(*XIANG, 备注="又一份"))
    assert states(other) == ["same"]
    assert paper.confirm(other, says=409)["code"] == "nothing_to_import"
    assert booked(session) == 1


def test_who_may(paper: Paper) -> None:
    report = paper.send(line(*XIANG))
    assert paper.confirm(report, by=UPLOADER, says=403)["code"] == "second_person"
    assert paper.confirm(report, by="yaohaiyang", says=403)["code"] == "not_yours"
    assert paper.confirm(report, by="ransiqi", says=404)["code"] == "old_book_not_found"
    assert paper.confirm(report, by="qinzhiming", says=403)["code"] == "not_yours"
    assert paper.send(line(*XIANG), by="wuyiming", says=403)["code"] == "position"
    stale = paper.confirm(report | {"version": 9}, says=409)
    assert stale["code"] == "stale"
    paper.confirm(report, by="wuyiming")


def test_withdrawn_it_may_come_again(paper: Paper, session: Session) -> None:
    report = paper.send(line(*XIANG))
    path = f"/imports/old-books/{report['id']}/withdraw"
    wrong = paper.story.do(UPLOADER, path, {"version": 1, "reason": " "}, says=422)
    assert wrong["errors"][0]["path"] == "reason"
    paper.story.do("wuyiming", path, {"version": 1, "reason": "表传错了"}, says=403)
    gone = paper.story.do(SECOND, path, {"version": 1, "reason": "表传错了"})
    assert (gone["state"], gone["withdrawn_by"]) == ("withdrawn", "谭桂芳")
    assert paper.confirm(gone, says=409)["current"] == "withdrawn"
    assert booked(session) == 0
    assert paper.send(line(*XIANG))["id"] != report["id"]
    items = paper.story.see(UPLOADER, "/imports/old-books")["items"]
    assert [one["state"] for one in items] == ["pending", "withdrawn"]


def test_what_has_changed_since_is_not_booked(paper: Paper, session: Session) -> None:
    """Another file has opened the account meanwhile: nothing of this one takes effect."""
    first, second = paper.send(line(*XIANG)), paper.send(line(*XIANG), post(*XIANG))
    paper.confirm(first)
    told = paper.confirm(second, says=409)
    assert told["code"] == "plan_changed"
    assert "第 2 行" in told["detail"]
    assert booked(session) == 1


def test_a_problem_that_cannot_be_sent_is_told(paper: Paper, session: Session) -> None:
    """The import is booked and the hints stand; the page says what is left to do."""
    session.execute(
        update(ProcessVersion)
        .where(ProcessVersion.key == "problem-report")
        .values(state=VersionState.RETIRED)
    )
    session.commit()
    report = paper.send(line(*XIANG), line(*XIANG, 日期="2023-10-01"))
    done = paper.confirm(report)
    assert done["tickets"] == []
    assert "限期整改的问题报告没有发出" in done["untold"]
    assert paper.story.see(UPLOADER, "/risk-hints", rule="old-books")["items"]


@pytest.mark.parametrize(
    ("data", "name", "status"),
    [
        (b"%PDF-1.7\n", "旧台账.pdf", 422),
        (b"PK\x03\x04 broken", "旧台账.xlsx", 422),
        ("姓名,身份证号,日期,单位,血型\n".encode(), "旧台账.csv", 422),
        ("姓名,身份证号,日期\n甲,1,2023-01-01\n".encode(), "旧台账.csv", 422),
        (b"", "旧台账.csv", 422),
    ],
)
def test_a_file_that_cannot_be_read(paper: Paper, data: bytes, name: str, status: int) -> None:
    told = paper.send_file(data, name, says=status)
    assert told["detail"] or told["errors"]


def test_formulas_are_refused(paper: Paper) -> None:
    told = paper.send_file(csv(line(*XIANG, 备注="=1+1")), "旧台账.csv", says=422)
    assert "第 2 行有公式" in told["detail"]


def test_a_long_book_takes_as_many_statements_as_a_short_one(
    office: Office, count_queries: Callable[[], Counter]
) -> None:
    """But for the batches in which rows are written."""
    session, counts = office.session, []
    for size, at in ((20, 0), (1000, 100)):
        lines = []
        for n in range(at, at + size // 2):
            who = (f"导入{'甲乙丙丁戊己庚辛壬癸'[n % 10]}", invented.id_number(20_000 + n))
            lines += [line(*who), post(*who)]
        counter = count_queries()
        made = service.check_sheet(
            session,
            actor=office.actor(UPLOADER),
            now=office.now,
            accepted=Accepted("旧台账.csv", "text/csv", csv(*lines)),
        )
        assert (made.rows, made.ready) == (size, size)
        by = {"actor": office.actor(SECOND), "now": office.now}
        service.confirm(session, book_id=made.id, version=1, **by)
        counts.append(len(counter))
    few, many = counts
    assert many < few + 20
    assert booked(session) == 1020
    serials = select(LedgerRow.serial).where(LedgerRow.name == "accounts")
    assert sorted(session.scalars(serials)) == list(range(1, 511))


@pytest.mark.committed
def test_two_who_confirm_at_once_book_it_once(office: Office) -> None:
    """One is heard, the other is told who was first."""
    session = office.session
    made = service.check_sheet(
        session,
        actor=office.actor(UPLOADER),
        now=office.now,
        accepted=Accepted("旧台账.csv", "text/csv", csv(line(*XIANG), post(*XIANG))),
    )
    session.commit()
    people = [office.actor(one) for one in (SECOND, "wuyiming", LEADER)]
    answers = race(
        *(
            partial(service.confirm, actor=one, now=office.now, book_id=made.id, version=1)
            for one in people
        )
    )
    refused = [one for one in answers if isinstance(one, BookSettled)]
    assert (len(answers), len(refused)) == (3, 2)
    assert booked(session) == 2
