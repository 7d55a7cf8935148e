"""Receipts: in any order, twice, late, of nobody, in parts, before their message is booked."""

import random
from datetime import UTC, datetime

import pytest

from app.core.db import transaction
from app.messaging.channels.types import Receipt
from app.sendings.models import GatewayMark, PartReceipt, Sending
from app.sendings.service import pulling, receipts, submitting, unsettled
from app.sendings.types import DeliveryState
from tests.messaging.gateway import Gateway
from tests.sendings.office import Desk, receipts_of
from tests.sendings.test_submitting import run

S = DeliveryState
AT = datetime(2027, 2, 10, 1, 1, tzinfo=UTC)
LONG = "${姓名}您好，" + "专场招聘会定于2027年2月20日上午9时举办，欢迎参加。" * 3 + "回复T退订"


def told(
    sending: Sending, n: int, status: str = "DELIVRD", part: int = 1, parts: int = 1
) -> Receipt:
    return Receipt(f"gw-{sending.key(n)}", part, parts, status, AT)


def take(desk: Desk, *given: Receipt) -> receipts.Taken:
    with transaction() as session:
        return receipts.take(session, "mas", given, now=desk.now)


@pytest.fixture
def sent(desk: Desk) -> Sending:
    sending = desk.open(6)
    run(desk)
    return sending


def test_what_the_operator_says_becomes_the_state_and_the_reason(desk: Desk, sent: Sending) -> None:
    take(
        desk,
        told(sent, 1),
        told(sent, 2, "MK:0001"),
        told(sent, 3, "EXPIRED"),
        told(sent, 4, "ACCEPTD"),
        told(sent, 5, "MBBLACK"),
    )
    assert [(one.state, one.reason) for one in desk.rows(sent)] == [
        (S.DELIVERED, ""),
        (S.FAILED, "wrong_number"),
        (S.FAILED, "switched_off"),
        (S.SUBMITTED, ""),
        (S.FAILED, "refused_by_person"),
        (S.SUBMITTED, ""),
    ]
    assert desk.rows(sent)[1].code == "MK:0001"


def test_twice_changes_nothing(desk: Desk, sent: Sending) -> None:
    assert take(desk, told(sent, 1)) == receipts.Taken(1, 1)
    assert take(desk, told(sent, 1), told(sent, 1)) == receipts.Taken(0, 0)


def test_the_order_does_not_matter(desk: Desk) -> None:
    sending = desk.open(40, LONG)
    run(desk)
    assert desk.rows(sending)[0].segments == 2
    words = random.Random(9)
    given = []
    for n in range(1, 41):
        mine = [
            told(sending, n, word, part, 2)
            for part in (1, 2)
            for word in words.sample(["ACCEPTD", "DELIVRD", "EXPIRED"], words.randint(1, 3))
        ]
        words.shuffle(mine)
        given += mine
    words.shuffle(given)
    for one in given:
        take(desk, one)
    for n, row in enumerate(desk.rows(sending), start=1):
        said = {
            part: {
                r.status for r in given if r.gateway_id == f"gw-{sending.key(n)}" and r.part == part
            }
            for part in (1, 2)
        }
        parts = [
            "arrived" if "DELIVRD" in s else "failed" if "EXPIRED" in s else ""
            for s in said.values()
        ]
        wanted = (
            S.FAILED
            if "failed" in parts
            else S.DELIVERED
            if parts == ["arrived"] * 2
            else S.SUBMITTED
        )
        assert row.state is wanted, (n, said)


def test_a_long_message_has_arrived_when_every_part_has(desk: Desk) -> None:
    sending = desk.open(1, LONG)
    run(desk)
    take(desk, told(sending, 1, part=2, parts=2))
    assert desk.states(sending) == {S.SUBMITTED: 1}
    take(desk, told(sending, 1, part=1, parts=2))
    assert desk.states(sending) == {S.DELIVERED: 1}


def test_a_receipt_may_come_before_its_message_is_booked(desk: Desk, gateway: Gateway) -> None:
    sending = desk.open(2)
    with transaction() as session:
        submitting.claim(session, desk.now)
    desk.later(seconds=1)
    with transaction() as session:
        batch = submitting.claim(session, desk.now)
    assert batch is not None
    assert take(desk, told(sending, 1)) == receipts.Taken(1, 0)
    submitting.hand_over(batch, desk.moment)
    unsettled.sweep(desk.moment)
    assert desk.states(sending) == {S.DELIVERED: 1, S.SUBMITTED: 1}
    assert gateway.handed


def test_those_of_nobody_are_kept_for_a_week(desk: Desk) -> None:
    take(desk, Receipt("nobody", 1, 1, "DELIVRD", AT), Receipt("parts", 1, 10**9, "DELIVRD", AT))
    assert [one.gateway_id for one in desk.session.query(PartReceipt)] == ["nobody"]
    with transaction() as session:
        receipts.forget(session, desk.later(days=8))
    assert not desk.session.query(PartReceipt).count()


def test_without_a_word_for_three_days_it_is_counted_apart(desk: Desk, sent: Sending) -> None:
    take(desk, told(sent, 1))
    desk.later(hours=71)
    unsettled.sweep(desk.moment)
    assert S.SILENT not in desk.states(sent)
    desk.later(hours=2)
    unsettled.sweep(desk.moment)
    assert desk.states(sent) == {S.DELIVERED: 1, S.SILENT: 5}
    take(desk, told(sent, 2))  # late, and it counts all the same
    assert desk.states(sent) == {S.DELIVERED: 2, S.SILENT: 4}


def test_they_are_pulled_from_where_the_last_time_ended(
    desk: Desk, sent: Sending, gateway: Gateway
) -> None:
    gateway.answer = receipts_of([sent.key(n) for n in (1, 2, 3)])
    assert pulling.pull("mas", desk.now) >= 3
    assert desk.states(sent) == {S.DELIVERED: 3, S.SUBMITTED: 3}
    assert desk.session.get_one(GatewayMark, "mas").mark == "1"
    gateway.answer = {"receipts": [], "next": "1"}
    before = len(gateway.heard)
    pulling.pull("mas", desk.now)
    assert gateway.heard[before].told == {"after": "1"}


def test_a_look_up_after_the_end_says_nothing_more(desk: Desk, gateway: Gateway) -> None:
    """Three days are as long as anything is waited for; the books are written then."""
    sending = desk.open(2)
    gateway.answer = b"not readable"
    run(desk)
    desk.later(hours=73)
    unsettled.sweep(desk.moment)
    assert desk.sending(sending).ended_at is not None
    gateway.answer = None
    assert unsettled.look_up(sending.id, desk.moment) == 0
    assert desk.states(sending) == {S.UNKNOWN: 2}
