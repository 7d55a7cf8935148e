"""S9: each operator's numbers get the version that it has on file, from the list to the gateway."""

import pytest
from sqlalchemy import select, update

from app.messaging import channels
from app.messaging.models import MessageTemplate
from app.messaging.types import OPERATORS
from app.recipients.models import ListFinding, RecipientList
from tests.messaging.conftest import allowed, gateway  # noqa: F401 - fixtures
from tests.messaging.gateway import Gateway
from tests.support.story import Json, Story
from tests.weihai.lists import numbers
from tests.weihai.test_list_pages import signed_in
from tests.weihai.test_message_send import asked as asked_to_send
from tests.weihai.test_message_send import opened, reviewed, sheet, upload
from tests.weihai.test_message_sent import turns
from tests.weihai.test_message_template import BODY, COUNTY, FILED, LEADER, file, refused

SEND = "message-send"
SIGNED = f"【荣成就业中心】{BODY}"
MOVED = BODY.replace("二楼", "三楼")
DAY = "2026年11月20日"
PEOPLE = {"毕淑芬": "移动", "丛培军": "联通", "杨𬱖": "中国电信", "鞠晓东": ""}
EVERYBODY: Json = {
    **{f"{one}_result": "passed" for one in OPERATORS},
    **{f"{one}_number": f"{one}-1" for one in OPERATORS},
    "filed_on": "2026-11-20",
}


def only(*operators: str) -> Json:
    """Passed by these and by nobody else."""
    answers = {f"{one}_result": "none" for one in OPERATORS}
    for one in operators:
        answers |= {f"{one}_result": "passed", f"{one}_number": f"{one}-2"}
    return {**answers, "filed_on": "2026-11-20"}


def change(previous: str, body: str = MOVED) -> Json:
    return {"kind": "change", "previous": previous, "body": body}


def template(story: Story, number: str) -> MessageTemplate:
    wanted = select(MessageTemplate).where(MessageTemplate.ticket == number)
    return story.session.scalars(wanted).one()


def rows(people: dict[str, str]) -> bytes:
    found = zip(numbers(len(people)), people.items(), strict=True)
    lines: list[tuple[str, ...]] = [
        (phone, name, DAY, operator) for phone, (name, operator) in found
    ]
    return sheet(lines, "姓名", "日期", "运营商")


def listed(story: Story, number: str, people: dict[str, str] | None = None) -> Json:
    answer = upload(story, COUNTY, template(story, number), rows(people or PEOPLE))
    assert answer.status_code == 201, answer.text
    found: Json = answer.json
    return found


def wanted(number: str) -> Json:
    return asked_to_send(number, purpose="directed", audience="申请了失业登记的人")


@pytest.fixture
def both(story: Story) -> tuple[str, str]:
    """Filed with all three; then a change that 移动 alone has passed so far."""
    story.at("2026-11-20 10:00")
    first = file(story, EVERYBODY)
    second = file(story, FILED, **change(first))
    story.at("2027-01-18 09:00")
    return first, second


def test_every_number_gets_what_its_operator_has(
    story: Story,
    gateway: Gateway,  # noqa: F811
    both: tuple[str, str],
) -> None:
    first, second = both
    channels.configure([gateway.setting])
    (offered,) = story.see(COUNTY, "/message-templates")["items"]
    assert offered["template"] == second
    old = dict.fromkeys(["unicom", "telecom", "unknown"], first)
    assert offered["serves"] == {"mobile": second, **old}
    made = listed(story, first)
    assert made["template"] == second, "the family is one, by whichever number it is named"
    assert made["operators"] == dict.fromkeys(["mobile", "unicom", "telecom", "unknown"], 1)
    number = story.ask(COUNTY, SEND, wanted(made["number"]))
    shown = story.see(COUNTY, f"/tickets/{number}")["answers"]
    assert shown["text"].splitlines() == [
        f"移动：{SIGNED.replace('二楼', '三楼')}",
        f"联通、电信、运营商不详：{SIGNED}",
    ]
    assert first in shown["template"]
    assert second in shown["template"]
    story.decide(LEADER, number)
    reviewed(story, number)
    sending = opened(story, number)
    assert turns(story.at("2027-01-20 18:50")) > 0
    told = {row["text"] for one in gateway.heard for row in one.told["messages"]}
    assert told == {
        text.replace("${姓名}", name).replace("${日期}", DAY)
        for name, operator in PEOPLE.items()
        for text in [SIGNED.replace("二楼", "三楼") if operator == "移动" else SIGNED]
    }
    page = signed_in(story, COUNTY).get(f"/sendings/{sending.id}").text
    assert "联通、电信、运营商不详：" in page
    channels.configure([])


def test_a_clerk_sees_which_version_goes_to_whom(story: Story, both: tuple[str, str]) -> None:
    _, second = both
    client = signed_in(story, COUNTY)
    index = client.get("/lists").text
    assert index.count("用这个") == 1, "a template is offered once, not once a version"
    assert '联通<small class="muted">（原版）</small>' in index
    page = client.get(f"/lists/new/{template(story, second).id}").text
    assert "不要照号段猜" in page
    assert "移动：【荣成就业中心】" in page
    made = listed(story, second)
    assert "联通、电信、运营商不详：" in client.get(f"/lists/{made['id']}").text
    people = client.get(f"/lists/{made['id']}/people").text
    assert '<td data-label="运营商">不详</td>' in people
    found = story.see(COUNTY, f"/recipient-lists/{made['id']}/recipients")["items"]
    assert [one["operator"] for one in found] == ["mobile", "unicom", "telecom", "unknown"]


@pytest.mark.parametrize(
    ("passed", "people", "is_outdated"),
    [
        (("mobile",), {"毕淑芬": "移动"}, True),
        (("mobile",), {"丛培军": "联通", "鞠晓东": ""}, False),
        (("unicom", "telecom"), {"丛培军": "联通"}, True),
        (("unicom", "telecom"), {"毕淑芬": "移动"}, False),
        (("unicom", "telecom"), {"鞠晓东": ""}, True),
        (tuple(OPERATORS), {"鞠晓东": ""}, True),
    ],
)
def test_a_newer_version_voids_what_it_concerns(
    story: Story,
    both: tuple[str, str],
    passed: tuple[str, ...],
    people: dict[str, str],
    is_outdated: bool,
) -> None:
    """Before it is asked for, and while it is being decided; other lists stay as they are."""
    made = listed(story, both[1], people)
    other = listed(story, both[1], people)
    number = story.ask(COUNTY, SEND, wanted(made["number"]))
    file(story, only(*passed), **change(both[1], MOVED.replace("三楼", "四楼")))
    body = {"process": SEND, "answers": wanted(other["number"])}
    if not is_outdated:
        story.do(COUNTY, "/tickets", body, says=201)
        story.decide(LEADER, number)
        return
    (error,) = story.do(COUNTY, "/tickets", body, says=422)["errors"]
    assert (error["path"], error["code"]) == ("list_number", "template_replaced")
    assert story.decide(LEADER, number, says=409)["code"] == "form_outdated"


def test_an_operator_without_a_filing_gets_nothing(story: Story) -> None:
    """移动 alone has it; an unknown operator is as before, since all who have it have this text."""
    story.at("2026-11-20 10:00")
    number = file(story, only("mobile"))
    made = listed(story, number)
    assert made["operators"] == {"mobile": 1, "unknown": 1}
    found = select(ListFinding.message).where(ListFinding.list_id == made["id"])
    assert story.session.scalars(found.order_by(ListFinding.n)).all() == [
        "联通没有备案这个模板，不能发给它的号码。",
        "电信没有备案这个模板，不能发给它的号码。",
    ]


def test_where_no_text_is_right_for_all_the_operator_is_asked_for(story: Story) -> None:
    story.at("2026-11-20 10:00")
    first = file(story, only("mobile"))
    second = file(story, only("unicom"), **change(first))
    (offered,) = story.see(COUNTY, "/message-templates")["items"]
    assert offered["serves"] == {"mobile": first, "unicom": second}
    made = listed(story, second)
    assert made["operators"] == {"mobile": 1, "unicom": 1}
    found = story.see(COUNTY, f"/recipient-lists/{made['id']}/findings")["items"]
    assert [(one["column"], one["code"]) for one in found] == [
        ("运营商", "not_filed"),
        ("运营商", "required"),
    ]


def test_another_version_for_an_operator_voids_the_approval(
    story: Story, both: tuple[str, str]
) -> None:
    """Somebody writes into the table which version 移动 gets."""
    first = template(story, both[0])
    made = listed(story, both[1])
    number = story.ask(COUNTY, SEND, wanted(made["number"]))
    row = story.session.get_one(RecipientList, made["id"])
    versions = row.versions | {"mobile": {"template": first.id, "people": 1}}
    story.session.execute(
        update(RecipientList).where(RecipientList.id == row.id).values(versions=versions)
    )
    story.session.commit()
    assert story.decide(LEADER, number, says=409)["code"] == "form_outdated"


def test_the_book_knows_the_operator(story: Story, both: tuple[str, str]) -> None:
    """Of a text without other blanks."""
    blanks = [{"name": "姓名", "example": "毕淑芬", "longest": 10}]
    plain = {"body": "${姓名}您好，请到窗口办理。", "variables": blanks}
    first = file(story, EVERYBODY, **plain)
    moved = {**change(first), **plain, "body": "${姓名}您好，请到三楼窗口办理。"}
    second = file(story, only("mobile"), **moved)
    phones = numbers(3, 15_400_700_000)
    for phone, operator in zip(phones, ("mobile", "telecom", "unknown"), strict=True):
        entry = {"kind": "person", "name": "毕淑芬", "phone": phone, "operator": operator}
        more = {"source": "hall", "collected_on": "2027-01-05"}
        story.do(COUNTY, "/phonebook", entry | more, says=201)
    asked = {"template": second}
    made = story.do(COUNTY, "/recipient-lists/from-phonebook", asked, says=201)
    assert made["operators"] == {"mobile": 1, "telecom": 1, "unknown": 1}
    assert both


def test_a_change_stays_what_it_is(story: Story, both: tuple[str, str]) -> None:
    """Another class is another kind of message, with other rules of when and how often."""
    body = f"{MOVED}回T退订"
    given = {**change(both[1], body), "purpose": "publicity"}
    assert refused(story, **given) == {("purpose", "other_purpose")}
