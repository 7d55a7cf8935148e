"""W21P §12, W17S §12 over REST: a county keeps the numbers of its own people and employers."""

import io
from typing import Any

import pytest
import yaml
from openpyxl import load_workbook
from sqlalchemy import select

from app.core.sheets import XLSX
from app.demo.phonebook import fill_phonebook
from app.phonebook.models import PhoneEntry
from scripts.process import ROOT
from tests.support.phonebook import imported, written
from tests.support.story import Json, Story
from tests.weihai.lists import numbers, person
from tests.weihai.test_list_pages import signed_in

COUNTY, NEAR, CITY, REVIEWER, HOTLINE = (
    *("congpeijun", "bixuemei", "biwenbo", "songhaiyan"),
    "juxiaodong",
)
NOW = "2027-01-18 09:00"
PHONE, OTHER = numbers(2)
GIVEN: Json = {
    "kind": "person",
    "name": "毕淑芬",
    "phone": PHONE,
    "operator": "unicom",
    "source": "kiosk",
    "collected_on": "2027-01-05",
}


@pytest.fixture(autouse=True)
def day(story: Story) -> None:
    story.at(NOW)


def added(story: Story, username: str = COUNTY, **changed: Any) -> Json:
    return story.do(username, "/phonebook", GIVEN | changed, says=201)


def test_a_number_from_its_entry_to_its_correction(story: Story) -> None:
    """Each change is on record, with who made it and why; no screen shows the whole number."""
    made = added(story)
    assert (made["phone"], made["area"]["code"]) == ("154****0000", "371082")
    path = f"/phonebook/{made['id']}"
    wrong = story.do(
        COUNTY, f"{path}/mark", {"version": 1, "state": "wrong", "reason": "打过去是空号"}
    )
    assert (wrong["state"], wrong["state_reason"], wrong["version"]) == ("wrong", "打过去是空号", 2)
    body = {**GIVEN, "phone": OTHER, "verification": "called", "verified_on": "2027-01-18"}
    stale = story.do(COUNTY, f"{path}/change", {**body, "version": 1}, says=409)
    assert stale["code"] == "phone_entry_changed"
    mended = story.do(COUNTY, f"{path}/change", {**body, "version": 2})
    assert (mended["state"], mended["phone"]) == ("active", "154****0001")
    kept = story.session.get_one(PhoneEntry, made["id"])
    assert PHONE.encode() not in kept.phone
    assert story.see(COUNTY, "/phonebook", state="wrong")["items"] == []


def test_one_number_is_there_once_for_a_person_and_once_for_an_employer(story: Story) -> None:
    made = added(story)
    twice = story.do(COUNTY, "/phonebook", GIVEN, says=409)
    assert twice["code"] == "phone_entry_twice"
    employer = added(story, kind="employer", name="荣成示例渔业公司")
    body = {**GIVEN, "kind": "person", "name": "荣成示例渔业公司", "version": 1}
    refused = story.do(COUNTY, f"/phonebook/{employer['id']}/change", body, says=409)
    assert refused["code"] == "phone_entry_twice"
    found = story.do(COUNTY, "/phonebook/find", {"phone": PHONE})["items"]
    assert [one["id"] for one in found] == [made["id"], employer["id"]]


def test_another_county_neither_sees_nor_changes_it(story: Story) -> None:
    """R12, R13. The city sees all its counties and writes in them; the hotline has no part."""
    made = added(story)
    path = f"/phonebook/{made['id']}"
    assert story.desk(NEAR).get(path).status_code == 404
    assert story.see(NEAR, "/phonebook")["items"] == []
    assert story.do(NEAR, "/phonebook/find", {"phone": PHONE})["items"] == []
    act = {"version": 1, "state": "stopped", "reason": "不用了"}
    assert story.do(NEAR, f"{path}/mark", act, says=404)["code"] == "phone_entry_not_found"
    foreign = story.do(COUNTY, "/phonebook", {**GIVEN, "area": "文登区"}, says=422)
    assert foreign["errors"][0]["code"] == "foreign"
    assert story.see(REVIEWER, path)["name"] == "毕淑芬"
    assert story.do(REVIEWER, f"{path}/mark", act, says=403)["code"] in ("not_yours", "position")
    assert story.desk(HOTLINE).get("/phonebook").status_code == 403
    assert story.do(CITY, f"{path}/mark", act)["state"] == "stopped"
    assert added(story, CITY, area="文登区")["area"]["name"] == "文登区"
    missing = story.do(CITY, "/phonebook", GIVEN, says=422)
    assert missing["errors"][0]["path"] == "area"


def test_a_sheet_is_judged_row_by_row(story: Story) -> None:
    """The good rows are kept; the same number twice, one that is there, one of another county and
    one that is none are named.
    """
    added(story)
    clerk = person(story.session, COUNTY, story.at(NOW))
    phones = numbers(5)
    rows = [
        written(phones[0]),
        written(phones[1], operator="电信", group_name="求职登记"),
        written(phones[1]),
        written(phones[2], area="文登区"),
        written("12345"),
        written(phones[4], kind="单位", name="荣成示例水产公司"),
    ]
    made = imported(story.session, clerk, story.at(NOW), *rows)
    story.session.commit()
    path = f"/phonebook/imports/{made.id}"
    shown = story.see(COUNTY, path)
    assert (shown["read"], shown["taken"]) == (6, 2)
    found = story.see(COUNTY, f"{path}/findings")["items"]
    assert [(one["row"], one["code"]) for one in found] == [
        *((4, "there"), (6, "duplicate"), (7, "foreign"), (8, "phone")),
    ]
    assert story.desk(NEAR).get(path).status_code == 404
    grouped = story.see(COUNTY, "/phonebook", group="求职登记")["items"]
    assert [one["operator"] for one in grouped] == ["telecom"]
    named = story.see(COUNTY, "/phonebook", name="荣成", kind="employer")["items"]
    assert [one["name"] for one in named] == ["荣成示例水产公司"]
    unknown = story.see(COUNTY, "/phonebook", operator="unknown")["items"]
    assert len(unknown) == 1


def test_a_sheet_over_rest_without_a_good_row_keeps_nothing(story: Story) -> None:
    sheet = "类别,姓名,手机号,来源,采集日期\n个人,毕淑芬,123,服务大厅,2027-01-05\n".encode()
    files = {"file": (io.BytesIO(sheet), "号码.csv")}
    refused = story.desk(COUNTY).upload("/phonebook/imports", files)
    assert (refused.status_code, refused.json["code"]) == (422, "nothing_taken")
    assert story.see(COUNTY, "/phonebook/imports")["items"] == []
    assert story.session.scalars(select(PhoneEntry)).all() == []


def test_pages_of_a_book_come_in_order_and_whole(story: Story) -> None:
    clerk = person(story.session, COUNTY, story.at(NOW))
    rows = [written(phone, name=f"毕{n:02}") for n, phone in enumerate(numbers(25))]
    imported(story.session, clerk, story.at(NOW), *rows)
    story.session.commit()
    for words in ({}, {"name": "毕"}):
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            more = {"cursor": cursor} if cursor else {}
            page = story.see(COUNTY, "/phonebook", limit=10, **words, **more)
            seen += [one["name"] for one in page["items"]]
            cursor = page["next_cursor"]
        assert len(set(seen)) == len(seen) == 25
        assert seen == sorted(seen, reverse=not words)


def test_the_file_has_masked_numbers_and_is_on_record(story: Story) -> None:
    added(story, group_name="=1+1")
    from_page = signed_in(story, REVIEWER).get("/phonebook/book.xlsx?kind=person")
    assert from_page.mimetype == XLSX
    sheet = load_workbook(io.BytesIO(from_page.data)).worksheets[0]
    (row,) = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=4)]
    assert row[:5] == ["个人", "毕淑芬", "154****0000", "联通", "荣成市"]
    assert row[9] == "=1+1"
    kinds = [one["type"] for one in story.see("jiangliping", "/events")["items"]]
    assert "phonebook.exported" in kinds


def test_the_demonstration_has_a_book(story: Story) -> None:
    """Every row of it is right, and loading it again adds none."""
    book = yaml.safe_load((ROOT / "regions" / "weihai.demo.yaml").read_text("utf-8"))["phonebook"]
    for _ in range(2):
        assert fill_phonebook(story.session, story.at(NOW), book) == len(book["rows"])
    story.session.commit()
    assert len(story.see(COUNTY, "/phonebook", group="重点企业")["items"]) == 6
