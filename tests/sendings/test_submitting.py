"""Batch by batch to the gateway: each number once, whatever the gateway does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from app.core import clock, crypto
from app.core.db import transaction
from app.messaging import channels
from app.messaging.audience.numbers import phone_ref
from app.messaging.audience.types import Block
from app.messaging.hours import may_send, next_opening
from app.messaging.models import WordVersion
from app.messaging.text import segments
from app.messaging.text.types import Purpose
from app.recipients.models import NumberBlock
from app.rules.models import ParameterChange
from app.rules.types import ChangeState
from app.sendings import policy
from app.sendings.queries import standing_of
from app.sendings.service import steering, submitting, unsettled
from app.sendings.types import DeliveryState, SendingState
from tests.messaging.gateway import Gateway, cut, hang_up
from tests.sendings.office import BODY, REVIEWER, Desk, some_phones
from tests.webhooks.receiver import answers

S = DeliveryState


def run(desk: Desk, turns: int = 1_000) -> int:
    """Turns until nothing may go any more; a second passes between two."""
    made = 0
    while made < turns and submitting.is_due(desk.moment):
        if submitting.turn(desk.moment):
            made += 1
        desk.later(seconds=1)
    return made


def test_every_number_is_handed_over_once(desk: Desk, gateway: Gateway) -> None:
    sending = desk.open(250)
    assert run(desk) == 3
    assert len(gateway.handed) == 250
    assert set(gateway.handed.values()) == {1}
    assert desk.states(sending) == {S.SUBMITTED: 250}
    texts = {row["text"] for one in gateway.heard for row in one.told["messages"]}
    assert all(text.startswith("【荣成就业中心】毕淑芬您好") for text in texts)
    done = desk.sending(sending)
    assert (done.state, done.ended_at is not None) == (SendingState.DONE, True)


def test_it_costs_what_the_gateway_took(desk: Desk, gateway: Gateway) -> None:
    sending = desk.open(10)

    def some(handler: object) -> None:
        rows = gateway.heard[-1].told["messages"]
        gateway.answer = {
            "results": [
                {"key": row["key"], "error": "MK0001"}
                if row["to"].endswith("3")
                else {"key": row["key"], "id": f"gw-{row['key']}"}
                for row in rows
            ]
        }
        gateway.serve(handler)  # type: ignore[arg-type]

    gateway.misbehave = some
    run(desk)
    standing = standing_of(desk.session, sending)
    assert desk.states(sending) == {S.SUBMITTED: 9, S.REFUSED: 1}
    each = desk.rows(sending)[0].segments
    assert standing.billed == 9 * each
    exact = Decimal("0.405") * each
    assert segments.cost(standing.billed, standing.price) == exact.quantize(
        Decimal("0.01"), ROUND_HALF_UP
    )
    assert [one.reason for one in desk.rows(sending) if one.state is S.REFUSED] == ["wrong_number"]


def test_what_is_unknown_never_goes_again_by_itself(desk: Desk, gateway: Gateway) -> None:
    sending = desk.open(20)
    gateway.misbehave = answers(500)
    run(desk)
    assert desk.states(sending) == {S.UNKNOWN: 20}
    gateway.misbehave = gateway.serve
    desk.later(minutes=1)
    run(desk)
    assert set(gateway.handed.values()) == {1}
    assert desk.sending(sending).ended_at is None


@pytest.mark.parametrize("fault", [cut, hang_up, answers(200, b"<html>"), answers(503)])
def test_a_broken_answer_leaves_them_unknown_until_looked_up(
    desk: Desk, gateway: Gateway, fault: object
) -> None:
    sending = desk.open(5)
    gateway.misbehave = fault  # type: ignore[assignment]
    run(desk)
    assert desk.states(sending) == {S.UNKNOWN: 5}
    gateway.misbehave = gateway.serve
    keys = [sending.key(n) for n in range(1, 6)]
    gateway.answer = {
        "results": [
            {"key": keys[0], "id": "gw-a"},
            {"key": keys[1], "error": "UNSEEN"},
            {"key": keys[2], "error": "KEYWORD"},
        ]
    }
    desk.later(minutes=3)
    unsettled.look_up(sending.id, desk.moment)
    assert desk.states(sending) == {S.SUBMITTED: 1, S.WAITING: 1, S.REFUSED: 1, S.UNKNOWN: 2}
    gateway.answer = None
    desk.later(seconds=20)
    run(desk)
    assert gateway.handed[keys[1]] == 2  # the gateway had said that it never saw it
    assert gateway.handed[keys[3]] == 1


def test_what_never_left_goes_again(desk: Desk, gateway: Gateway) -> None:
    sending = desk.open(5)
    gateway.misbehave = answers(429)
    run(desk)
    assert desk.states(sending) == {S.WAITING: 5}
    assert not submitting.is_due(desk.moment), "the gateway is left alone for a while"
    assert "429" in desk.sending(sending).reason, "its page says why nothing goes"
    gateway.misbehave = gateway.serve
    desk.later(seconds=20)
    run(desk)
    assert desk.states(sending) == {S.SUBMITTED: 5}
    assert desk.sending(sending).reason == ""


def test_a_request_that_is_refused_as_a_whole_pauses(desk: Desk, gateway: Gateway) -> None:
    """A wrong secret must not burn a list."""
    sending = desk.open(5)
    gateway.misbehave = answers(401)
    run(desk)
    found = desk.sending(sending)
    assert (found.state, desk.states(sending)) == (SendingState.PAUSED, {S.WAITING: 5})
    assert found.reason.startswith("网关不认本系统的密钥"), "in words a clerk can act on"


def test_many_unknown_pause(desk: Desk, gateway: Gateway) -> None:
    sending = desk.open(700)
    gateway.misbehave = answers(500)
    for _ in range(20):
        run(desk)
        desk.later(seconds=20)
    assert desk.states(sending) == {S.UNKNOWN: 500, S.WAITING: 200}
    assert desk.sending(sending).state is SendingState.PAUSED


def test_who_unsubscribes_meanwhile_is_left_out_of_the_rest(desk: Desk, gateway: Gateway) -> None:
    sending = desk.open(150)
    run(desk, turns=1)
    phones = some_phones(150)
    block(desk, phones[0], phones[120])
    run(desk)
    assert desk.states(sending) == {S.SUBMITTED: 149, S.UNSUBSCRIBED: 1}
    assert sending.key(121) not in gateway.handed
    assert desk.sending(sending).state is SendingState.DONE


def test_a_list_of_blocked_numbers_ends_without_a_message(desk: Desk, gateway: Gateway) -> None:
    block(desk, *some_phones(3))
    sending = desk.open(3)
    run(desk)
    assert not gateway.handed
    assert desk.sending(sending).state is SendingState.DONE


def test_publicity_reaches_a_number_once_in_a_day(desk: Desk, gateway: Gateway) -> None:
    first = desk.open(3)
    run(desk)
    desk.later(hours=5)
    second = desk.open(4)
    run(desk)
    assert desk.states(first) == {S.SUBMITTED: 3}
    assert desk.states(second) == {S.TOO_OFTEN: 3, S.SUBMITTED: 1}
    assert desk.sending(second).state is SendingState.DONE
    desk.later(hours=20)  # more than a day after the first, less after the second
    third = desk.open(4)
    run(desk)
    assert desk.states(third) == {S.SUBMITTED: 3, S.TOO_OFTEN: 1}
    assert len(gateway.handed) == 7


def test_what_a_gateway_refused_counts_for_nothing(desk: Desk, gateway: Gateway) -> None:
    first = desk.open(2)
    gateway.answer = {
        "results": [
            {"key": first.key(1), "error": "MK0001"},
            {"key": first.key(2), "id": "gw-2"},
        ]
    }
    run(desk)
    assert desk.states(first) == {S.SUBMITTED: 1, S.REFUSED: 1}
    gateway.answer = None
    desk.later(hours=1)
    second = desk.open(2)
    run(desk)
    assert desk.states(second) == {S.SUBMITTED: 1, S.TOO_OFTEN: 1}


@pytest.mark.parametrize(("apart", "sent"), [(timedelta(0), 2), (timedelta(minutes=2), 10)])
def test_no_number_gets_many_of_any_kind(
    desk: Desk, gateway: Gateway, apart: timedelta, sent: int
) -> None:
    body = BODY.removesuffix("回复T退订")
    for _ in range(sent):
        desk.open(1, body, purpose=Purpose.DIRECTED)
        run(desk)
        desk.later(seconds=apart.total_seconds())
    assert len(gateway.handed) == sent
    late = desk.open(1, body, purpose=Purpose.DIRECTED)
    run(desk)
    assert desk.states(late) == {S.TOO_OFTEN: 1}
    assert desk.sending(late).reason == ""


def test_it_is_the_parameter_that_says_how_often(desk: Desk, gateway: Gateway) -> None:
    desk.session.add(
        ParameterChange(
            key="publicity_per_day",
            unit_id=desk.unit.id,
            value=2,
            since=desk.now.date(),
            state=ChangeState.CONFIRMED,
            place=desk.unit.path,
            reason="春风行动",
            proposed_by_id=desk.person().id,
            proposed_at=desk.now,
        )
    )
    for _ in range(3):
        last = desk.open(1)
        run(desk)
        desk.later(hours=1)
    assert len(gateway.handed) == 2
    assert desk.states(last) == {S.TOO_OFTEN: 1}


def block(desk: Desk, *phones: str) -> None:
    desk.session.add_all(
        NumberBlock(
            phone_ref=phone_ref(phone),
            phone=crypto.seal(phone),
            kind=Block.REFUSED,
            source="回复 T",
            since=desk.now,
        )
        for phone in phones
    )
    desk.session.commit()


def test_a_worker_that_dies_leaves_it_unknown(desk: Desk, gateway: Gateway) -> None:
    """It is committed as being handed over; nothing of it is handed over again by itself."""
    sending = desk.open(3)
    with transaction() as session:
        assert submitting.claim(session, desk.now) is None, "the rate begins empty"
    desk.later(seconds=1)
    with transaction() as session:
        assert submitting.claim(session, desk.now) is not None
    assert desk.states(sending) == {S.SUBMITTING: 3}
    desk.later(seconds=30)
    assert not submitting.is_due(desk.moment)
    desk.later(minutes=3)
    gateway.misbehave = answers(503)
    unsettled.sweep(desk.moment)
    assert desk.states(sending) == {S.UNKNOWN: 3}
    assert not gateway.handed


def test_the_first_word_holds_when_a_slow_worker_comes_late(desk: Desk) -> None:
    """Its batch was given up meanwhile: what it books now is not of its attempt any more."""
    sending = desk.open(3)
    with transaction() as session:
        submitting.claim(session, desk.now)
    desk.later(seconds=1)
    with transaction() as session:
        batch = submitting.claim(session, desk.now)
    assert batch is not None
    desk.later(minutes=3)
    with transaction() as session:
        unsettled.give_up_hanging(session, sending.id, desk.now)
    submitting.hand_over(batch, desk.moment)
    assert desk.states(sending) == {S.UNKNOWN: 3}


def test_it_pauses_at_eight_in_the_evening_and_goes_on_in_the_morning(
    desk: Desk, gateway: Gateway
) -> None:
    """S8 at 1/1000: never more than rate × time, nothing at or after 20:00, nobody twice."""
    channels.configure([replace(gateway.setting, rate=1)])
    desk.now = datetime(2027, 2, 19, 11, 58, tzinfo=UTC)  # 19:58
    sending = desk.open(293)
    each = desk.rows(sending)[0].segments
    while desk.now < datetime(2027, 2, 19, 12, 1, tzinfo=UTC):
        submitting.turn(desk.moment)
        desk.later(seconds=1.7)
    sent = len(gateway.handed)
    assert 50 < sent * each <= 2 * 60
    assert S.SUBMITTING not in desk.states(sending)
    assert desk.sending(sending).state is SendingState.RUNNING
    desk.now = datetime(2027, 2, 20, 0, 0, tzinfo=UTC)  # 08:00, a Saturday
    submitting.turn(desk.moment)
    desk.later(seconds=5)
    submitting.turn(desk.moment)
    assert len(gateway.handed) > sent
    assert set(gateway.handed.values()) == {1}


@pytest.mark.parametrize(
    ("hour", "minute", "second", "may"),
    [(7, 59, 59, False), (8, 0, 0, True), (19, 59, 59, True), (20, 0, 0, False), (0, 5, 0, False)],
)
def test_the_window_is_eight_to_eight(
    desk: Desk, hour: int, minute: int, second: int, *, may: bool
) -> None:
    moment = datetime(2027, 2, 28, hour, minute, second, tzinfo=UTC) - timedelta(hours=8)
    sending = desk.open(1)
    assert may_send(desk.session, sending.unit_id, moment) is may
    opening = next_opening(desk.session, sending.unit_id, moment)
    assert may_send(desk.session, sending.unit_id, opening)
    assert timedelta() <= opening - moment <= timedelta(hours=12)


def test_the_parameters_of_the_unit_move_the_window(desk: Desk, gateway: Gateway) -> None:
    """Nine is too early where one may send from ten; from the next day on till ten at night."""
    set_parameter(desk, "send_from", 10, days_ago=1)
    set_parameter(desk, "send_until", 22, days_ago=-1)
    sending = desk.open(3)
    run(desk)
    assert not gateway.handed
    opening = next_opening(desk.session, sending.unit_id, desk.now)
    assert clock.local(opening).hour == 10
    desk.now = opening
    run(desk, turns=1)
    assert len(gateway.handed) == 3
    late = clock.local(desk.now).replace(hour=21)
    assert not may_send(desk.session, sending.unit_id, late)
    assert may_send(desk.session, sending.unit_id, late + timedelta(days=1))


def set_parameter(desk: Desk, key: str, value: int, *, days_ago: int) -> None:
    by = desk.person()
    desk.session.add(
        ParameterChange(
            key=key,
            unit_id=desk.unit.id,
            value=value,
            since=(desk.now - timedelta(days=days_ago)).date(),
            reason="试。",
            state=ChangeState.CONFIRMED,
            place=desk.unit.path,
            proposed_by_id=by.id,
            proposed_at=desk.now - timedelta(days=9),
        )
    )
    desk.session.commit()


def test_a_word_that_came_onto_the_list_is_not_sent(desk: Desk, gateway: Gateway) -> None:
    """After it was approved. Going on is stopped again, till the list of words is mended."""
    sending = desk.open(5)
    keep_words(desk, 1, ["招聘会"])
    for _ in range(2):
        run(desk)
        found = desk.sending(sending)
        assert not gateway.handed
        assert (found.state, desk.states(sending)) == (SendingState.PAUSED, {S.WAITING: 5})
        assert "有不发的词：招聘会。没有发出" in found.reason
        steering.resume(
            desk.session,
            actor=desk.actor(REVIEWER),
            now=desk.now,
            sending_id=sending.id,
            version=found.rev,
        )
        desk.session.commit()
    keep_words(desk, 2, ["别的词"])
    run(desk)
    assert desk.states(sending) == {S.SUBMITTED: 5}


def test_a_word_in_what_one_person_is_told_is_not_sent(desk: Desk, gateway: Gateway) -> None:
    desk.open(2)
    keep_words(desk, 1, ["毕淑芬"])
    run(desk)
    assert not gateway.handed


def keep_words(desk: Desk, n: int, words: list[str]) -> None:
    made = WordVersion(n=n, words=words, reason="试。", by_id=desk.person().id, at=desk.now)
    desk.session.add(made)
    desk.session.commit()


def test_no_more_than_the_rate_goes_in_any_time() -> None:
    now = datetime(2027, 2, 10, 1, tzinfo=UTC)
    until, gone, begun = now, 0, now
    for _ in range(10_000):
        until, may = policy.used_until(until, 7, 100, now)
        gone += 7 if may else 0
        assert gone <= 100 * (now - begun).total_seconds() + 1e-6
        now += timedelta(milliseconds=13)
    assert gone > 0.95 * 100 * (now - begun).total_seconds()
