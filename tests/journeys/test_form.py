"""The form under hard conditions: no scripts, wrong answers, nervous fingers."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.desk import Desk, Office, somebody

pytestmark = pytest.mark.journey

HOSTILE = "<img src=x onerror=alert(1)>"
KINDS = {"add": "新增", "close": "注销", "change": "修改"}


def test_a_form_is_filled_and_decided_without_scripts(office: Office) -> None:
    """龙金花 adds a row, pastes two from Excel and submits; 向建华 approves. No script runs."""
    people = [somebody() for _ in range(4)]
    clerk = office.desk("longjinhua", java_script_enabled=False)
    clerk.fill_form(*people[:2])
    clerk.page.locator("summary", has_text="从 Excel 粘贴多行").click()
    clerk.page.locator("#paste-people").fill("\n".join(as_copied(one) for one in people[2:]))
    clerk.page.get_by_role("button", name="拆成多行").click()
    expect(clerk.page.locator("[data-row]")).to_have_count(4)
    for row, person in enumerate(people):
        expect(clerk.page.locator(f"#people-{row}-name")).to_have_value(person["name"])
    number = clerk.submit()

    head = office.desk("xiangjianhua", java_script_enabled=False)
    head.open(number)
    expect(head.page.locator("tr.row")).to_have_count(4)
    head.decide("同意", opinion="情况属实")
    expect(head.timeline).to_contain_text("情况属实")


def as_copied(person: dict[str, str]) -> str:
    """A line of a table, with the words that people see."""
    cells = {**person, "kind": KINDS[person["kind"]], "post": "岗位发布岗"}
    keys = ("kind", "name", "id_number", "phone", "post", "requirement")
    return "\t".join(cells[key] for key in keys)


def paste(page: Page, cell: str, text: str) -> None:
    page.locator(cell).focus()
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData('text/plain', text);
            const paste = {clipboardData: data, bubbles: true, cancelable: true};
            document.activeElement.dispatchEvent(new ClipboardEvent('paste', paste));
        }""",
        text,
    )
    expect(page.locator(".pasted")).to_be_visible()


def test_pasted_cells_say_what_is_wrong_and_can_be_taken_back(office: Office) -> None:
    """A block goes over the cells from where it is put; each wrong cell has its sentence."""
    first, second = somebody(), somebody()
    clerk = office.desk("longjinhua")
    clerk.fill_form(first, second)
    wrong = f"422899199001019999\t15400000121\t没有的岗\n\t110\t{HOSTILE}"
    paste(clerk.page, "#people-0-id_number", wrong)
    rows = clerk.page.locator("[data-row]")
    expect(rows).to_have_count(2)
    expect(clerk.page.locator("#people-0-name")).to_have_value(first["name"])
    expect(clerk.page.locator("#people-0-id_number-error")).to_contain_text("校验")
    expect(clerk.page.locator("#people-0-post-error")).to_contain_text("没有的岗")
    expect(clerk.page.locator("#people-1-phone-error")).to_be_visible()
    expect(clerk.page.locator("#people-1-post-error")).to_contain_text(HOSTILE[:20])
    expect(clerk.page.locator("#people-1-id_number")).to_have_value(second["id_number"])
    expect(clerk.page.locator("#people-0-id_number")).to_be_focused()

    clerk.page.get_by_role("button", name="撤销粘贴").click()
    for number, person in enumerate([first, second]):
        for key, value in person.items():
            expect(clerk.page.locator(f"#people-{number}-{key}")).to_have_value(value)
    expect(rows.locator(".err")).to_have_count(0)
    clerk.submit()


def test_the_sheet_beside_the_form_follows_what_is_typed(office: Office) -> None:
    person = somebody()
    clerk = office.desk("longjinhua")
    clerk.fill_form(person, somebody())
    sheet = clerk.page.locator("[data-preview]")
    expect(sheet.locator("[data-of=subsystem]")).to_have_text("零工驿站子系统")
    expect(sheet.locator("tr.row")).to_have_count(2)
    cells = sheet.locator("tr.row").first.locator("td")
    expect(cells.nth(0)).to_have_text("新增")
    expect(cells.nth(2)).to_have_text(person["id_number"])
    clerk.page.get_by_role("button", name="删除第 2 行").click()
    expect(sheet.locator("tr.row")).to_have_count(1)


def test_a_wrong_check_digit_is_said_and_nothing_typed_is_lost(office: Office) -> None:
    """The sentence stands beside the field and on top; mended, the form goes through."""
    first, second = somebody(), somebody()
    right = second["id_number"]
    wrong = right[:-1] + ("1" if right[-1] != "1" else "2")
    clerk = office.desk("longjinhua")
    clerk.fill_form(first, second | {"id_number": wrong})
    clerk.page.locator(".form-foot button[value=submit]").click()

    on_top = clerk.page.locator("[data-errors]")
    expect(on_top).to_be_focused()
    expect(on_top.get_by_role("listitem")).to_have_count(1)
    expect(on_top).to_contain_text(re.compile(f"第 2 行 {second['name']}：身份证号.*校验"))
    beside = clerk.page.locator("#people-1-id_number-error")
    expect(beside).to_contain_text("校验")
    expect(beside).not_to_contain_text("第 2 行")  # that is plain to see here
    expect(clerk.page.get_by_label("子系统名称")).to_have_value("gig-station")
    expect(clerk.page.get_by_label("联系人电话")).to_have_value("0718-6820011")
    for number, person in enumerate([first, second | {"id_number": wrong}]):
        for key, value in person.items():
            expect(clerk.page.locator(f"#people-{number}-{key}")).to_have_value(value)

    on_top.get_by_role("link").click()
    expect(clerk.page.locator("#people-1-id_number")).to_be_focused()
    clerk.page.locator("#people-1-id_number").fill(right)
    clerk.submit()


@pytest.mark.parametrize(
    ("username", "scripts"), [("luqingyuan", True), ("xiashilin", False)], ids=["js", "no-js"]
)
def test_a_double_click_on_submit_makes_one_ticket(
    office: Office, username: str, scripts: bool
) -> None:
    """Both clicks of a nervous finger lead to the same ticket, with and without scripts."""
    clerk = office.desk(username, java_script_enabled=scripts)
    before = _tickets(clerk)
    clerk.fill_form(somebody())
    clerk.page.locator(".form-foot button[value=submit]").dblclick(no_wait_after=True)
    clerk.page.wait_for_url(re.compile(r"/tickets/QX-CZY-\d{4}-\d{5}$"))
    number = clerk.number
    assert _tickets(clerk) - before == {number}


def _tickets(desk: Desk) -> set[str]:
    found = set()
    for box in ("mine", "draft"):
        desk.page.goto(f"/tickets?box={box}")
        found |= set(re.findall(r"QX-CZY-\d{4}-\d{5}", desk.page.locator("main").inner_text()))
    return found
