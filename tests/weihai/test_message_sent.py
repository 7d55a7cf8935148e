"""S8 at a thousandth to its end: approved over REST, sent to a gateway, booked, and closed."""

from datetime import datetime, timedelta

from app.core import outbox
from app.messaging import channels
from app.sendings.service import submitting
from tests.messaging.conftest import allowed, gateway  # noqa: F401 - fixtures
from tests.messaging.gateway import Gateway
from tests.support.story import Story
from tests.weihai.lists import numbers
from tests.weihai.test_list_pages import signed_in
from tests.weihai.test_message_send import (
    AREAS,
    CITY,
    CITY_LEADER,
    KEY,
    REVIEWER,
    asked,
    on_file,
    opened,
    reviewed,
    sheet,
    upload,
)


def test_what_was_approved_is_what_goes(story: Story, gateway: Gateway) -> None:  # noqa: F811
    """Not before its time, each number once, the filed text to the letter; then the ticket ends."""
    channels.configure([gateway.setting])
    now = story.at("2027-01-18 09:00")
    template = on_file(story, CITY)
    rows = [(phone, AREAS[n % 3]) for n, phone in enumerate(numbers(293))]
    made = upload(story, CITY, template, sheet(rows, "区市")).json
    number = story.ask(CITY, KEY, asked(made["number"]))
    story.decide(CITY_LEADER, number)
    reviewed(story, number)
    sending = opened(story, number)
    assert (sending.total, sending.segments) == (293, 586)
    assert turns(now) == 0
    for reader in (CITY, REVIEWER):
        page = signed_in(story, reader).get(f"/tickets/{number}").text
        assert "第 4 步，共 5 步：<b>发送</b>" in page
        assert f'href="/sendings/{sending.id}"' in page
    assert f'href="/tickets/{number}"' in signed_in(story, CITY).get(f"/sendings/{sending.id}").text
    assert turns(story.at("2027-01-20 18:50")) > 0
    assert len(gateway.handed) == 293
    assert set(gateway.handed.values()) == {1}
    texts = {row["text"] for one in gateway.heard for row in one.told["messages"]}
    assert texts == {f"【{template.signature}】{template.body}"}
    while outbox.work_off():
        pass
    assert story.see(CITY, f"/tickets/{number}")["state"] == "closed"
    page = signed_in(story, CITY).get(f"/tickets/{number}").text
    assert "共 4 步，都走完了" in page
    assert f'href="/sendings/{sending.id}"' in page
    channels.configure([])


def turns(now: datetime) -> int:
    """Until nothing may go any more; a second passes between two."""
    made = 0
    while submitting.is_due(lambda _, at=now: at):
        made += bool(submitting.turn(lambda _, at=now: at))
        now += timedelta(seconds=1)
        assert made < 100
    return made
