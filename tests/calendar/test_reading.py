"""Days as notices write them, and files of notices."""

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.calendar.days import DayKind
from app.calendar.models import Notice, NoticeDay
from app.calendar.reading import read_days
from app.calendar.types import Said
from tests.support.office import Office


def off(text: str) -> list[tuple[str, str]]:
    said, faults = read_days(text, 2027, DayKind.OFF)
    assert faults == []
    return [(one.day.isoformat()[5:], one.name) for one in said]


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-01 至 2027-01-03 元旦",
        "1月1日至3日 元旦",
        "1月1日（周五）至1月3日（周日）放假调休，共3天，元旦",
        "01-01..01-03 元旦",
        "2027年1月1日—3日，元旦",
        "2027/1/1-2027/1/3 元旦",
        "1月1日 元旦；1月2日至3日元旦",
    ],
)
def test_ways_to_write_the_same_days(text: str) -> None:
    assert off(text) == [("01-01", "元旦"), ("01-02", "元旦"), ("01-03", "元旦")]


def test_days_one_by_one() -> None:
    assert off("2月14日（周日）、2月28日（周日）上班") == [("02-14", ""), ("02-28", "")]


@pytest.mark.parametrize(
    "text",
    [
        "3月8日 妇女节",
        "3月8日（周一）下午放假，妇女节",
        "3月8日（下午）妇女节",
        "3月8日上午上班，下午放假，妇女节",
    ],
)
def test_afternoons_off(text: str) -> None:
    assert read_days(text, 2027, DayKind.HALF) == (
        [Said(date(2027, 3, 8), DayKind.HALF, "妇女节")],
        [],
    )


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (DayKind.OFF, "3月8日下午放假"),
        (DayKind.OFF, "3月8日（半天）妇女节"),
        (DayKind.WORK, "2月14日上午上班"),
        (DayKind.HALF, "3月8日上午放假"),
    ],
)
def test_half_a_day_in_the_wrong_place(kind: DayKind, text: str) -> None:
    said, (fault,) = read_days(text, 2027, kind)
    assert (said, fault.path) == ([], kind.value)
    assert "下午放假的日子" in fault.message


@pytest.mark.parametrize(
    "text",
    ["元旦", "2月30日", "1月3日至1日", "2027-01-01 至 2027-06-01", "2027-13-01", "1月1日至40日"],
)
def test_what_cannot_be_read_is_said(text: str) -> None:
    said, faults = read_days(text, 2027, DayKind.OFF)
    assert said == []
    assert [one.path for one in faults] == ["off"]
    assert "“" in faults[0].message


NOTICES = """
notices:
  - {year: 2027, number: 试国〔2026〕1号, title: 2027年部分节假日安排,
     off: ["1月1日至3日 元旦", 2027-02-06], work: ["1月9日"]}
  - {unit: "422800", year: 2025, number: 试州〔2025〕1号, title: 州庆放假,
     off: "8月18日至19日 州庆", half: ["8月20日"]}
"""
SHEET = """单位,年份,文号,标题,类型,从,到,名称
,2027,试国〔2026〕1号,2027年部分节假日安排,放假,2027-01-01,2027-01-03,元旦
,2027,试国〔2026〕1号,2027年部分节假日安排,放假,2027-02-06,,
,2027,试国〔2026〕1号,2027年部分节假日安排,上班,2027-01-09,,
422800,2025,试州〔2025〕1号,州庆放假,放假,2025-08-18,2025-08-19,州庆
422800,2025,试州〔2025〕1号,州庆放假,下午放假,2025-08-20,,
"""


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("n.yaml", NOTICES.encode()),
        ("n.csv", SHEET.encode()),
        ("n.csv", b"\xef\xbb\xbf" + SHEET.encode()),
        ("n.csv", SHEET.encode("gb18030")),
    ],
)
def test_a_file_of_notices(
    app: Flask, office: Office, tmp_path: Path, name: str, data: bytes
) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    done = app.test_cli_runner().invoke(args=["calendar", "import", str(file)])
    assert (done.exit_code, done.output) == (0, "已录入 2 份通知。\n")
    rows = office.session.execute(
        select(Notice.number, func.count())
        .join(NoticeDay, NoticeDay.notice_id == Notice.id)
        .where(Notice.source == "imported")
        .group_by(Notice.number)
        .order_by(func.count())
    )
    assert [tuple(row) for row in rows] == [("试州〔2025〕1号", 3), ("试国〔2026〕1号", 5)]
    work = select(NoticeDay.day).where(NoticeDay.day == date(2027, 1, 9), NoticeDay.stands)
    assert office.session.scalars(work).all() == [date(2027, 1, 9)]
    half = select(NoticeDay.day).where(NoticeDay.kind == DayKind.HALF)
    assert office.session.scalars(half).all() == [date(2025, 8, 20)]


WRONG = """
notices:
  - {year: 27, number: 甲, title: 一, off: ["某日"]}
  - {unit: "999999", year: 2027, number: 乙, title: 二, off: "1月1日"}
  - {year: 2027, number: 丙, title: "", off: "1月1日"}
  - {year: 2027, number: 丁, title: 四, off: "1月1日"}
  - {year: 2027, number: 戊, title: 五, off: "1月1日"}
"""


def test_every_fault_at_once_and_nothing_is_entered(
    app: Flask, office: Office, tmp_path: Path
) -> None:
    file = tmp_path / "n.yml"
    file.write_text(WRONG, encoding="utf-8")
    done = app.test_cli_runner().invoke(args=["calendar", "import", str(file)])
    assert done.exit_code == 1
    for told in (
        *(
            "有 5 处要改，什么也没有录入。",
            "第 1 份通知（甲）：年份",
            "第 1 份通知（甲）：“某日”读不懂",
        ),
        *(
            "第 2 份通知（乙）：没有代码",
            "第 3 份通知（丙）：请填标题",
            "第 5 份通知（戊）：2027年1月1日",
        ),
    ):
        assert told in done.output
    imported = select(Notice.id).where(Notice.source == "imported")
    assert office.session.scalars(imported).all() == []


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("n.yaml", b"{", "文件不是 YAML"),
        ("n.yaml", b"- 1", "文件里要有 notices"),
        ("n.yaml", b"notices: []", "文件里没有通知"),
        ("n.yaml", b"notices: [1]", "第 1 份通知读不懂"),
        ("n.csv", b"a,b", "表头缺少"),
        ("n.csv", SHEET.replace("上班", "补班").encode(), "要写成放假、上班或者下午放假"),
    ],
)
def test_files_that_cannot_be_read(
    app: Flask, tmp_path: Path, name: str, data: bytes, told: str
) -> None:
    file = tmp_path / name
    file.write_bytes(data)
    done = app.test_cli_runner().invoke(args=["calendar", "import", str(file)])
    assert done.exit_code == 1
    assert told in done.output
