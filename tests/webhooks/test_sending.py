"""One request: what it carries, and how little of our time whoever misbehaves gets."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from app.webhooks import sending, signing
from app.webhooks.addresses import Allowed
from tests.webhooks.receiver import (
    Misbehave,
    Receiver,
    answers,
    closed_port,
    drip,
    endless,
    never,
)

BODY = b'{"type":"ping"}'
HEADERS = {"webhook-id": "msg_1"}
AT_ONCE = 15.0  # seconds; who never ends would take longer


@pytest.fixture(autouse=True)
def own_machine() -> Iterator[None]:
    sending.configure(Allowed.of(["127.0.0.1"]))
    yield
    sending.configure(Allowed())


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who never ends is cut off before anybody waits for the deadlines of an office."""
    monkeypatch.setattr(sending, "ANSWERS_IN", 0.3)
    monkeypatch.setattr(sending, "ALL_IN", 0.5)


def test_the_specification_s_own_example_is_signed_as_it_says() -> None:
    """From the libraries of Standard Webhooks: secret, message, second, body and signature."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    found = signing.headers([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert found["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("misbehave", [never, drip, endless], ids=lambda one: one.__name__)
def test_who_never_ends_is_cut_off(receiver: Receiver, misbehave: Misbehave) -> None:
    receiver.misbehave = misbehave
    began = time.monotonic()
    answer = sending.post(receiver.url, HEADERS, BODY)
    assert time.monotonic() - began < AT_ONCE
    assert not answer.is_good
    assert len(answer.error) < 400
    assert (answer.pause == timedelta()) is (misbehave is not endless)  # who answers is there


def test_a_redirect_is_an_answer_and_nobody_follows_it(receiver: Receiver) -> None:
    with Receiver() as inside:
        receiver.misbehave = answers(302, Location=inside.url)
        answer = sending.post(receiver.url, HEADERS, BODY)
        assert (answer.status, inside.heard) == (302, [])
    assert "不跟着转" in answer.error


def test_what_the_other_side_says_is_told_without_numbers(receiver: Receiver) -> None:
    receiver.misbehave = answers(500, "出错 15400001111 \x1b[31m".encode() + b"x" * 9000)
    told = sending.post(receiver.url, HEADERS, BODY).error
    assert told.startswith("对方答 500，说：出错 154****1111")
    assert "\x1b" not in told
    assert len(told) < 250


def test_who_asks_to_be_left_alone_is(receiver: Receiver) -> None:
    receiver.misbehave = answers(429, Retry_After="120")
    assert sending.post(receiver.url, HEADERS, BODY).pause == timedelta(minutes=2)
    receiver.misbehave = answers(503, Retry_After="9" * 30)
    assert sending.post(receiver.url, HEADERS, BODY).pause == timedelta()


def test_nobody_there_is_told_in_words() -> None:
    answer = sending.post(f"http://127.0.0.1:{closed_port()}/", HEADERS, BODY)
    assert "连接被拒绝" in answer.error
    sending.configure(Allowed())
    assert "WEBHOOK_HOSTS" in sending.post("http://127.0.0.1/", HEADERS, BODY).error
    assert "内部地址" in sending.post("https://localhost/", HEADERS, BODY).error
