"""Ten new colleagues by spreadsheet: the sheet to fill in, and what becomes of a filled one."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app.core.sheets import XLSX
from app.demo import people as invented
from app.tickets.models import Ticket
from app.tickets.types import TicketState
from tests.support.office import PROCESS, Browser, Office

CLERK, STRANGER = "yaohaiyang", "qinyongan"
SHEET = f"/start/{PROCESS}/rows/people.xlsx"
HEADS = ["申请类别*", "姓名*", "身份证号*", "联系方式*", "岗位角色名称*", "具体要求", "子系统"]


def filled(template: bytes, *rows: dict[str, Any]) -> bytes:
    book = load_workbook(io.BytesIO(template))
    page = book.worksheets[0]
    keys = ("kind", "name", "id_number", "phone", "post", "requirement", "subsystem")
    for n, row in enumerate(rows, start=4):
        for place, key in enumerate(keys, start=1):
            page.cell(n, place).value = row.get(key)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def colleague(n: int, **changed: Any) -> dict[str, Any]:
    found = invented.row(n, post="审核岗", requirement="分配审核岗权限")
    return {**found, "kind": "新增", "post": "审核岗", **changed}


@pytest.fixture
def clerk(browser: Callable[[str], Browser]) -> Browser:
    return browser(CLERK)


@pytest.fixture
def template(clerk: Browser) -> bytes:
    answer = clerk.get(SHEET)
    assert answer.mimetype == XLSX
    data: bytes = answer.data
    return data


def upload(clerk: Browser, data: bytes, name: str = "rows.xlsx", **more: Any) -> Any:
    fields = {"subsystem": "gig-station", "contact_phone": "0718-8200000", "sheet": "people"}
    return clerk.post(
        f"/start/{PROCESS}",
        **fields,
        client_key="one-page",
        **{"sheet-people": (io.BytesIO(data), name)},
        **more,
    )


def test_the_sheet_says_how_it_is_filled(template: bytes) -> None:
    """Columns, choices to pick from, a comment a head, and no row that could be sent by mistake."""
    book = load_workbook(io.BytesIO(template))
    page = book.worksheets[0]
    assert [cell.value for cell in page[3]] == HEADS
    assert all(cell.comment and len(cell.comment.text) > 4 for cell in page[3])
    assert not any(cell.value for row in page.iter_rows(min_row=4) for cell in row)
    rules = {str(rule.sqref).split(":")[0]: rule for rule in page.data_validations.dataValidation}
    assert set(rules) == {"A4", "E4", "G4"}
    assert page["C4"].number_format == "@"
    assert [cell.value for cell in book["选项"]["A"] if cell.value] == ["新增", "注销", "修改"]


def test_ten_colleagues_come_by_sheet(office: Office, clerk: Browser, template: bytes) -> None:
    """The rows stand on the page, the draft is not sent; then it is sent as any other."""
    rows = [colleague(n) for n in range(60, 70)]
    page = upload(clerk, filled(template, *rows))
    assert page.status_code == 200, page.text
    for row in rows:
        assert row["id_number"] in page.text
    assert office.session.scalars(select(Ticket)).one().state is TicketState.DRAFT


def test_rows_go_below_those_that_stand(clerk: Browser, template: bytes) -> None:
    """What was typed stays."""
    first = {f"people-0-{k}": str(v) for k, v in invented.row(59, post="review").items()}
    page = upload(clerk, filled(template, colleague(58)), **first)
    assert page.text.index(first["people-0-id_number"]) < page.text.index(
        colleague(58)["id_number"]
    )


def test_each_wrong_cell_is_marked(clerk: Browser, template: bytes) -> None:
    """As if it had been pasted: the right cells stay, the wrong ones say why."""
    rows = [colleague(61), colleague(62, id_number="422899197803151117", post="没有的岗")]
    page = upload(clerk, filled(template, *rows))
    assert "没有的岗”不在选项里" in page.text
    assert "第 2 行" in page.text
    assert rows[0]["id_number"] in page.text


@pytest.mark.parametrize(
    ("data", "name", "told"),
    [
        (b"", "rows.xlsx", "文件是空的"),
        (b"not a sheet", "rows.xlsx", "申请内容"),
        ("姓名,电话\n李冬梅,1\n".encode(), "rows.csv", "没有找到标题行"),
        (b"%PDF-1.4 ", "rows.pdf", "申请内容"),
    ],
)
def test_another_file_is_refused_in_words(
    clerk: Browser, data: bytes, name: str, told: str
) -> None:
    """What stands on the page is kept."""
    page = upload(clerk, data, name)
    assert page.status_code == 422
    assert told in page.text
    assert "0718-8200000" in page.text


def test_nothing_chosen_is_told(clerk: Browser) -> None:
    """The button without a file."""
    fields = {"sheet": "people", "client_key": "one-page", "contact_phone": "0718-8200000"}
    page = clerk.post(f"/start/{PROCESS}", **fields)
    assert "请先选择填好的表格" in page.text


def test_the_sheet_is_for_those_who_may_start(browser: Callable[[str], Browser]) -> None:
    """And there is none for what is no list."""
    assert browser("pengxiuying").get(SHEET).status_code == 403
    assert browser(CLERK).get(SHEET.replace("people", "subsystem")).status_code == 404
