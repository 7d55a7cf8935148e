"""E23R 第七条（五）: the operating company has the record of what it was asked for and did."""

from io import BytesIO

from openpyxl import load_workbook

from app.core.sheets import XLSX
from tests.requirements.road import CENTER, COMPANY, COMPANY_TESTER, COUNTY, KEY, Road, asked
from tests.support.story import Story

BOOK = f"/ledgers/{KEY}"


def test_the_company_reads_and_exports_its_book_and_no_other(story: Story, road: Road) -> None:
    """Every requirement of the prefecture with its number, no telephone, no book of accounts."""
    story.at("2026-10-12 09:00")
    numbers = []
    for _ in range(2):
        numbers.append(story.ask(COUNTY, KEY, asked()))
        road.to_evaluation(numbers[-1])
    unnumbered = story.ask(COUNTY, KEY, asked())

    assert [one["name"] for one in story.see(COMPANY, "/ledgers")["items"]] == [KEY]
    seen = story.see(COMPANY, BOOK)["items"]
    assert seen == story.see(CENTER, BOOK)["items"]
    assert {one["ticket"] for one in seen} == set(numbers)
    assert "15400000109" not in str(seen)
    assert unnumbered not in str(seen)

    desk = story.desk(COMPANY)
    asks = {"Authorization": f"Bearer {desk.token}", "Accept": XLSX}
    sheet = desk.client.get(f"/api/v1{BOOK}", headers=asks)
    assert sheet.status_code == 200, sheet.text
    book = load_workbook(BytesIO(sheet.data)).active
    assert book is not None
    cells = [str(cell) for row in book.iter_rows(values_only=True) for cell in row if cell]
    assert "LDLXX-XQ-2026-0013" in cells
    assert not [one for one in cells if "15400000109" in one]

    story.at("2026-11-02 09:00")
    freeze = f"{BOOK}/months/2026-10/freeze"
    assert story.desk(COMPANY).post(freeze, {"rows": 2, "last_serial": 2}).status_code in (403, 404)
    for path in ("/ledgers/accounts", "/ledgers/grants", "/ledgers/nothing"):
        assert story.desk(COMPANY).get(path).status_code == 404
    for path in (BOOK, "/ledgers/accounts"):
        assert story.desk(COMPANY_TESTER).get(path).status_code == 404
    assert story.see(COMPANY_TESTER, "/ledgers")["items"] == []
