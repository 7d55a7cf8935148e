"""The simulated gateway, heard through our own channel: what it takes, tells, and refuses."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from http.client import HTTPConnection

import pytest

from app.config import SmsGateway
from app.messaging import simulator
from app.messaging.channels.http import HttpChannel
from app.messaging.channels.types import GatewaySilent, Message, News, Outcome
from app.webhooks import signing
from tests.messaging.gateway import SECRET

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LONG = "【荣成就业中心】" + "好" * 63


@pytest.fixture
def taken() -> simulator.Taken:
    return simulator.Taken(say=lambda _: None, clock=lambda: NOW)


@pytest.fixture
def channel(
    allowed: None,  # noqa: ARG001 - it stays while this does
    taken: simulator.Taken,
) -> Iterator[HttpChannel]:
    with simulator.server(0, SECRET, taken) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        yield HttpChannel(SmsGateway("sim", "http", url, SECRET, Decimal("0.045")))
        server.shutdown()


def messages(*endings: str) -> list[Message]:
    return [Message(f"k{ending}", f"154000000{ending}", LONG) for ending in endings]


def test_the_last_digits_say_what_becomes_of_it(channel: HttpChannel) -> None:
    told = channel.submit("one", messages("01", "99", "98", "97", "95"), NOW)
    outcomes = [told[key].outcome for key in ("k01", "k99", "k98", "k97", "k95")]
    refused, accepted = Outcome.REFUSED, Outcome.ACCEPTED
    assert outcomes == [accepted, refused, refused, accepted, accepted]
    news = channel.news("", NOW)
    words = [(one.gateway_id, one.part, one.parts, one.status) for one in news.receipts]
    good, bad = told["k01"].gateway_id, told["k97"].gateway_id
    assert words == [
        (good, 1, 2, "DELIVRD"),
        (good, 2, 2, "DELIVRD"),
        (bad, 1, 2, "MK:0001"),
        (bad, 2, 2, "MK:0001"),
    ]
    assert channel.news(news.following, NOW) == News(following=news.following)


def test_a_key_is_taken_once(channel: HttpChannel, taken: simulator.Taken) -> None:
    """Handed over again it is answered as before, and no second message goes."""
    first = channel.submit("one", messages("01"), NOW)
    assert channel.submit("two", messages("01"), NOW) == first
    assert len(taken.results) == 1
    assert len(taken.news) == 2


def test_it_says_which_keys_it_has(channel: HttpChannel) -> None:
    channel.submit("one", messages("01", "99"), NOW)
    told = channel.look_up(["k01", "k99", "k02"], NOW)
    outcomes = {key: one.outcome for key, one in told.items()}
    assert outcomes == {
        "k01": Outcome.ACCEPTED,
        "k99": Outcome.REFUSED,
        "k02": Outcome.UNSENT,
    }


def test_receipts_come_late(channel: HttpChannel, taken: simulator.Taken) -> None:
    taken.delay = 3600
    channel.submit("one", messages("01"), NOW)
    assert channel.news("", NOW) == News(following=f"{taken.run}-0")


def test_another_key_or_an_old_request_is_refused(
    channel: HttpChannel, taken: simulator.Taken
) -> None:
    """A wrong secret, and a right one of another hour."""
    stranger = HttpChannel(
        SmsGateway("sim", "http", channel.gateway.url, signing.new_secret(), Decimal(0))
    )
    assert stranger.submit("one", messages("01"), NOW)["k01"].outcome is Outcome.REFUSED
    late = NOW.replace(hour=4)
    assert channel.submit("one", messages("01"), late)["k01"].outcome is Outcome.REFUSED
    with pytest.raises(GatewaySilent):
        stranger.news("", NOW)
    assert taken.results == {}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/messages", b"", 400),
        ("/messages", b"[]", 400),
        ("/messages", b'{"messages":[]}', 400),
        ("/messages", b'{"messages":[{}]}', 400),
        ("/messages", b"[" * 90_000, 400),
        ("/receipts", b'{"after":"x"}', 400),
        ("/receipts", b'{"after":"99999999999"}', 400),
        ("/other", b"{}", 404),
    ],
    ids=range(8),
)
def test_what_is_no_protocol_is_refused(
    channel: HttpChannel, path: str, body: bytes, status: int
) -> None:
    port = int(channel.gateway.url.rpartition(":")[2])
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = signing.headers([SECRET], "m", int(NOW.timestamp()), body)
    connection.request("POST", path, body, headers)
    assert connection.getresponse().status == status
    connection.close()


def test_begun_anew_it_gives_no_number_again() -> None:
    """Receipts of what it took before must not be laid to what it takes now."""
    told = {"messages": [{"key": "a", "to": "15400000001", "text": "【威海】您好"}]}
    runs = [simulator.Taken(say=lambda _: None, clock=lambda: NOW) for _ in range(2)]
    ids = {run.take(told)["results"][0]["id"] for run in runs}
    assert len(ids) == 2
    mark = runs[0].tell({})["next"]
    assert [one["id"] for one in runs[1].tell({"after": mark})["receipts"]] == [
        runs[1].results["a"]["id"]
    ]
