"""Others take part in a step: asked from the panel, answered on a phone, called back."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Windows
from tests.journeys.desk import Desk, Office, somebody
from tests.journeys.errands import Errands
from tests.journeys.test_pages import is_sound

pytestmark = pytest.mark.journey


def _asked(desk: Desk, what: str, who: str) -> None:
    panel = desk.page.locator("details.hands-one", has=desk.page.get_by_text(what, exact=True))
    panel.locator("summary").click()
    panel.locator("[name=own-to]").fill(who)
    panel.locator("button[type=submit]").click()


def test_a_second_signer_answers_on_the_phone(
    office: Office, windows: Windows, errands: Errands
) -> None:
    """A wrong name keeps what was typed; then 秦雪梅 is asked, answers, and the ticket goes on."""
    head, number = office.desk("qinyongan"), errands.ask("yaohaiyang", somebody())
    head.open(number)
    _asked(head, "加签", "没有这个人")
    expect(head.page.locator("#hand-add-signers-to-error")).to_contain_text("没有找到这个人")
    expect(head.page.locator("#hand-add-signers-to")).to_have_value("没有这个人")
    is_sound(head.page)
    head.page.locator("#hand-add-signers-to").fill("秦雪梅")
    head.page.locator("#hand-add-signers button[type=submit]").click()
    expect(head.page.get_by_role("status").filter(has_text="已经加签")).to_be_visible()
    expect(head.page.locator(".together")).to_contain_text("2 人中 0 人已办")
    is_sound(head.page)

    phone = Desk(windows.open(viewport={"width": 390, "height": 844}), "qinxuemei")
    phone.page.goto(f"/tasks?q={number}")
    phone.page.locator("a", has_text="操作员账户权限申请").first.click()
    is_sound(phone.page)
    phone.decide("同意")
    expect(phone.timeline).to_contain_text("（加签）：同意")
    head.page.goto(f"/tickets/{number}")
    expect(head.page.locator(".together")).to_contain_text("2 人中 1 人已办")
    head.decide("同意")
    office.desk("pengxiuying").open(number)


def test_what_was_delegated_is_called_back(office: Office, errands: Errands) -> None:
    head, number = office.desk("qinyongan"), errands.ask("yaohaiyang", somebody())
    head.open(number)
    _asked(head, "委派", "qinxuemei")
    expect(head.page.locator(".together")).to_contain_text("受委派，先提意见")
    back = head.page.get_by_role("button", name="收回委派：秦雪梅")
    back.click()
    back.click()  # asks once more
    expect(head.page.locator("#decide")).to_be_visible()
    head.decide("同意")


def test_an_adviser_is_let_go_and_asked_again_to_go_first(office: Office, errands: Errands) -> None:
    """减签, then 前加签: the head's turn comes after hers, and a phrase of his own is at hand."""
    head, number = office.desk("qinyongan"), errands.ask("yaohaiyang", somebody())
    page = head.page
    page.goto("/phrases")
    own = page.get_by_label("一行一句").input_value()
    page.get_by_label("一行一句").fill("经商秦雪梅，同意。\n同意。")
    page.get_by_role("button", name="存好常用语").click()
    expect(page.get_by_role("status")).to_be_visible()
    head.open(number)
    _asked(head, "加签", "秦雪梅")
    for _ in range(2):  # asks once more
        page.get_by_role("button", name="减签：秦雪梅").click()
    expect(page.get_by_role("status").filter(has_text="已经减去")).to_be_visible()
    page.locator("#hand-add-signers summary").click()
    page.locator("#hand-place").select_option("before")
    page.locator("#hand-add-signers-to").fill("秦雪梅")
    page.locator("#hand-add-signers button[type=submit]").click()
    expect(page.locator(".decide-acts button.act")).to_have_count(0)  # not his turn
    is_sound(page)
    errands.decide(number, "qinxuemei")
    page.goto(f"/tickets/{number}")
    page.get_by_role("button", name="经商秦雪梅，同意。").click()
    head.decide("同意")
    expect(head.timeline).to_contain_text("经商秦雪梅，同意。")
    page.goto("/phrases")  # other stories of the site find him as they know him
    page.get_by_label("一行一句").fill(own)
    page.get_by_role("button", name="存好常用语").click()
    expect(page.get_by_role("status")).to_be_visible()
