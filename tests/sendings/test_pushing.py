"""What a gateway brings by itself, over a real connection: receipts and replies, signed, once."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.serving import make_server

from app.audit.models import Event
from app.core import clock, crypto
from app.messaging import channels, simulator
from app.messaging.audience.types import Block
from app.messaging.channels.http import MOST_NEWS
from app.recipients.models import NumberBlock
from app.sendings.models import GatewayPush, PartReceipt, Sending, SendingReply
from app.sendings.service import pulling, pushing
from app.sendings.types import DeliveryState
from app.webhooks import signing
from tests.messaging.gateway import SECRET, Gateway
from tests.sendings.office import CLERK, MORNING, REVIEWER, STRANGER, Desk
from tests.sendings.test_submitting import run
from tests.support.story import Story

S = DeliveryState
PATH = "/api/v1/gateways/mas/receipts"
AT = "2027-02-10T09:01:00+08:00"


@dataclass
class Caller:
    """A gateway that knows the secret, or another one."""

    port: int
    desk: Desk
    ids: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    def push(
        self, told: Any, *, secret: str = SECRET, late: float = 0, path: str = PATH, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        seconds = int((self.desk.now + timedelta(seconds=late)).timestamp())
        sent = signing.headers([secret], f"push-{next(self.ids)}", seconds, body)
        return self.send(body, path, {"Content-Type": "application/json", **sent, **headers})

    def send(self, body: bytes, path: str, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        line = HTTPConnection("127.0.0.1", self.port)
        line.request("POST", path, body, headers)
        answer = line.getresponse()
        told = json.loads(answer.read())
        line.close()
        return answer.status, told


@pytest.fixture
def at_nine(desk: Desk, story: Story, gateway: Gateway) -> Desk:
    story.at("2027-02-10 09:00")
    channels.configure([gateway.setting])
    desk.now = MORNING
    return desk


@pytest.fixture
def sent(at_nine: Desk) -> Sending:
    sending = at_nine.open(6)
    run(at_nine)
    at_nine.now = MORNING
    return sending


@pytest.fixture
def caller(app: Flask, at_nine: Desk) -> Iterator[Caller]:
    with make_server("127.0.0.1", 0, app) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield Caller(server.server_port, at_nine)
        server.shutdown()


def receipt(sending: Sending, n: int, status: str = "DELIVRD", **more: Any) -> dict[str, Any]:
    row = {"id": f"gw-{sending.key(n)}", "part": 1, "parts": 1, "status": status, "at": AT}
    return row | more


def reply(n: int, text: str = "T", **more: Any) -> dict[str, Any]:
    return {"id": f"r{n}", "from": f"1540{n:07}", "text": text, "at": AT} | more


def blocked(desk: Desk) -> list[tuple[str, str]]:
    desk.session.expire_all()
    rows = desk.session.scalars(select(NumberBlock).where(NumberBlock.kind == Block.REFUSED))
    return [(crypto.unseal(one.phone).decode(), one.source) for one in rows]


def kept(desk: Desk, table: type) -> int:
    return desk.session.scalar(select(func.count()).select_from(table)) or 0


def test_receipts_move_messages_as_those_that_are_pulled(
    desk: Desk, sent: Sending, caller: Caller, gateway: Gateway
) -> None:
    """Late, twice, out of order, of nobody, and once more by the pull."""
    told = {"receipts": [receipt(sent, 1), receipt(sent, 2, "MK:0001"), receipt(sent, 3)]}
    status, heard = caller.push(told)
    assert status == 200
    assert heard == {
        "receipts": 3,
        "new_receipts": 3,
        "changed": 3,
        "replies": 0,
        "new_replies": 0,
        "unreadable": [],
    }
    again = caller.push(told)[1]
    assert (again["receipts"], again["new_receipts"], again["changed"]) == (3, 0, 0)
    late = caller.push({"receipts": [receipt(sent, 1, "ACCEPTD"), receipt(sent, 4, id="who")]})[1]
    assert (late["new_receipts"], late["changed"]) == (1, 0), "one of nobody is kept, for a while"
    gateway.answer = {**told, "next": "3"}
    pulling.pull("mas", desk.now)
    assert desk.states(sent) == {S.DELIVERED: 2, S.FAILED: 1, S.SUBMITTED: 3}


def test_only_the_key_holder_is_heard_and_only_now(
    desk: Desk, sent: Sending, caller: Caller
) -> None:
    """The same answer to a wrong secret, an old request, a changed body and another name."""
    told = {"receipts": [receipt(sent, 1)]}
    body = json.dumps(told).encode()
    seconds = int(desk.now.timestamp())
    changed = signing.headers([SECRET], "push-0", seconds, body + b" ")
    json_type = {"Content-Type": "application/json"}
    answers = [
        caller.push(told, secret=signing.new_secret()),
        caller.push(told, late=-signing.APART - 60),
        caller.push(told, late=signing.APART + 60),
        caller.push(told, path=PATH.replace("mas", "nobody")),
        caller.send(body, PATH, json_type | changed),
        caller.send(body, PATH, json_type),
    ]
    assert {(status, told["code"]) for status, told in answers} == {(401, "not_signed")}
    assert desk.states(sent) == {S.SUBMITTED: 6}
    assert caller.push(told, late=60 - signing.APART)[0] == 200
    assert caller.push(told, late=signing.APART - 60)[0] == 200


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"not json",
        b"[]",
        b"\xff\xfe",
        b"[" * 50_000,
        {"receipts": {}},
        {"replies": "T"},
        {"receipts": [{}] * (MOST_NEWS + 1)},
    ],
)
def test_what_is_not_the_protocol_is_said(desk: Desk, caller: Caller, told: Any) -> None:
    status, problem = caller.push(told)
    assert (status, problem["code"]) == (400, "misspoken")
    assert not kept(desk, PartReceipt)


def test_what_is_too_large_or_no_json_is_not_read(caller: Caller) -> None:
    assert caller.push(b" " * (2**18 + 1))[0] == 413
    assert caller.push({"receipts": []}, **{"Content-Type": "text/plain"})[0] == 415


def test_one_bad_row_spoils_no_other(desk: Desk, sent: Sending, caller: Caller) -> None:
    rows = [None, receipt(sent, 1, at="yesterday"), receipt(sent, 2), receipt(sent, 3, part=0)]
    strange = [reply(1, id=""), reply(1, at=None), reply(1, **{"from": "0631-12333"}), reply(1)]
    strange += [reply(2, text="\ud800T\u202e\0"), reply(3, **{"from": "+86 154 0000 0003"})]
    status, heard = caller.push({"receipts": rows, "replies": strange})
    assert status == 200
    assert heard["unreadable"] == [
        *("receipts.0", "receipts.1", "receipts.3"),
        *("replies.0", "replies.1", "replies.2"),
    ]
    assert (heard["changed"], heard["new_replies"]) == (1, 3)
    assert desk.states(sent) == {S.DELIVERED: 1, S.SUBMITTED: 5}


def test_one_that_runs_wild_waits(desk: Desk, caller: Caller) -> None:
    """Whoever has no key is not counted, so nobody can make the gateway wait."""
    row = GatewayPush(gateway="mas", since=clock.utcnow(), count=pushing.MOST_PUSHES - 2)
    desk.session.add(row)
    desk.session.commit()
    refused = [caller.push({}, secret=signing.new_secret())[0] for _ in range(3)]
    assert refused == [401, 401, 401]
    assert [caller.push({})[0] for _ in range(4)] == [200, 200, 429, 429]
    row.since = clock.utcnow() - pushing.WINDOW
    desk.session.commit()
    assert caller.push({})[0] == 200


def test_who_answers_t_gets_nothing_any_more(
    desk: Desk, sent: Sending, caller: Caller, gateway: Gateway, story: Story
) -> None:
    """Once, however often and by which way it comes; what is sent later leaves the number out."""
    told = {"replies": [reply(2, "ｔ。"), reply(3, "谢谢，我会来"), reply(4, "退订")]}
    assert caller.push(told)[1]["new_replies"] == 3
    assert caller.push(told)[1]["new_replies"] == 0
    gateway.answer = {**told, "receipts": [], "next": "3"}
    pulling.pull("mas", desk.now)
    gateway.answer = None
    assert sorted(blocked(desk)) == [
        ("15400000002", f"短信回复“ｔ。”，{sent.ticket}"),
        ("15400000004", f"短信回复“退订”，{sent.ticket}"),
    ]
    events = desk.session.scalars(select(Event.kind).where(Event.kind == "number.blocked")).all()
    assert len(events) == 2
    assert kept(desk, SendingReply) == 3
    desk.later(hours=25)  # publicity goes to a number once in a day
    following = desk.open(["15400000002", "15400000003"])
    run(desk)
    assert desk.states(following) == {S.UNSUBSCRIBED: 1, S.SUBMITTED: 1}
    assert story.see(REVIEWER, "/number-blocks")["items"]


def test_replies_stand_with_the_sender_and_are_masked(
    desk: Desk, sent: Sending, caller: Caller, story: Story
) -> None:
    caller.push({"replies": [reply(1, "请问 几点\n开始"), {**reply(77), "from": "15499999977"}]})
    mine = story.see(CLERK, "/replies")["items"]
    assert [(one["phone"], one["text"], one["is_refusal"]) for one in mine] == [
        ("154****0001", "请问 几点 开始", False)
    ]
    assert mine[0]["ticket"] == sent.ticket
    assert story.see(CLERK, "/replies", campaign=sent.id)["items"] == mine
    assert story.see(STRANGER, "/replies")["items"] == []
    assert len(story.see(REVIEWER, "/replies")["items"]) == 2, "also of who was never written to"
    with desk.session.no_autoflush:
        rows = desk.session.scalars(select(SendingReply)).all()
    assert b"15400000001" not in b"".join(one.phone + one.text_sealed for one in rows)


def test_the_simulator_brings_its_news_by_itself(desk: Desk, at_nine: Desk, caller: Caller) -> None:
    """Receipts and answers; what the site did not take comes again, and changes nothing twice."""
    taken = simulator.Taken(say=lambda _: None, clock=lambda: desk.now)
    sending = at_nine.open(["15400000094", "15400000093", "15400000097", "15400000001"])
    with simulator.server(0, SECRET, taken) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        setting = channels.setting("mas")
        url = f"http://127.0.0.1:{server.server_port}"
        channels.configure([type(setting)("mas", "http", url, SECRET, setting.price)])
        run(desk)
        server.shutdown()
    desk.now = MORNING
    site = f"http://127.0.0.1:{caller.port}{PATH}"
    assert not simulator.Pusher(site, signing.new_secret(), taken).push()
    pusher = simulator.Pusher(site, SECRET, taken)
    assert pusher.push()
    assert pusher.push()
    assert simulator.Pusher(site, SECRET, taken).push(), "all of it once more"
    assert desk.states(sending) == {S.DELIVERED: 3, S.FAILED: 1}
    assert [phone for phone, _ in blocked(desk)] == ["15400000094"]
    assert kept(desk, SendingReply) == 2
