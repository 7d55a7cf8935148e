"""通讯录 as a clerk sees it."""

import io
import re

import pytest
from openpyxl import load_workbook

from app.core.sheets import XLSX, Sheet, as_xlsx
from app.phonebook.sheets import Column
from tests.support.story import Story
from tests.weihai.lists import numbers
from tests.weihai.test_list_pages import signed_in, token
from tests.weihai.test_message_send import CITY, COUNTY, LEADER, NOW

PHONE, OTHER = numbers(2)
GIVEN = {
    "kind": "person",
    "name": "毕淑芬",
    "phone": PHONE,
    "operator": "unknown",
    "source": "hall",
    "collected_on": "2027-01-05",
    "verification": "none",
}


@pytest.fixture(autouse=True)
def day(story: Story) -> None:
    story.at(NOW)


def test_an_empty_book_says_what_to_do(story: Story) -> None:
    page = signed_in(story, COUNTY).get("/phonebook").text
    assert "通讯录还是空的" in page
    assert "登记一个号码" in page
    looked = signed_in(story, LEADER)
    assert "登记一个号码" not in looked.get("/phonebook").text
    assert looked.get("/phonebook/new").status_code == 403


def test_a_number_is_entered_changed_marked_and_found(story: Story) -> None:
    client = signed_in(story, COUNTY)
    sent = GIVEN | {"csrf_token": token(client, "/phonebook/new")}
    # Nobody's operator is guessed, not by leaving a field alone either.
    assert '<option value="unknown" selected>' in client.get("/phonebook/new").text
    refused = client.post("/phonebook", data=sent | {"phone": "123", "name": "毕淑芬芬"})
    assert refused.status_code == 422
    assert "不是 11 位手机号" in refused.text
    assert 'value="毕淑芬芬"' in refused.text
    answer = client.post("/phonebook", data=sent)
    assert answer.status_code == 302
    path = answer.location
    again = client.post("/phonebook", data=sent)
    assert again.status_code == 409
    assert "已经在本区市的通讯录里" in again.text
    page = client.get(path).text
    assert "154****0000" in page
    assert PHONE not in page
    changed = sent | {"version": "1", "phone": "", "group_name": "求职登记"}
    assert client.post(f"{path}/change", data=changed).status_code == 302
    late = client.post(f"{path}/change", data=changed | {"name": "毕淑兰"})
    assert late.status_code == 409
    assert 'value="毕淑兰"' in late.text
    marked = {"csrf_token": sent["csrf_token"], "version": "2", "state": "wrong", "reason": ""}
    unexplained = client.post(f"{path}/mark", data=marked)
    assert unexplained.status_code == 422
    assert "请写明原因" in unexplained.text
    assert client.post(f"{path}/mark", data=marked | {"reason": "停机"}).status_code == 302
    page = client.get(path).text
    for word in ("改了分组", "改为错号：停机", "恢复使用"):
        assert word in page
    found = client.post("/phonebook/find", data={"csrf_token": sent["csrf_token"], "phone": PHONE})
    assert "毕淑芬" in found.text
    assert "求职登记" in client.get("/phonebook?group=求职登记&state=wrong").text
    assert "没有符合条件的号码" in client.get("/phonebook?state=active").text


def test_a_sheet_makes_a_report(story: Story) -> None:
    client = signed_in(story, COUNTY)
    empty = client.get("/phonebook/imports/sheet.xlsx")
    titles = [cell.value for cell in load_workbook(io.BytesIO(empty.data)).worksheets[0][3]]
    rows = [
        ["个人", "毕淑芬", phone, "", "", "服务大厅", "2027-01-05", "", "", ""]
        for phone in (*numbers(60), *numbers(55))
    ]
    data = as_xlsx(Sheet("通讯录", "", [Column(str(title)) for title in titles], rows))
    sent = {"csrf_token": token(client, "/phonebook/imports"), "client_key": "k" * 32}
    paths = set()
    for _ in range(2):  # a double click is one import
        file = (io.BytesIO(data), "号码.xlsx", XLSX)
        answer = client.post("/phonebook/imports", data=sent | {"file": file})
        assert answer.status_code == 302, answer.text
        paths.add(answer.location)
    (path,) = paths
    page = client.get(path).text
    assert "115 行，收进通讯录 60 个" in page
    following = re.search(r'href="([^"]*cursor=[^"]+)" rel="next"', page)
    assert following is not None
    assert "和上面第" in client.get(following[1].replace("&amp;", "&")).text
    file = load_workbook(io.BytesIO(client.get(f"{path}/report.xlsx").data)).worksheets[0]
    assert sum(1 for row in file.iter_rows(min_row=4) if row[0].value) == 55
    assert "号码.xlsx" in client.get("/phonebook/imports").text
    missing = client.post("/phonebook/imports", data=sent)
    assert missing.status_code == 422
    assert "还没有选文件" in missing.text
    assert "荣成市" in signed_in(story, CITY).get("/phonebook").text
