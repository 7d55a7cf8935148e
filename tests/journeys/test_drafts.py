"""Nothing typed is lost: a page that closes, two windows, a lost session, a broken line."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from app.identity.demo import DEMO_PASSWORD
from tests.journeys.desk import Desk, Office, somebody
from tests.journeys.errands import Errands

pytestmark = pytest.mark.journey
KEPT = re.compile(r"\d\d:\d\d 已自动保存")
EDIT = re.compile(r"/tickets/QX-CZY-\d{4}-\d{5}/edit$")


def kept(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_have_text(KEPT)


def test_a_page_that_is_killed_is_found_again_as_it_was(office: Office) -> None:
    """The clerk types and never presses a button; the browser is gone; the draft has it all."""
    person = somebody()
    clerk = office.desk("longjinhua")
    clerk.fill_form(person)
    kept(clerk.page)
    expect(clerk.page).to_have_url(EDIT)
    address = clerk.page.url
    context = clerk.page.context
    clerk.page.close(run_before_unload=False)

    page = context.new_page()
    page.goto(address)
    expect(page.get_by_label("子系统名称")).to_have_value("gig-station")
    for key, value in person.items():
        expect(page.locator(f"#people-0-{key}")).to_have_value(value)
    page.locator("#people-0-requirement").fill("接着写")
    kept(page)
    clerk.page = page
    clerk.submit()
    expect(page.locator("main")).to_contain_text("接着写")


def test_the_last_words_are_kept_when_the_page_is_left_at_once(office: Office) -> None:
    """Typed and closed within the pause: the closing page still sends it."""
    clerk = office.desk("luqingyuan")
    clerk.fill_form()
    kept(clerk.page)
    address, context = clerk.page.url, clerk.page.context
    clerk.page.get_by_label("联系人电话").fill("0718-6829999")
    clerk.page.close(run_before_unload=False)
    page = context.new_page()
    for _ in range(20):  # what a closing page sends may come after the next one has opened
        page.goto(address)
        if page.get_by_label("联系人电话").input_value() == "0718-6829999":
            break
        page.wait_for_timeout(500)
    expect(page.get_by_label("联系人电话")).to_have_value("0718-6829999")


def test_leaving_warns_only_while_something_is_unsaved(office: Office) -> None:
    clerk = office.desk("longjinhua")
    asked: list[str] = []
    clerk.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    clerk.fill_form()
    kept(clerk.page)
    clerk.page.goto("/tasks")
    assert asked == []
    clerk.fill_form()
    kept(clerk.page)
    clerk.page.get_by_label("联系人电话").fill("0718-6821111")
    clerk.page.goto("/tasks")
    assert asked == ["beforeunload"]


def test_what_is_typed_before_the_page_is_ready_is_kept_too(office: Office) -> None:
    """On a slow line a person is quicker than the script that saves."""
    clerk = office.desk("longjinhua")
    clerk.fill_form()
    kept(clerk.page)
    address = clerk.page.url
    clerk.page.route("**/drafts-*.js", lambda route: (time.sleep(1), route.continue_()))
    clerk.page.goto(address, wait_until="commit")
    clerk.page.get_by_label("联系人电话").fill("0718-6825555")
    kept(clerk.page)
    clerk.page.unroute_all()
    clerk.page.goto(address)
    expect(clerk.page.get_by_label("联系人电话")).to_have_value("0718-6825555")


def test_a_draft_of_nothing_is_in_no_list(office: Office) -> None:
    """One letter typed and taken back leaves nothing to be deleted by hand."""
    clerk = office.desk("duzhiqiang")
    clerk.page.goto("/start/operator-account")
    name = clerk.page.locator("#people-0-name")
    name.fill("唐")
    kept(clerk.page)
    number = clerk.number
    clerk.page.goto("/tickets?box=draft")
    expect(clerk.page.locator("main")).to_contain_text(number)
    clerk.page.goto(f"/tickets/{number}/edit")
    name.fill("")
    kept(clerk.page)
    for box in ("draft", "mine"):
        clerk.page.goto(f"/tickets?box={box}")
        expect(clerk.page.locator("main")).not_to_contain_text(number)
    clerk.page.goto(f"/tickets/{number}/edit")  # the open page goes on as the same ticket
    name.fill("唐")
    kept(clerk.page)
    clerk.page.goto("/tickets?box=draft")
    expect(clerk.page.locator("main")).to_contain_text(number)


@pytest.mark.usefixtures("deaf")
def test_two_windows_of_one_draft_do_not_overwrite_each_other(office: Office) -> None:
    clerk = office.desk("longjinhua")
    clerk.fill_form(somebody())
    kept(clerk.page)
    first, address = clerk.page, clerk.page.url
    second = first.context.new_page()
    second.goto(address)
    first.get_by_label("联系人电话").fill("0718-6820001")
    kept(first)
    second.get_by_label("联系人电话").fill("0718-6820002")
    line = second.locator("[data-saved]")
    expect(line).to_contain_text("另一个窗口里改过")
    expect(second.get_by_label("联系人电话")).to_have_value("0718-6820002")
    line.get_by_role("button", name="以这里填的为准").click()
    kept(second)
    second.goto(address)
    expect(second.get_by_label("联系人电话")).to_have_value("0718-6820002")


def _signs_out_elsewhere(clerk: Desk) -> Page:
    """The session is over, and the open page does not know."""
    other = clerk.page.context.new_page()
    other.goto("/tasks")
    other.locator("summary.top-act").click()
    other.get_by_role("button", name="退出").click()
    expect(other).to_have_url(re.compile("/login"))
    return other


def _signs_in(page: Page, username: str) -> None:
    page.goto("/login")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page).to_have_url(re.compile("/tasks$"))


@pytest.mark.usefixtures("deaf")
def test_a_session_that_ends_while_typing_loses_nothing(office: Office) -> None:
    """The page says so, offers the login in another tab, and saves on by itself afterwards."""
    clerk = office.desk("longjinhua")
    clerk.fill_form(somebody())
    kept(clerk.page)
    other = _signs_out_elsewhere(clerk)
    clerk.page.bring_to_front()
    clerk.page.get_by_label("联系人电话").fill("0718-6823333")
    line = clerk.page.locator("[data-saved]")
    expect(line).to_contain_text("登录已经过期")
    expect(line.get_by_role("link", name="另开一页登录")).to_be_visible()
    clerk.page.locator(".form-foot button[value=submit]").click()
    expect(line).to_contain_text("登录已经过期")
    expect(clerk.page).to_have_url(EDIT)
    _signs_in(other, "longjinhua")
    clerk.page.bring_to_front()
    clerk.page.evaluate("window.dispatchEvent(new Event('focus'))")
    kept(clerk.page)
    clerk.submit()


@pytest.mark.usefixtures("deaf")
def test_offline_and_back(office: Office) -> None:
    clerk = office.desk("longjinhua")
    clerk.fill_form(somebody())
    kept(clerk.page)
    clerk.page.context.set_offline(offline=True)
    clerk.page.get_by_label("联系人电话").fill("0718-6824444")
    expect(clerk.page.locator("[data-saved]")).to_contain_text("没有保存上")
    clerk.page.locator(".form-foot button[value=submit]").click()
    expect(clerk.page.get_by_label("联系人电话")).to_have_value("0718-6824444")
    clerk.page.context.set_offline(offline=False)
    kept(clerk.page)
    clerk.submit()


@pytest.mark.usefixtures("deaf")
def test_an_opinion_outlives_a_lost_session(office: Office, errands: Errands) -> None:
    """The session is over: nothing is sent off, and after the login it goes through."""
    number = errands.ask("longjinhua", somebody())
    head = office.desk("xiangjianhua")
    head.open(number)
    head.choose("同意")
    head.page.locator("#own-opinion").fill("情况属实，写了很久")
    head.page.get_by_label("用备案签名").check()
    other = _signs_out_elsewhere(head)
    head.page.locator(".decide-acts button.act:visible").click()
    expect(head.page.locator(".decide [data-saved]")).to_contain_text("登录已经过期")
    expect(head.page.locator("#own-opinion")).to_have_value("情况属实，写了很久")
    _signs_in(other, "xiangjianhua")
    head.send()
    expect(head.timeline).to_contain_text("情况属实，写了很久")


def test_without_scripts_the_form_comes_back_after_the_login(office: Office) -> None:
    """The form was sent without a session: login in another tab, one press, all is there."""
    person = somebody()
    clerk = office.desk("xiashilin", java_script_enabled=False)
    clerk.fill_form(person)
    other = clerk.page.context.new_page()
    clerk.page.context.clear_cookies(name="session")
    clerk.page.locator(".form-foot button[value=submit]").click()
    expect(clerk.page.locator("h1")).to_have_text("登录已经过期")
    _signs_in(other, "xiashilin")
    clerk.page.get_by_role("button", name="回到刚才的表").click()
    clerk.page.get_by_role("button", name="回到刚才的表").click()  # the login made a new token
    for key, value in person.items():
        expect(clerk.page.locator(f"#people-0-{key}")).to_have_value(value)
    clerk.submit()
