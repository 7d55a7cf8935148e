"""What happens to tickets is told to whom it concerns: once written, sent until it arrives."""

import json
import math
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.audit.models import Event
from app.core import clock
from app.core.clock import utcnow
from app.webhooks import delivering, sending, service
from app.webhooks.models import Delivery, Endpoint, News
from app.webhooks.types import (
    MOST_TRIES,
    AlreadyWaiting,
    DeliveryState,
    EndpointNotFound,
    EndpointState,
    EndpointTwice,
    Kind,
    NotSwitchedOn,
    StaleEndpoint,
    Wanted,
)
from tests.support.office import Office
from tests.webhooks.conftest import ADMIN, AWAY, COUNTY, STRANGER
from tests.webhooks.receiver import Receiver, answers, closed_port

pytestmark = pytest.mark.usefixtures("administrators")
Enter = Callable[..., tuple[Endpoint, str]]


@pytest.fixture
def enter(office: Office) -> Enter:
    def make(
        url: str, unit: str = COUNTY, by: str = ADMIN, kinds: tuple[Kind, ...] = tuple(Kind)
    ) -> tuple[Endpoint, str]:
        wanted = Wanted("叫号系统", url, list(kinds))
        return service.add_endpoint(
            office.session, actor=office.actor(by), now=utcnow(), unit=unit, wanted=wanted
        )

    return make


def send(office: Office) -> int:
    """What the job does, on this thread."""
    office.session.commit()
    while delivering.spread():
        pass
    count = delivering.send(math.inf, quick_only=False)
    office.session.expire_all()
    return count


def log(office: Office, endpoint: Endpoint) -> list[Delivery]:
    rows = select(Delivery).where(Delivery.endpoint_id == endpoint.id).order_by(Delivery.id)
    return list(office.session.scalars(rows))


def test_nothing_is_written_while_nobody_wants_to_hear(office: Office, enter: Enter) -> None:
    office.walk(office.start())
    assert office.session.scalar(select(func.count()).select_from(News)) == 0
    enter("http://127.0.0.1:9/")
    office.start()
    office.session.flush()
    assert office.session.scalar(select(func.count()).select_from(News)) > 0


def test_a_ticket_is_told_from_its_beginning_to_its_end(
    office: Office, enter: Enter, receiver: Receiver
) -> None:
    """To its own county, signed, each thing once; no answers, no names; to no other county."""
    endpoint, secret = enter(receiver.url)
    with Receiver() as other:
        enter(other.url, AWAY, STRANGER)
        ticket = office.start()
        office.send_back(ticket)
        office.submit(ticket)
        office.walk(ticket)
        assert send(office) == len(receiver.heard) > 10
        assert send(office) == 0
        assert other.heard == []
    assert len(set(receiver.messages)) == len(receiver.heard)
    told = [one.told for one in receiver.heard]
    assert [one["type"] for one in told] == [
        *("ticket.opened", "task.opened", "ticket.returned", "ticket.resubmitted", "task.opened"),
        *("task.opened", "task.decided") * 3,
        *("ticket.closed", "task.decided"),
    ]
    assert {(one["number"], one["process"]) for one in told} == {
        (ticket.number, "operator-account")
    }
    assert told[2]["state"] == "returned"
    assert (told[-2]["state"], told[-2]["node"]) == ("closed", None)
    assert (told[-1]["state"], told[-1]["node"]) == ("done", "permission_execution")
    assert {tuple(one) for one in told} == {
        ("id", "type", "at", "number", "process", "node", "state")
    }
    for one in receiver.heard:
        assert one.is_signed(secret)
        assert one.told["id"] == one.message
        assert abs(int(one.headers["webhook-timestamp"]) - utcnow().timestamp()) < 60
    assert {one.state for one in log(office, endpoint)} == {DeliveryState.DELIVERED}


def test_only_what_was_asked_for_is_told(office: Office, enter: Enter, receiver: Receiver) -> None:
    enter(receiver.url, kinds=(Kind.TICKET_CLOSED,))
    office.walk(office.start())
    send(office)
    assert [one.told["type"] for one in receiver.heard] == ["ticket.closed"]


def test_the_same_message_comes_again_until_it_has_arrived(
    office: Office, enter: Enter, receiver: Receiver
) -> None:
    """Later and later under one id; in the end it is 未送达 until somebody sends it again."""
    endpoint, _ = enter(receiver.url, kinds=(Kind.TICKET_OPENED,))
    office.start()
    receiver.misbehave = answers(500)
    pauses = []
    for _ in range(MOST_TRIES):
        office.session.execute(update(Delivery).values(next_at=utcnow()))
        assert send(office) == 1
        (one,) = log(office, endpoint)
        pauses.append(one.next_at - (one.tried_at or one.next_at))
        assert send(office) == 0  # not before its time
    assert pauses == sorted(pauses)
    assert one.state is DeliveryState.UNDELIVERED
    assert "500" in (one.error or "")
    assert len(set(receiver.messages)) == 1
    receiver.misbehave = None
    given = {"actor": office.actor(ADMIN), "now": utcnow(), "endpoint_id": endpoint.id}
    service.replay(office.session, **given, delivery_id=one.id)
    with pytest.raises(AlreadyWaiting):  # the second click
        service.replay(office.session, **given, delivery_id=one.id)
    assert send(office) == 1
    assert (one.state, one.status, one.error) == (DeliveryState.DELIVERED, 200, None)
    assert len(set(receiver.messages)) == 1


def test_one_that_is_silent_holds_up_nobody(
    office: Office, enter: Enter, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One attempt in its pause, however much waits for it, and none of the quick ones' threads."""
    monkeypatch.setattr(sending, "ALL_IN", 2.0)
    with Receiver() as silent:
        silent.misbehave = lambda handler: handler.connection.recv(1) and None
        dead, _ = enter(silent.url)
        enter(receiver.url)
        for _ in range(3):
            office.walk(office.start())
        send(office)
        assert len(silent.heard) == 1
        assert len(receiver.heard) > 20
        assert dead.failing_since is not None
        assert dead.next_at is not None
        assert dead.next_at > utcnow()
        dead.is_slow, dead.next_at = True, None
        office.session.commit()
        assert delivering.send(math.inf, quick_only=True) == 0
        for n in range(2):  # of slow ones that many are in hand at once, of all workers together
            other, _ = enter(f"http://127.0.0.1:9/{n}")
            other.is_slow, other.leased_until = True, utcnow() + delivering.LEASE
        office.session.commit()
        assert delivering.send(math.inf, quick_only=False) == 0


def test_after_three_days_of_nothing_it_is_paused_and_says_so(office: Office, enter: Enter) -> None:
    endpoint, _ = enter(f"http://127.0.0.1:{closed_port()}/")
    office.start()
    send(office)
    assert endpoint.state is EndpointState.ON
    endpoint.failing_since = utcnow() - timedelta(days=3)
    endpoint.next_at = None
    send(office)
    assert endpoint.state is EndpointState.PAUSED
    assert "连接被拒绝" in (endpoint.paused_why or "")
    kinds = office.session.scalars(select(Event.kind).where(Event.kind.startswith("webhook.")))
    assert list(kinds) == ["webhook.added", "webhook.paused"]
    waiting = len(log(office, endpoint))
    office.start()
    assert send(office) == 0
    assert len(log(office, endpoint)) == waiting  # a dead address gathers nothing more
    (first, *_) = log(office, endpoint)
    with pytest.raises(NotSwitchedOn):
        service.replay(
            office.session,
            actor=office.actor(ADMIN),
            now=utcnow(),
            endpoint_id=endpoint.id,
            delivery_id=first.id,
        )


def test_a_restored_copy_sends_nothing_by_itself(
    office: Office, enter: Enter, receiver: Receiver
) -> None:
    endpoint, _ = enter(receiver.url, kinds=(Kind.TICKET_OPENED,))
    office.start()
    office.session.commit()
    delivering.spread()
    assert service.pause_all(office.session, now=utcnow()) == 1
    assert send(office) == 0
    service.switch_on(
        office.session,
        actor=office.actor(ADMIN),
        now=utcnow(),
        endpoint_id=endpoint.id,
        version=endpoint.rev,
    )
    assert send(office) == 1


def test_gone_means_gone(office: Office, enter: Enter, receiver: Receiver) -> None:
    endpoint, _ = enter(receiver.url)
    office.start()
    receiver.misbehave = answers(410)
    assert send(office) == 1
    assert endpoint.state is EndpointState.PAUSED


def test_a_secret_is_changed_without_a_gap(
    office: Office, enter: Enter, receiver: Receiver
) -> None:
    endpoint, old = enter(receiver.url, kinds=(Kind.TICKET_OPENED,))
    given = {"actor": office.actor(ADMIN), "endpoint_id": endpoint.id, "version": endpoint.rev}
    _, new = service.rotate_secret(office.session, now=utcnow(), **given)
    with pytest.raises(StaleEndpoint):  # the second click
        service.rotate_secret(office.session, now=utcnow(), **given)
    office.start()
    send(office)
    endpoint.old_until = utcnow()
    office.start()
    send(office)
    both, one = receiver.heard
    assert (both.is_signed(old), both.is_signed(new)) == (True, True)
    assert (one.is_signed(old), one.is_signed(new)) == (False, True)
    assert old.encode() not in endpoint.secret_sealed + (endpoint.old_secret_sealed or b"")


def test_an_attempt_that_ended_its_process_is_made_again(
    office: Office, enter: Enter, receiver: Receiver
) -> None:
    """Killed after the reader had it: it comes twice, and the id says that it is the same."""
    endpoint, _ = enter(receiver.url, kinds=(Kind.TICKET_OPENED,))
    office.start()
    office.session.commit()
    delivering.spread()
    attempt = delivering._begin(endpoint.id)
    assert attempt is not None
    sending.post(attempt.url, attempt.headers, attempt.body)
    assert send(office) == 0  # nobody knows yet that it was cut off
    office.session.execute(update(Delivery).values(next_at=utcnow()))
    office.session.execute(update(Endpoint).values(leased_until=None))
    assert send(office) == 1
    assert len(receiver.heard) == 2
    assert len(set(receiver.messages)) == 1


def test_a_clock_set_back_keeps_nothing_waiting(
    office: Office, enter: Enter, receiver: Receiver
) -> None:
    """What was begun, pauses and leases in a time to come: all is due, and comes once."""
    endpoint, _ = enter(receiver.url, kinds=(Kind.TICKET_OPENED,))
    for _ in range(3):
        office.start()
    office.session.commit()
    delivering.spread()
    ahead = utcnow() + timedelta(days=20)
    office.session.execute(
        update(Delivery).values(created_at=ahead, tried_at=ahead, next_at=ahead, tries=3)
    )
    endpoint.tried_at = endpoint.next_at = endpoint.leased_until = ahead
    endpoint.failing_since = ahead
    assert send(office) == 3
    assert send(office) == 0
    assert len(set(receiver.messages)) == 3


def test_who_may_enter_what(office: Office, enter: Enter, receiver: Receiver) -> None:
    endpoint, _ = enter(receiver.url)
    with pytest.raises(EndpointTwice):
        enter(receiver.url)
    given = {"now": utcnow(), "endpoint_id": endpoint.id, "version": endpoint.rev}
    with pytest.raises(EndpointNotFound):
        service.switch_off(office.session, actor=office.actor(STRANGER), **given)
    service.switch_off(office.session, actor=office.actor(ADMIN), **given)
    with pytest.raises(NotSwitchedOn):
        service.ping(
            office.session, actor=office.actor(ADMIN), now=utcnow(), endpoint_id=endpoint.id
        )
    office.start()
    assert send(office) == 0
    assert clock.local(endpoint.created_at).utcoffset() == timedelta(hours=8)
    assert json.loads(json.dumps(endpoint.kinds)) == [kind.value for kind in Kind]
