"""查询未知的: a person presses, the worker asks the gateway once, and what came of it is told."""

import pytest
from sqlalchemy import func, select

from app.audit.models import Event
from app.core.db import transaction
from app.messaging import channels
from app.sendings import service
from app.sendings.models import Sending
from app.sendings.service import unsettled
from app.sendings.types import (
    AskedJustNow,
    DeliveryState,
    NothingUnknown,
    NotYourSending,
    SendingMoved,
    SendingNotFound,
)
from tests.messaging.gateway import Gateway
from tests.sendings.office import CLERK, LEADER, MORNING, STRANGER, Desk
from tests.sendings.test_submitting import run
from tests.support.story import Story

S = DeliveryState


def ask(desk: Desk, found: Sending, who: str = CLERK, version: int = 0) -> Sending:
    with transaction() as session:
        return service.ask(
            session,
            actor=desk.actor(who),
            now=desk.now,
            sending_id=found.id,
            version=version or desk.sending(found).rev,
        )


def asked(gateway: Gateway) -> int:
    return sum("keys" in one.told for one in gateway.heard)


@pytest.fixture
def unknown(desk: Desk, gateway: Gateway) -> Sending:
    """Three of which nobody knows, asked about a minute ago by the worker itself."""
    sending = desk.open(3)
    gateway.answer = b"not readable"
    run(desk)
    desk.later(minutes=3)
    unsettled.sweep(desk.moment)
    desk.later(minutes=1)
    assert desk.states(sending) == {S.UNKNOWN: 3}
    return sending


def test_it_is_their_turn_at_once_and_once(desk: Desk, unknown: Sending, gateway: Gateway) -> None:
    before = asked(gateway)
    unsettled.sweep(desk.moment)
    assert asked(gateway) == before, "by itself it would wait for its five minutes"
    rows = [{"key": unknown.key(1), "id": "gw-1"}, {"key": unknown.key(2), "error": "BADNUM"}]
    gateway.answer = {"results": rows}
    ask(desk, unknown)
    desk.later(seconds=5)
    unsettled.sweep(desk.moment)
    assert asked(gateway) == before + 1
    assert desk.states(unknown) == {S.SUBMITTED: 1, S.REFUSED: 1, S.UNKNOWN: 1}
    assert desk.sending(unknown).asked_note == "问了 3 条，查清 2 条。"
    desk.later(seconds=5)
    unsettled.sweep(desk.moment)
    assert asked(gateway) == before + 1
    events = select(func.count()).where(Event.kind == "sending.asked")
    assert desk.session.scalar(events) == 1


def test_a_gateway_that_says_nothing_is_told(desk: Desk, unknown: Sending) -> None:
    ask(desk, unknown)
    desk.later(seconds=5)
    unsettled.sweep(desk.moment)
    assert "网关" in desk.sending(unknown).asked_note
    assert desk.states(unknown) == {S.UNKNOWN: 3}


def test_twice_is_too_often(desk: Desk, unknown: Sending) -> None:
    """A second click has an old page; who looks again waits half a minute."""
    seen = desk.sending(unknown).rev
    ask(desk, unknown)
    with pytest.raises(SendingMoved):
        ask(desk, unknown, version=seen)
    with pytest.raises(AskedJustNow):
        ask(desk, unknown, LEADER)
    desk.later(seconds=31)
    ask(desk, unknown, LEADER)


def test_who_does_not_steer_does_not_ask(desk: Desk, unknown: Sending) -> None:
    with pytest.raises((SendingNotFound, NotYourSending)):
        ask(desk, unknown, STRANGER)


def test_where_nothing_is_unknown_there_is_nothing_to_ask(desk: Desk) -> None:
    sending = desk.open(2)
    with pytest.raises(NothingUnknown):
        ask(desk, sending)


def test_over_rest(desk: Desk, story: Story, gateway: Gateway) -> None:
    story.at("2027-02-10 09:00")
    channels.configure([gateway.setting])
    desk.now = MORNING
    sending = desk.open(2)
    gateway.answer = b"not readable"
    run(desk)
    seen = story.see(CLERK, f"/campaigns/{sending.id}")
    assert seen["may_ask"]
    path, body = f"/campaigns/{sending.id}/look-up", {"version": seen["version"]}
    told = story.do(CLERK, path, body)
    assert told["asked_note"]
    assert story.do(CLERK, path, body, says=409)["code"] == "sending_moved"
    again = story.do(LEADER, path, {"version": told["version"]}, says=429)
    assert again["code"] == "asked_just_now"
    story.do(STRANGER, path, body, says=404)
