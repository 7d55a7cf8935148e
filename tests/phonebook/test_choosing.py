"""A list of recipients from the address book: over REST, and as a clerk sees it."""

from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import crypto
from app.messaging.audience.types import Block
from app.recipients import service
from app.recipients.models import Recipient, RecipientList
from tests.support.story import Json, Story
from tests.weihai.lists import NOW as MORNING
from tests.weihai.lists import numbers
from tests.weihai.test_list_pages import signed_in, token
from tests.weihai.test_message_send import COUNTY, on_file

NEAR = "bixuemei"
NOW = "2027-01-18 09:00"
NAMED: Json = {
    "purpose": "directed",
    "body": "${姓名}您好，请到窗口办理。",
    "variables": [{"name": "姓名", "example": "毕淑芬", "longest": 4}],
}
PATH = "/recipient-lists/from-phonebook"


@pytest.fixture(autouse=True)
def day(story: Story) -> None:
    story.at(NOW)


def added(story: Story, phone: str, username: str = COUNTY, **changed: Any) -> Json:
    given = {
        "kind": "person",
        "name": "毕淑芬",
        "phone": phone,
        "source": "hall",
        "collected_on": "2027-01-05",
    }
    return story.do(username, "/phonebook", given | changed, says=201)


def filled(story: Story) -> list[Json]:
    """Two that may be written to; one each that is wrong, out of use, refused, too long."""
    phones = numbers(6)
    made = [added(story, phone) for phone in phones[:5]]
    made.append(added(story, phones[5], name="名字太长了", group_name="企业联系人"))
    for one, state in ((made[2], "wrong"), (made[3], "stopped")):
        body = {"version": 1, "state": state, "reason": "核实过了"}
        story.do(COUNTY, f"/phonebook/{one['id']}/mark", body)
    service.block(story.session, phone=phones[4], kind=Block.REFUSED, source="回复T", now=MORNING)
    story.session.commit()
    return made


def test_who_is_chosen_is_judged_as_a_sheet_is(story: Story) -> None:
    made, template = filled(story), on_file(story, COUNTY, **NAMED)
    listed = story.do(COUNTY, PATH, {"template": template.ticket, "kind": "person"}, says=201)
    assert listed["funnel"] == {
        "read": 5,
        "faulty": 1,
        "duplicate": 0,
        "refused": 1,
        "blacklisted": 0,
        "wrong_number": 1,
        "kept": 2,
    }
    assert listed["sheet"] == "通讯录：个人"
    found = story.see(COUNTY, f"/recipient-lists/{listed['id']}/findings")["items"]
    assert {one["row"] for one in found} == {made[n]["id"] for n in (2, 4, 5)}
    rows = story.session.scalars(select(Recipient).where(Recipient.list_id == listed["id"])).all()
    assert {crypto.unseal_json(row.values_sealed)["姓名"] for row in rows} == {"毕淑芬"}


def test_it_holds_the_own_area_and_what_was_asked_for(story: Story) -> None:
    filled(story)
    added(story, numbers(7)[6], NEAR)
    template = on_file(story, COUNTY, **NAMED)
    nobody = story.do(COUNTY, PATH, {"template": template.ticket, "source": "kiosk"}, says=422)
    assert "没有符合这些条件的号码" in nobody["detail"]
    one = story.do(COUNTY, PATH, {"template": template.ticket, "group": "企业联系人"}, says=422)
    assert "最长 4 字" in one["errors"][0]["message"]
    every = story.do(COUNTY, PATH, {"template": template.ticket}, says=201)
    assert every["funnel"]["read"] == 5, "the number of 文登 is another's"
    story.do(NEAR, PATH, {"template": template.ticket}, says=404)


def test_what_the_book_cannot_know_is_asked_on_a_sheet(story: Story) -> None:
    filled(story)
    blanks = [*NAMED["variables"], {"name": "日期", "example": "1月20日", "longest": 6}]
    body = "${姓名}您好，请于${日期}到窗口办理。"
    template = on_file(story, COUNTY, **NAMED | {"body": body, "variables": blanks})
    refused = story.do(COUNTY, PATH, {"template": template.ticket}, says=422)
    assert "“日期”每人不同" in refused["detail"]
    page = signed_in(story, COUNTY).get(f"/lists/new/{template.id}").text
    assert "“日期”每人不同，通讯录里没有，只能用表格。" in page
    assert 'value="phonebook"' not in page


def test_a_clerk_chooses_and_clicks_twice(story: Story) -> None:
    made, template = filled(story), on_file(story, COUNTY, **NAMED)
    client, path = signed_in(story, COUNTY), f"/lists/new/{template.id}"
    page = client.get(path).text
    for word in ("或者：从通讯录选", "企业联系人", "核实过的"):
        assert word in page
    sent = {"csrf_token": token(client, path), "client_key": "k" * 32, "from": "phonebook"}
    nobody = client.post(path, data=sent | {"source": "kiosk"})
    assert nobody.status_code == 422
    assert '<option value="kiosk" selected>' in nobody.text
    to = {client.post(path, data=sent | {"kind": "person"}).location for _ in range(2)}
    assert len(to) == 1
    assert story.session.scalar(select(func.count()).select_from(RecipientList)) == 1
    shown = client.get(to.pop()).text
    for word in (
        "从通讯录到名单",
        "选中",
        "没有采用的号码",
        "通讯录：个人",
        f"/phonebook/{made[2]['id']}",
        "看这一条",
    ):
        assert word in shown
