"""Handing messages to a gateway: certain is only what was said, the rest is unknown and shown."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from app.messaging.channels import http, states
from app.messaging.channels.http import HttpChannel
from app.messaging.channels.states import Fate, Reason
from app.messaging.channels.types import GatewaySilent, Message, Outcome
from app.webhooks import sending
from app.webhooks.addresses import Allowed
from tests.messaging.gateway import SECRET, Gateway, cut, hang_up
from tests.webhooks import receiver
from tests.webhooks.receiver import closed_port

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TEXT = "【荣成就业中心】您好。"
MESSAGES = [Message("a", "15400000203", TEXT), Message("b", "15400000204", TEXT)]


def submit(channel: HttpChannel) -> dict[str, Outcome]:
    told = channel.submit("batch-1", MESSAGES, NOW)
    return {key: one.outcome for key, one in told.items()}


def test_messages_are_handed_over_once_and_signed(gateway: Gateway, channel: HttpChannel) -> None:
    """One request for the batch; the gateway's id comes back for each key."""
    told = channel.submit("batch-1", MESSAGES, NOW)
    assert {key: one.gateway_id for key, one in told.items()} == {"a": "gw-a", "b": "gw-b"}
    (heard,) = gateway.heard
    assert heard.is_signed(SECRET)
    assert heard.message == "batch-1"
    assert heard.told["messages"][0] == {"key": "a", "to": "15400000203", "text": TEXT}
    assert gateway.handed == {"a": 1, "b": 1}


def test_the_gateway_may_refuse_one_of_them(gateway: Gateway, channel: HttpChannel) -> None:
    gateway.answer = {"results": [{"key": "a", "id": "x"}, {"key": "b", "error": "MBBLACK"}]}
    told = channel.submit("batch-1", MESSAGES, NOW)
    assert (told["a"].outcome, told["b"].outcome) == (Outcome.ACCEPTED, Outcome.REFUSED)
    assert told["b"].code == "MBBLACK"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage",
        b"[]",
        b"null",
        b'"accepted"',
        b"[" * 50_000,
        b"\xff\xfe",
        {},
        {"results": "a"},
        {"results": [None, 1, "a", [], {}]},
        {"results": [{"key": ["a"], "id": "x"}]},
        {"results": [{"key": "c", "id": "x"}]},  # of another batch
        {"results": [{"key": "a", "id": "x", "error": "BAD"}, {"key": "b"}]},  # both, and neither
        {"results": [{"key": "a", "id": ""}, {"key": "b", "id": "x" * 65}]},
        {"results": [{"key": "a", "id": 7}, {"key": "b", "error": "a\nb"}]},
        {"results": [{"key": "a", "error": "UNSEEN"}, {"key": "b", "error": "UNSEEN"}]},
        b'{"results":[' + b" " * http.MOST_READ + b"]}",
    ],
    ids=range(17),
)
def test_what_cannot_be_read_is_unknown(
    gateway: Gateway, channel: HttpChannel, answer: Any
) -> None:
    """It may have sent them: nobody takes it for a refusal, and nobody hands them over again."""
    gateway.answer = answer
    assert submit(channel) == dict.fromkeys("ab", Outcome.UNKNOWN)
    assert gateway.handed == {"a": 1, "b": 1}


@pytest.mark.parametrize(
    ("misbehave", "outcome"),
    [
        (receiver.answers(500, b"oops"), Outcome.UNKNOWN),
        (receiver.answers(502), Outcome.UNKNOWN),
        (receiver.answers(503, Retry_After="5"), Outcome.UNKNOWN),
        (receiver.answers(302, Location="http://127.0.0.1/"), Outcome.UNKNOWN),
        (receiver.answers(204), Outcome.UNKNOWN),
        (cut, Outcome.UNKNOWN),
        (hang_up, Outcome.UNKNOWN),
        (receiver.drip, Outcome.UNKNOWN),
        (receiver.never, Outcome.UNKNOWN),
        (receiver.answers(401), Outcome.REFUSED),
        (receiver.answers(400, b"BODY"), Outcome.REFUSED),
        (receiver.answers(413), Outcome.REFUSED),
        (receiver.answers(429), Outcome.UNSENT),
    ],
)
def test_a_gateway_that_misbehaves(
    gateway: Gateway,
    channel: HttpChannel,
    monkeypatch: pytest.MonkeyPatch,
    misbehave: Callable[..., None],
    outcome: Outcome,
) -> None:
    """Slow, broken, cut: unknown. Only who says that nothing was taken is handed it again."""
    monkeypatch.setattr(http, "PATIENCE", 0.5)
    gateway.misbehave = misbehave
    assert submit(channel) == dict.fromkeys("ab", outcome)
    assert len(gateway.heard) == 1


def test_what_never_left_may_go_again(gateway: Gateway) -> None:
    """Nobody listens, or the operator does not allow the address: not a byte has left."""
    setting = gateway.setting
    nobody = HttpChannel(
        type(setting)("mas", "http", f"http://127.0.0.1:{closed_port()}", SECRET, setting.price)
    )
    assert submit(nobody) == dict.fromkeys("ab", Outcome.UNSENT)
    sending.configure(Allowed())
    assert submit(HttpChannel(setting)) == dict.fromkeys("ab", Outcome.UNSENT)
    assert gateway.heard == []


def test_receipts_are_pulled_from_a_mark(gateway: Gateway, channel: HttpChannel) -> None:
    """What cannot be read among them is passed over; the rest counts."""
    good = {"id": "gw-a", "part": 1, "parts": 2, "status": "DELIVRD", "at": NOW.isoformat()}
    wrong: list[Any] = [
        None,
        {},
        good | {"part": 0},
        good | {"part": 3},
        good | {"parts": "2"},
        good | {"part": True},
        good | {"at": "2026-11-23T10:00:00"},  # of which time zone?
        good | {"at": "yesterday"},
        good | {"status": ""},
        good | {"id": None},
    ]
    gateway.answer = {"receipts": [*wrong, good], "next": "11"}
    news = channel.news("0", NOW)
    (found,) = news.receipts
    assert (found.gateway_id, found.part, found.parts, found.status) == ("gw-a", 1, 2, "DELIVRD")
    assert news.following == "11"
    assert news.unreadable == tuple(f"receipts.{n}" for n in range(len(wrong)))
    assert json.loads(gateway.heard[-1].body) == {"after": "0"}


@pytest.mark.parametrize("answer", [b"x", {}, {"receipts": []}, {"receipts": {}, "next": "1"}])
def test_receipts_that_make_no_sense_are_asked_again(
    gateway: Gateway, channel: HttpChannel, answer: Any
) -> None:
    """The mark does not move."""
    gateway.answer = answer
    with pytest.raises(GatewaySilent):
        channel.news("0", NOW)


def test_what_is_unknown_can_be_looked_up(gateway: Gateway, channel: HttpChannel) -> None:
    """Known, refused, never seen; of what it is silent about we know as little as before."""
    rows = [{"key": "a", "id": "gw-a"}, {"key": "b", "error": "UNSEEN"}, {"key": "c"}]
    gateway.answer = {"results": rows}
    told = channel.look_up(["a", "b", "c", "d"], NOW)
    outcomes = {key: one.outcome for key, one in told.items()}
    assert outcomes == {"a": Outcome.ACCEPTED, "b": Outcome.UNSENT}
    gateway.misbehave = receiver.answers(500)
    with pytest.raises(GatewaySilent):
        channel.look_up(["a"], NOW)


@pytest.mark.parametrize(
    ("status", "fate", "reason"),
    [
        ("DELIVRD", Fate.DELIVERED, None),
        ("delivrd ", Fate.DELIVERED, None),
        ("ACCEPTD", Fate.WAITING, None),
        ("UNDELIV", Fate.FAILED, Reason.OTHER),
        ("MBBLACK", Fate.FAILED, Reason.REFUSED_BY_PERSON),
        ("MK:0001", Fate.FAILED, Reason.WRONG_NUMBER),
        ("MK:0005", Fate.FAILED, Reason.SWITCHED_OFF),
        ("MA:0054", Fate.FAILED, Reason.GATEWAY),
        ("KEYWORD", Fate.FAILED, Reason.WORDS),
        ("whatever", Fate.FAILED, Reason.OTHER),
    ],
)
def test_operators_words_have_one_meaning(status: str, fate: Fate, reason: Reason | None) -> None:
    assert states.fate_of(status) is fate
    if reason is not None:
        assert states.reason_of(status) is reason


def test_a_long_message_has_arrived_when_every_part_has() -> None:
    """Late, double and out of order change nothing of that."""
    arrived, failed, waiting = Fate.DELIVERED, Fate.FAILED, Fate.WAITING
    assert states.fate_of_all(2, [arrived]) is waiting
    assert states.fate_of_all(2, [arrived, arrived]) is arrived
    assert states.fate_of_all(2, [arrived, failed]) is failed
    assert states.fate_of_all(2, [failed]) is failed
    assert states.fate_of_all(1, []) is waiting
