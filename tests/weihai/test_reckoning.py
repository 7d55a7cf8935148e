"""What stands beside the forms of messages while they are typed: the same figures as are billed."""

import re
from typing import Any

import pytest

from app.messaging import channels
from app.messaging.text import segments, templates
from app.processes.models import Instance
from tests.support.story import Story
from tests.weihai.test_list_pages import signed_in, token
from tests.weihai.test_message_send import (
    CITY,
    COUNTY,
    GATEWAY,
    NOW,
    OTHER,
    asked,
    listed,
)

TEMPLATE, SEND = "message-template", "message-send"
BODY = "${姓名}您好，您申请的${事项}已于${日期}办结。"
BLANKS = (("姓名", "杨𬱖", 10), ("事项", "失业登记", 8), ("日期", "11月20日", 12))


@pytest.fixture(autouse=True)
def day(story: Story) -> Any:
    story.at(NOW)
    channels.configure([GATEWAY])
    yield
    channels.configure([])


def typed(body: str, purpose: str = "directed") -> dict[str, str]:
    fields = {"body": body, "purpose": purpose, "kind": "add", "name": "办结通知"}
    for n, (name, example, longest) in enumerate(BLANKS):
        row = {"name": name, "example": example, "longest": str(longest)}
        fields |= {f"variables-{n}-{key}": value for key, value in row.items()}
    return fields


class Page:
    """A form as its browser keeps it."""

    def __init__(self, story: Story, username: str, process: str) -> None:
        self.client = signed_in(story, username)
        self.path = f"/start/{process}"
        self.html = self.client.get(self.path).text
        self.turn = 0

    def keep(self, fields: dict[str, str]) -> str:
        """Typed, kept, and what is said of it then."""
        self.turn += 1
        own = {name: self._field(name) for name in ("draft-page", "draft-person", "csrf_token")}
        sent = own | {"draft-base": "", "draft-turn": str(self.turn), **fields}
        answer = self.client.post(f"{self.path}/draft", data=sent)
        assert answer.status_code == 200, answer.text
        self.number = answer.json["number"]
        return self.said()

    def said(self) -> str:
        return re.sub(r"\s+", " ", self.client.get(f"/tickets/{self.number}/reckoning").text)

    def _field(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.html)
        assert found is not None, name
        return found[1]


def test_a_template_is_counted_at_its_longest(story: Story) -> None:
    """Signature, rare characters and blanks count; the maker of texts needs no unit more."""
    page = Page(story, COUNTY, TEMPLATE)
    assert "写了正文，这里就算出" in page.html
    assert 'aria-live="polite"' in page.html
    said = page.keep(typed(BODY))
    longest = {name: "𬱖" * (most // 2) for name, _example, most in BLANKS}
    units = segments.units_of(templates.compose("荣成就业中心", BODY, longest))
    assert f"连签名 {units} 字，其中变量按最长算 30 字" in said
    assert "每人最多 1 条" in said
    assert "每人最多 0.045 元（每条 0.045 元）" in said
    assert "要改" not in said
    more = page.keep(
        typed(BODY + "请于十个工作日以内带身份证原件到荣成市示例路1号二楼3号窗口领取。")
    )
    assert "每人最多 2 条" in more
    assert "每人最多 0.09 元" in more


def test_what_would_be_refused_is_said(story: Story) -> None:
    """The rules of the form itself, before it is sent: no unsubscribing, brackets, a blank."""
    page = Page(story, COUNTY, TEMPLATE)
    said = page.keep(typed("【别的单位】${姓名}${事项}您好", "publicity"))
    for words in ("不能有【】", "结尾，收到的人才能退订", "两个变量不能紧挨着"):
        assert words in said


@pytest.mark.parametrize(
    "odd",
    [
        {"purpose": "nothing"},
        {"variables-0-longest": "很长"},
        {"variables-0-longest": "1e400"},
        {"body": "{__class__}\r\n\u202e😀" * 60},
        {"body": "${"},
    ],
)
def test_half_written_answers_break_nothing(story: Story, odd: dict[str, str]) -> None:
    page = Page(story, COUNTY, TEMPLATE)
    assert "连签名" in page.keep(typed(BODY) | odd)


def test_without_a_script_a_button_counts(story: Story) -> None:
    """The page comes back with what was typed, and with the lines; nothing is refused yet."""
    client = signed_in(story, COUNTY)
    path = f"/start/{TEMPLATE}"
    sent = {"csrf_token": token(client, path), "client_key": "k" * 32, "act": "check"}
    answer = client.post(path, data=sent | typed(BODY))
    assert answer.status_code == 200
    assert "其中变量按最长算 30 字" in answer.text
    assert "您申请的${事项}已于" in answer.text
    assert "aria-invalid" not in answer.text


def test_a_request_is_reckoned_from_its_list(story: Story) -> None:
    """The figures that are laid in at the submission, and whose list it is not."""
    made = listed(story, COUNTY)
    page = Page(story, COUNTY, SEND)
    assert "填了名单编号" in page.html
    said = page.keep({"list_number": made["number"].lower(), "purpose": "publicity"})
    for words in (
        *("【荣成就业中心】“春风行动”", "3 人（荣成市 3 人）", "6 条"),
        *(f"{made['cost']} 元（每条 0.045 元）", "签名和退订语都算在内"),
    ):
        assert words in said
    assert "要改" not in said
    assert "和名单所用模板的类别不一样" in page.keep(
        {"list_number": made["number"], "purpose": "directed"}
    )
    assert "本单位没有这份名单" in page.keep({"list_number": "MD-2027-09999"})
    stranger = Page(story, OTHER, SEND)
    assert "本单位没有这份名单" in stranger.keep({"list_number": made["number"]})
    assert signed_in(story, CITY).get(f"/tickets/{page.number}/reckoning").status_code in (403, 404)
    number = story.ask(COUNTY, SEND, asked(made["number"]))
    assert "已经用在另一张申请上" in page.keep(
        {"list_number": made["number"], "purpose": "publicity"}
    )
    instance = story.session.query(Instance).filter_by(number=number).one()
    assert instance.variables["second"] == "no"
