"""进度查询: how far a requirement is, for who knows its number and the end of the telephone."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.progress.models import ProgressCount
from app.progress.types import MOST_BY_ADDRESS, MOST_FOR_NUMBER
from app.tickets.models import Ticket
from tests.api.conftest import Rest
from tests.requirements.road import COUNTY, DESCRIPTION, KEY, Road, asked
from tests.support.office import Browser, Counter, _csrf
from tests.support.story import Story

TAIL = "0109"
COUNTY_PEOPLE = ("龙金花", "滕国荣", "廖玉兰", "谭立群", "文斌")


@pytest.fixture(autouse=True)
def day(story: Story) -> None:
    story.at("2026-10-12 09:00")


@pytest.fixture
def anybody(app: Flask) -> Rest:
    return Rest(app.test_client())


@pytest.fixture
def outside(app: Flask) -> Browser:
    """Somebody with a browser and no account."""
    client = app.test_client()
    return Browser(client, _csrf(client.get("/progress").text))


def told(answer: Any) -> tuple[int, Any, Any]:
    """All that an answer may say, without the number of the request."""
    body = {key: value for key, value in answer.json.items() if key != "request_id"}
    return answer.status_code, body, answer.headers.get("Retry-After")


def test_who_knows_the_number_and_the_telephone_is_told_the_stage(
    story: Story, road: Road, anybody: Rest
) -> None:
    """By the number of the ticket or its 编号, however it is typed; stages, dates, and no more."""
    number = story.ask(COUNTY, KEY, asked())
    first = anybody.get(f"/progress/{number}", phone_tail=TAIL).json
    assert [one["stage"] for one in first["stages"]] == ["部门审核"]
    story.at("2026-10-13 09:00")
    road.to_evaluation(number)
    for typed in (number, "LDLXX-XQ-2026-0012", " ldlxx-xq-2026-0012", "ＬＤＬＸＸ-XQ-2026-0012"):
        answer = anybody.get(f"/progress/{typed}", phone_tail="０１０９")
        assert answer.status_code == 200, answer.text
        found = answer.json
        assert (found["number"], found["state_label"]) == (number, "办理中")
        stages = [(one["stage"], one["since"][:10], one["until"]) for one in found["stages"]]
        assert [stage for stage, _, _ in stages] == ["部门审核", "签收编号", "评估"]
        assert stages[0][1] == "2026-10-12"
        assert stages[2][1:] == ("2026-10-13", None)
        for secret in (*COUNTY_PEOPLE, "15400000109", DESCRIPTION, "村（社区）", "就业股"):
            assert secret not in answer.text


def test_the_page_works_with_a_form_alone(story: Story, road: Road, outside: Browser) -> None:
    number = story.ask(COUNTY, KEY, asked())
    road.to_evaluation(number)
    page = outside.post("/progress", number=number, tail=TAIL)
    assert page.status_code == 200
    for word in ("业务需求：评估", "签收编号", "2026年10月12日", "正在办"):
        assert word in page.text
    for secret in (*COUNTY_PEOPLE, "15400000109", "村（社区）"):
        assert secret not in page.text
    wrong = outside.post("/progress", number="<b>1</b>", tail=TAIL)
    assert (wrong.status_code, "没有查到" in wrong.text) == (404, True)
    assert 'value="&lt;b&gt;1&lt;/b&gt;"' in wrong.text
    assert "name=" not in page.request.path
    assert outside.client.post("/progress", data={"number": number, "tail": TAIL}).status_code in (
        400,
        403,
    )


def test_nobody_learns_which_numbers_there_are(
    story: Story,
    app: Flask,
    count_queries: Callable[[], Counter],
) -> None:
    """Another telephone, no such number, a draft, a ticket of another process, a confidential one:
    one answer, and the same statements in the same order.
    """
    number = story.ask(COUNTY, KEY, asked())
    secret = story.ask(COUNTY, KEY, asked())
    story.session.execute(
        update(Ticket).where(Ticket.number == secret).values(is_confidential=True)
    )
    story.session.commit()
    body = {"process": KEY, "answers": asked(), "draft": True}
    draft = story.do(COUNTY, "/tickets", body, says=201)["number"]
    for_nobody = Rest(app.test_client())
    for_nobody.get(f"/progress/{number}", phone_tail="0000")  # versions are read once a process
    heard, answers = [], []
    for typed, tail in (
        (number, "0000"),
        (number, ""),
        (number, "15400000109"),
        ("XQ-2026-99999", TAIL),
        (secret, TAIL),
        (draft, TAIL),
        ("{__class__}", TAIL),
    ):
        counter = count_queries()
        answers.append(told(for_nobody.get(f"/progress/{typed}", phone_tail=tail)))
        heard.append(list(counter.statements))
    assert [answer[:2] for answer in answers] == [answers[0][:2]] * len(answers)
    assert answers[0][0] == 404
    assert answers[0][1]["code"] == "progress_unknown"
    assert heard == [heard[0]] * len(heard)


def test_who_guesses_has_to_wait(story: Story, anybody: Rest) -> None:
    """Ten times an hour a number, right or wrong; after that even the right digits wait."""
    number = story.ask(COUNTY, KEY, asked())
    for guess in range(MOST_FOR_NUMBER):
        assert anybody.get(f"/progress/{number}", phone_tail=f"{guess:04}").status_code == 404
    for typed in (number, number.lower()):
        answer = anybody.get(f"/progress/{typed}", phone_tail=TAIL)
        assert (answer.status_code, answer.json["code"]) == (429, "progress_too_many")
        assert answer.headers["Retry-After"] == "3600"
    for guess in range(MOST_FOR_NUMBER + 1):  # one that there is not answers alike
        answer = anybody.get("/progress/XQ-2026-99999", phone_tail=f"{guess:04}")
    assert told(answer)[0] == 429
    story.at("2026-10-12 10:01")
    assert anybody.get(f"/progress/{number}", phone_tail=TAIL).status_code == 200


def test_an_address_asks_so_often_and_old_counts_go(story: Story, anybody: Rest) -> None:
    """Who tries one pair of digits on many numbers is stopped by the address."""
    for nth in range(MOST_BY_ADDRESS):
        assert anybody.get(f"/progress/XQ-2026-{nth:05}", phone_tail=TAIL).status_code == 404
    number = story.ask(COUNTY, KEY, asked())
    assert anybody.get(f"/progress/{number}", phone_tail=TAIL).status_code == 429
    story.at("2026-10-12 11:30")
    assert anybody.get(f"/progress/{number}", phone_tail=TAIL).status_code == 200
    assert story.session.scalar(select(func.count()).select_from(ProgressCount)) == 2


def test_who_asked_is_told_of_the_page(
    story: Story, browser: Callable[[str], Browser], outside: Browser
) -> None:
    """On the ticket, on the form and at the door; a reader of the ticket is told nothing of it."""
    number = story.ask(COUNTY, KEY, asked())
    assert "进度查询" in browser(COUNTY).get(f"/tickets/{number}").text
    assert "进度查询" not in browser("tengguorong").get(f"/tickets/{number}").text
    assert "不登录也可以查进度" in browser(COUNTY).get(f"/start/{KEY}").text
    assert 'href="/progress"' in outside.get("/login").text
