"""不发的词: entered by the city with a reason, tried before, and asked at every step."""

import io
import re

import pytest
from sqlalchemy import select

from app.audit.models import Event
from app.core.sheets import XLSX, Sheet, as_xlsx
from app.messaging import channels, service
from app.messaging.models import WordVersion
from app.recipients.sheets import Column
from tests.support.story import Json, Story
from tests.weihai.lists import numbers, person
from tests.weihai.test_list_pages import signed_in, token
from tests.weihai.test_message_send import (
    COUNTY,
    GATEWAY,
    KEY,
    LEADER,
    NOW,
    asked,
    listed,
    on_file,
    sheet,
    upload,
)
from tests.weihai.test_message_template import asked as template_asked

KEEPER, OTHER_KEEPER, COUNTY_ADMIN = "liuguodong", "quliping", "mujianguo"
WORD = "春风"  # neutral, and in the text of the fair


@pytest.fixture(autouse=True)
def day(story: Story) -> object:
    channels.configure([GATEWAY])
    story.at(NOW)
    yield
    channels.configure([])


def enter(story: Story, *words: str, version: int = 0, says: int = 201) -> Json:
    body = {"words": list(words), "reason": "试用。", "version": version}
    return story.do(KEEPER, "/words", body, says=says)


def test_versions_with_who_and_why(story: Story) -> None:
    """Nothing is shipped; a version is entered whole, once for a double click, seen by all."""
    assert story.see(COUNTY, "/words") == {"version": 0, "words": [], "reason": "", "at": None}
    assert enter(story, "试用词", " 另一个词 ", "")["words"] == ["试用词", "另一个词"]
    assert enter(story, "试用词", "另一个词")["version"] == 1  # a double click
    told = enter(story, "第三个词", version=0, says=409)
    assert told["code"] == "words_moved"
    assert enter(story, version=1)["words"] == []
    kept = story.session.scalars(select(WordVersion).order_by(WordVersion.n)).all()
    assert [(one.n, len(one.words)) for one in kept] == [(1, 2), (2, 0)]
    events = story.session.scalars(select(Event).where(Event.kind == "words.entered")).all()
    assert [one.data["count"] for one in events] == [2, 0]
    assert events[1].data["removed"] == 2


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["甲", "  ", "·-"], ("words.3", "nothing")),
        (["示例词", "示 例·词"], ("words.2", "twice")),
        (["长" * 51], ("words.1", "too_long")),
    ],
)
def test_each_bad_line_is_told(story: Story, words: list[str], fault: tuple[str, str]) -> None:
    for path in ("/words", "/words/check"):
        body: Json = {"words": words}
        if path == "/words":
            body |= {"reason": "试用。", "version": 0}
        errors = story.do(KEEPER, path, body, says=422)["errors"]
        assert [(one["path"], one["code"]) for one in errors] == [fault]


def test_only_the_city_s_administrators(story: Story) -> None:
    body = {"words": ["甲"], "reason": "试用。", "version": 0}
    for who in (COUNTY, COUNTY_ADMIN, LEADER):
        story.do(who, "/words", body, says=403)
    assert signed_in(story, COUNTY).get("/words").status_code == 200
    assert "启用这一版" not in signed_in(story, COUNTY).get("/words").text


def test_a_dry_run_says_what_it_strikes(story: Story) -> None:
    """Full width, a blank and an unseen character between; nothing is changed."""
    made = on_file(story, COUNTY)
    found = story.do(KEEPER, "/words/check", {"words": ["春\u200b 风"]})["items"]
    assert [(one["template"], one["in_use"]) for one in found] == [(made.ticket, True)]
    assert story.see(KEEPER, "/words")["version"] == 0


def test_a_template_that_says_it_is_refused_at_its_field(story: Story) -> None:
    enter(story, "示例词")
    answers = template_asked(body="${姓名}您好，示 例-词请办理。")
    told = story.do(
        COUNTY, "/tickets", {"process": "message-template", "answers": answers}, says=422
    )
    assert ("body", "word") in {(one["path"], one["code"]) for one in told["errors"]}


def test_a_value_that_says_it_leaves_its_row(story: Story) -> None:
    """Also where text and value make the word together; the value is not repeated."""
    blanks = [{"name": "事项", "example": "登记", "longest": 6}]
    made = on_file(story, COUNTY, purpose="directed", body="请办理示${事项}。", variables=blanks)
    enter(story, "示例词")
    rows = [(phone, "例词" if n else "登记") for n, phone in enumerate(numbers(2))]
    listed_ = upload(story, COUNTY, made, sheet(rows, "事项")).json
    assert (listed_["people"], listed_["funnel"]["faulty"]) == (1, 1)
    found = story.see(COUNTY, f"/recipient-lists/{listed_['id']}/findings")["items"]
    assert [one["code"] for one in found] == ["word"]
    assert "例词" not in found[0]["message"]


def test_it_is_asked_at_the_form_and_again_when_one_agrees(story: Story) -> None:
    """A word entered meanwhile stops what was asked for before."""
    made = listed(story, COUNTY)
    number = story.ask(COUNTY, KEY, asked(made["number"]))
    enter(story, WORD)
    told = story.decide(LEADER, number, says=409)
    assert "有不发的词" in told["detail"]
    enter(story, "别的词", version=1)
    story.decide(LEADER, number)
    enter(story, WORD, version=2)
    second = listed(story, COUNTY, first=15_400_300_000)
    body = {"process": KEY, "answers": asked(second["number"])}
    errors = story.do(COUNTY, "/tickets", body, says=422)["errors"]
    assert [(one["path"], one["code"]) for one in errors] == [("list_number", "word")]


def test_the_page_from_a_file_to_a_version(story: Story) -> None:
    """Imported into the box, tried, entered; what is wrong keeps what was typed."""
    on_file(story, COUNTY)
    client = signed_in(story, KEEPER)
    page = client.get("/words").text
    assert "系统不带词" in page
    common = {"csrf_token": token(client, "/words"), "version": "0", "reason": "", "words": "甲词"}
    rows = as_xlsx(Sheet("不发的词", "", [Column("词")], [("乙词",), (WORD,)]))
    file = (io.BytesIO(rows), "词.xlsx", XLSX)
    page = client.post("/words", data=common | {"act": "import", "file": file}).text
    assert box(page) == ["甲词", "乙词", WORD]
    assert "1 个备案过的模板不能再发" in page
    text = (io.BytesIO("丙词\n".encode("gb18030")), "词.txt", "text/plain")
    page = client.post("/words", data=common | {"act": "import", "file": text}).text
    assert box(page) == ["甲词", "丙词"]
    refused = client.post("/words", data=common | {"act": "enter"})
    assert refused.status_code == 422
    assert "请写明为什么改" in refused.text
    assert "甲词" in refused.text
    done = client.post("/words", data=common | {"act": "enter", "reason": "试用。"})
    assert done.status_code == 302
    late = client.post("/words", data=common | {"act": "enter", "reason": "迟了。", "words": "丁"})
    assert late.status_code == 409
    assert "已经有人启用了新的一版" in late.text
    assert re.search(r'name="version" value="1"', late.text)
    shown = signed_in(story, COUNTY).get("/words").text
    assert "第 1 版，1 个" in shown


def box(page: str) -> list[str]:
    """The lines of the text field."""
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert found is not None
    return found[1].split()


def test_of_two_at_once_one_is_heard(story: Story) -> None:
    now = story.at(NOW)
    given = {"now": now, "reason": "试用。"}
    first, second = (person(story.session, one, now) for one in (KEEPER, OTHER_KEEPER))
    service.enter_words(story.session, actor=first, lines=["甲"], version=0, **given)
    with pytest.raises(Exception, match="已经有人启用"):
        service.enter_words(story.session, actor=second, lines=["乙"], version=0, **given)
