"""收信名单 and 不发的号码 as a clerk sees them first."""

import io
import re

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from app.core.sheets import XLSX
from tests.support.story import Story
from tests.weihai.lists import numbers
from tests.weihai.test_message_send import CITY, COUNTY, NOW, REVIEWER, on_file, sheet


@pytest.fixture(autouse=True)
def day(story: Story) -> None:
    story.at(NOW)


def signed_in(story: Story, username: str) -> FlaskClient:
    client = story.app.test_client()
    data = {"username": username, "csrf_token": token(client, "/login")}
    assert client.post("/login/demo", data=data).status_code == 302
    return client


def token(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found is not None
    return found[1]


def uploaded(client: FlaskClient, template_id: int, data: bytes) -> str:
    """The page it leads to."""
    path = f"/lists/new/{template_id}"
    sent = {
        "csrf_token": token(client, path),
        "client_key": "k" * 32,
        "file": (io.BytesIO(data), "名单.xlsx", XLSX),
    }
    for _ in range(2):  # a double click is one list
        answer = client.post(path, data=sent | {"file": (io.BytesIO(data), "名单.xlsx", XLSX)})
        assert answer.status_code == 302, answer.text
    return str(answer.location)


def test_from_a_template_to_a_list(story: Story) -> None:
    """300 bad rows of 3,000 are shown in pages, and in a file."""
    blanks = [{"name": "姓名", "example": "毕淑芬", "longest": 4}]
    template = on_file(
        story, COUNTY, purpose="directed", body="${姓名}您好，请到窗口办理。", variables=blanks
    )
    client = signed_in(story, COUNTY)
    index = client.get("/lists").text
    assert "用这个" in index
    page = client.get(f"/lists/new/{template.id}").text
    for word in ("【荣成就业中心】", "手机号", "姓名", "必填，最长 4 字"):
        assert word in page
    assert "区市" not in page.split("一、下载表格", 1)[1].split("二、上传", 1)[0]
    empty = client.get(f"/lists/new/{template.id}/sheet.xlsx")
    titles = [cell.value for cell in load_workbook(io.BytesIO(empty.data)).worksheets[0][3]]
    assert titles == ["手机号", "姓名"]
    rows = [
        (phone, "名字太长了" if n % 10 == 0 else "毕淑芬") for n, phone in enumerate(numbers(3000))
    ]
    path = uploaded(client, template.id, sheet(rows, "姓名"))
    shown = client.get(path).text
    for word in ("MD-2027-00001", "3000 行", "−300 行", "2700 人", "“姓名”最长 4 字，这里有 5 字"):
        assert word in shown
    assert shown.count("第 ") >= 50
    following = re.search(r'href="([^"]*cursor=[^"]+)" rel="next"', shown)
    assert following is not None
    assert client.get(following[1].replace("&amp;", "&")).status_code == 200
    file = load_workbook(io.BytesIO(client.get(f"{path}/report.xlsx").data)).worksheets[0]
    assert sum(1 for row in file.iter_rows(min_row=4) if row[0].value) == 300
    people = client.get(f"{path}/people").text
    assert "154****0001" in people
    assert numbers(2)[1] not in people
    assert client.get("/lists").text.count("MD-2027-0000") == 1
    data = {"csrf_token": token(client, path)}
    assert client.post(f"{path}/delete", data=data).status_code == 302
    assert client.get(path).status_code == 404


def test_a_sheet_of_strangers_makes_no_list(story: Story) -> None:
    """R13: nothing is kept, the reasons stand at their rows."""
    template = on_file(story, COUNTY)
    client = signed_in(story, COUNTY)
    path = f"/lists/new/{template.id}"
    rows = [(phone, "文登区") for phone in numbers(3)]
    sent = {
        "csrf_token": token(client, path),
        "client_key": "k" * 32,
        "file": (io.BytesIO(sheet(rows, "区市")), "名单.xlsx", XLSX),
    }
    answer = client.post(path, data=sent)
    assert answer.status_code == 422
    assert "没有一行可以发送" in answer.text
    assert answer.text.count("不是本区市的人") == 3
    assert signed_in(story, CITY).get(path).status_code == 404


def test_blocked_numbers(story: Story) -> None:
    """A clerk enters one and cannot lift it; the reviewer of the 市 can, with a reason."""
    client = signed_in(story, COUNTY)
    sent = {"csrf_token": token(client, "/blocks"), "kind": "refused", "source": "本人来电。"}
    phone = numbers(1)[0]
    assert client.post("/blocks", data=sent | {"phone": "123"}).status_code == 422
    assert client.post("/blocks", data=sent | {"phone": phone}).status_code == 302
    again = client.post("/blocks", data=sent | {"phone": phone})
    assert again.status_code == 409
    assert "已经登记过了" in again.text
    page = client.get("/blocks?kind=refused").text
    assert "154****0000" in page
    assert "lift" not in page
    reviewer = signed_in(story, REVIEWER)
    page = reviewer.get("/blocks").text
    path = re.search(r'action="(/blocks/\d+/lift)"', page)
    assert path is not None
    sent = {"csrf_token": token(reviewer, "/blocks")}
    assert client.post(path[1], data=sent).status_code in (400, 403)
    assert reviewer.post(path[1], data=sent | {"reason": ""}).status_code == 422
    assert reviewer.post(path[1], data=sent | {"reason": "本人来电恢复。"}).status_code == 302
    assert "154****0000" not in reviewer.get("/blocks").text
