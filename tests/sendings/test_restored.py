"""A restored copy does not know what was sent after it was taken, and sends none of it again."""

from app.core.db import transaction
from app.sendings import service
from app.sendings.service import unsettled
from app.sendings.types import DeliveryState, SendingState
from tests.messaging.gateway import Gateway
from tests.sendings.office import Desk
from tests.sendings.test_steering import act
from tests.sendings.test_submitting import run

S = DeliveryState


def restored(desk: Desk) -> int:
    with transaction() as session:
        return service.hold_unfinished(session, desk.now)


def test_what_was_left_is_asked_about_before_it_goes(desk: Desk, gateway: Gateway) -> None:
    sending = desk.open(150)
    run(desk, turns=1)
    assert restored(desk) == 50
    found = desk.sending(sending)
    assert (found.state, desk.states(sending)) == (
        SendingState.PAUSED,
        {S.SUBMITTED: 100, S.UNKNOWN: 50},
    )
    left = [sending.key(n) for n in range(101, 151)]
    gateway.answer = {
        "results": [
            *({"key": key, "id": f"gw-{key}"} for key in left[:20]),  # they went after the copy
            *({"key": key, "error": "UNSEEN"} for key in left[20:]),
        ]
    }
    desk.later(minutes=3)
    unsettled.sweep(desk.moment)
    assert desk.states(sending) == {S.SUBMITTED: 120, S.WAITING: 30}
    before, gateway.answer = gateway.handed, None
    assert run(desk) == 0, "a person looks first"
    act(desk, "resume", sending)
    run(desk)
    assert desk.states(sending) == {S.SUBMITTED: 150}
    assert set((gateway.handed - before).keys()) == set(left[20:])


def test_what_is_over_or_waits_for_a_person_stays_as_it_is(desk: Desk) -> None:
    over, held = desk.open(3), desk.open(3)
    act(desk, "pause", held)
    run(desk)
    restored(desk)
    assert (desk.sending(over).state, desk.states(over)) == (SendingState.DONE, {S.SUBMITTED: 3})
    found = desk.sending(held)
    assert (found.state, found.reason) == (SendingState.PAUSED, "内容要再核对一下")
    assert desk.states(held) == {S.UNKNOWN: 3}
