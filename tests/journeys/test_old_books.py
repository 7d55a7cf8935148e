"""S4 in the browser: two people import a paper ledger, its conflicts reach who has to mend them."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.journeys.desk import Office, somebody
from tests.journeys.test_freezing import look
from tests.oldbooks.paper import CENTER, QIN, WU, csv, line, post

pytestmark = pytest.mark.journey
PREFECTURE = "恩施州人社信息中心"


def ledger(person: dict[str, str]) -> FilePayload:
    """吴一鸣 and 覃志明 have accounts already: the demonstration began with them."""
    data = csv(
        line(*WU, 单位=CENTER, 账户类型="权限管理员"),
        post(*WU, 单位=CENTER, 子系统="人社数据分析", 日期="2023.10.8"),
        line(*QIN[:2], 单位=PREFECTURE, 账户类型="账户管理员", 日期="二〇二三年五月四日"),
        line(QIN[0], QIN[2], 单位=PREFECTURE, 账户类型="账户管理员"),
        post(person["name"], person["id_number"], 单位=PREFECTURE),
        post(person["name"], person["id_number"], "查询岗", 单位=PREFECTURE, 日期="二〇二三年"),
    )
    return FilePayload(name="旧台账.csv", mimeType="text/csv", buffer=data)


def rows_of(page: Page, state: str) -> int:
    return page.locator("tbody tr", has_text=re.compile(state)).count()


def test_two_people_import_a_paper_ledger(office: Office) -> None:
    """S4: what conflicts stays without effect; 咸丰 gets its red hint and 限期整改."""
    person = somebody()
    uploader = office.desk("xiangxiaomei").page
    uploader.goto("/old-books")
    look(uploader)
    uploader.locator("#file").set_input_files(ledger(person))
    uploader.get_by_role("button", name="上传并检查").click()
    expect(uploader.locator("h1")).to_contain_text("旧台账导入报告")
    expect(uploader.get_by_role("status").first).to_contain_text(
        "可以导入 1 行，冲突 2 行，不能导入 1 行，不用导入 2 行"
    )
    expect(uploader.locator("main")).to_contain_text("请本级另一位管理员或者分管领导")
    look(uploader)
    uploader.get_by_role("link", name=re.compile("^冲突")).click()
    expect(uploader.locator("tbody")).to_contain_text("15 位旧号换成 18 位以后相同")
    expect(uploader.locator("tbody")).to_contain_text("是权限管理员，不得又是操作员")
    assert rows_of(uploader, "冲突") == 2
    with uploader.expect_download() as download:
        uploader.get_by_role("link", name="下载冲突报告").click()
    assert Path(download.value.path()).read_bytes().startswith(b"PK")

    leader = office.desk("ranqiguo").page
    leader.goto("/old-books")
    leader.get_by_role("link", name=re.compile("看报告")).first.click()
    look(leader)
    leader.get_by_role("button", name="确认导入 1 行").click()
    expect(leader.get_by_role("status").first).to_contain_text("已经导入 1 行")
    expect(leader.locator("main")).to_contain_text("限期整改")
    look(leader)

    admin = office.desk("tanlihua").page
    admin.goto("/hints?rule=old-books")
    expect(admin.locator("tbody")).to_contain_text("吴一鸣")
    uploader.goto(f"/ledgers/accounts?q={person['name']}")
    row = uploader.locator("tbody tr", has_text="旧台账导入").first
    expect(row).to_contain_text("旧台账2023-09-30")
    assert row.get_by_role("link").count() == 0
    county = office.desk("pengxiuying").page
    county.goto("/tasks?q=限期整改")
    expect(county.locator("tbody")).to_contain_text("旧台账导入发现 1 处冲突")
