"""Executed rows go to the managed system: signed, in order, at least once, and else by hand."""

from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from sqlalchemy import func, select

from app.access.types import AccountActed, AccountsActed
from app.core.errors import Invalid
from app.core.outbox import Outbox, OutboxState
from app.managed import queries, service
from app.managed.types import TOPIC, NothingToDo, NotYourPush, PushNotFound, PushState
from app.processes.models import Incident
from app.processes.types import IncidentKind, IncidentState
from app.repairs import service as repairs
from tests.managed.conftest import ADMIN, COUNTY_ADMIN, KEY, STRANGER, Platform, set_address
from tests.support.office import Office
from tests.webhooks.receiver import Misbehave, answers, closed_port, never

WAITING, DELIVERED, FAILED, BY_HAND = PushState


def garbage(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00\xff this is no HTTP \r\n\r\n")


def cut(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


def done(platform: Platform, rows: int = 1) -> str:
    """A form with so many new people, decided to its end."""
    office = platform.office
    ticket = office.walk(office.start(answers=office.answers(rows)))
    office.session.commit()
    return ticket.number


def work_row(platform: Platform) -> Outbox:
    return platform.office.session.scalars(
        select(Outbox).where(Outbox.topic == TOPIC).order_by(Outbox.id)
    ).one()


def by_hand(platform: Platform, push_id: int, why: str = "谭丽华在系统里办了") -> None:
    office = platform.office
    service.do_by_hand(
        office.session, actor=office.actor(ADMIN), now=office.tick(), push_id=push_id, why=why
    )
    office.session.commit()


def test_an_executed_form_arrives_signed_and_in_order(platform: Platform) -> None:
    number = done(platform)
    assert platform.states() == [WAITING, WAITING]
    platform.work()
    assert platform.states() == [DELIVERED, DELIVERED]
    opened, given = platform.receiver.heard
    assert all(one.is_signed(platform.secret) for one in (opened, given))
    assert not opened.is_signed("whsec_" + "A" * 44)
    assert [one.told["type"] for one in (opened, given)] == ["account.opened", "grant.given"]
    assert opened.told["ticket"] == number
    assert set(opened.told["account"]) == {"id", "id_number", "name", "phone", "kind", "unit"}
    assert set(given.told["account"]) == {"id", "id_number"}  # no more than it needs
    assert given.told["permission"]["subsystem"]
    assert all(one.body_sealed is None for one in platform.pushes())  # nothing is kept of it


def test_without_an_address_it_is_done_by_hand(office: Office) -> None:
    office.walk(office.start())
    assert queries.systems_on(office.session) == []
    assert office.session.scalar(select(func.count()).where(Outbox.topic == TOPIC)) == 0


@pytest.mark.parametrize(
    "misbehave",
    [answers(500), answers(503, Retry_After="1"), answers(302), garbage, cut, never],
    ids=["500", "busy", "moved", "garbage", "cut", "slow"],
)
def test_what_goes_wrong_is_tried_again_under_the_same_key(
    platform: Platform, misbehave: Misbehave
) -> None:
    platform.receiver.misbehave = misbehave
    done(platform)
    platform.work()
    assert platform.states() == [WAITING, WAITING]  # the second waits for the first
    platform.receiver.misbehave = None
    platform.work()
    assert platform.states() == [DELIVERED, DELIVERED]
    first, again, *_ = platform.receiver.messages
    assert first == again
    assert platform.receiver.heard[0].body == platform.receiver.heard[1].body


def test_an_answer_that_comes_twice_changes_nothing(platform: Platform) -> None:
    """It was delivered, and the worker died before it could say so: it is sent once more."""
    done(platform)
    platform.work()
    row = platform.office.session.scalars(select(Outbox).where(Outbox.topic == TOPIC)).first()
    assert row is not None
    row.state = OutboxState.WAITING
    platform.work()
    assert platform.states() == [DELIVERED, DELIVERED]
    assert len(platform.receiver.heard) == 2


def test_one_account_waits_and_others_go_on(platform: Platform) -> None:
    """What is refused for one person holds up nobody else."""
    refused: list[str] = []

    def refuse_first(handler: BaseHTTPRequestHandler) -> None:
        told = platform.receiver.heard[-1].told["account"]["id_number"]
        if not refused:
            refused.append(told)
        answers(500 if told == refused[0] else 200)(handler)

    platform.receiver.misbehave = refuse_first
    done(platform, rows=2)
    platform.work()
    assert sorted(platform.states()) == [DELIVERED, DELIVERED, WAITING, WAITING]


def test_after_the_last_attempt_it_is_an_incident_and_can_be_sent_again(
    platform: Platform,
) -> None:
    office = platform.office
    platform.receiver.misbehave = answers(500, "系统维护".encode())
    number = done(platform)
    platform.exhaust()
    assert platform.states() == [FAILED, WAITING]
    (incident,) = office.session.scalars(
        select(Incident).where(Incident.kind == IncidentKind.OUTBOX)
    )
    assert incident.state is IncidentState.OPEN
    assert "推送到被管系统" in incident.cause
    assert "没有办成：对方答 500，说：系统维护" in incident.cause
    stuck = queries.pushes_of_ticket(office.session, number)[0]
    assert stuck.is_stuck
    platform.receiver.misbehave = None
    service.push_again(
        office.session, actor=office.actor(ADMIN), now=office.tick(), push_id=stuck.id, seen=0
    )
    with pytest.raises(NothingToDo):  # the second click
        service.push_again(
            office.session, actor=office.actor(ADMIN), now=office.tick(), push_id=stuck.id, seen=0
        )
    office.session.commit()
    platform.work()
    assert platform.states() == [DELIVERED, DELIVERED]
    office.session.refresh(incident)
    assert incident.state is IncidentState.RESOLVED


def test_by_hand_says_who_and_why_and_lets_the_next_go(platform: Platform) -> None:
    office = platform.office
    platform.receiver.misbehave = answers(500)
    done(platform)
    platform.exhaust()
    first, second = platform.pushes()
    with pytest.raises(Invalid):
        by_hand(platform, first.id, why=" ")
    with pytest.raises(NothingToDo):  # it waits for the one before
        by_hand(platform, second.id)
    by_hand(platform, first.id)
    with pytest.raises(NothingToDo):
        by_hand(platform, first.id)
    office.session.rollback()
    platform.receiver.misbehave = None
    platform.work()
    assert platform.states() == [BY_HAND, DELIVERED]
    (_, shown) = queries.pushes_of_account(office.session, first.account_id)
    assert (shown.state, shown.why) == (BY_HAND, "谭丽华在系统里办了")
    assert shown.by
    assert not office.session.scalars(
        select(Incident).where(Incident.state == IncidentState.OPEN)
    ).all()


def test_what_is_given_up_among_what_waits_was_done_by_hand(platform: Platform) -> None:
    """待发事项 has the same two buttons; it is one thing, not two."""
    office = platform.office
    platform.receiver.misbehave = answers(500)
    done(platform)
    platform.exhaust()
    repairs.discard_row(
        office.session,
        actor=office.actor(ADMIN),
        now=office.tick(),
        row_id=work_row(platform).id,
        reason="系统里早就有",
    )
    office.session.commit()
    assert platform.states()[0] is BY_HAND
    assert platform.pushes()[0].why == "系统里早就有"


def test_who_else_may_mend_it(platform: Platform) -> None:
    """A system administrator of the county; another county's finds nothing."""
    office = platform.office
    platform.receiver.misbehave = answers(500)
    done(platform)
    platform.exhaust()
    push_id = platform.pushes()[0].id
    given: dict[str, Any] = {"now": office.tick(), "push_id": push_id, "why": "办了"}
    for by, refusal in ((STRANGER, PushNotFound), ("tanlihua", NotYourPush)):
        with pytest.raises(refusal):
            service.do_by_hand(office.session, actor=office.actor(by), **given)
    assert (
        service.do_by_hand(office.session, actor=office.actor(COUNTY_ADMIN), **given).state
        is BY_HAND
    )


def test_switched_off_meanwhile_it_is_left_for_a_person(platform: Platform) -> None:
    office = platform.office
    done(platform)
    service.switch_off(
        office.session, actor=office.actor(ADMIN), now=office.tick(), key=KEY, version=2
    )
    platform.work()
    assert platform.states() == [FAILED, WAITING]
    assert platform.receiver.heard == []


def test_a_silent_system_is_left_alone_for_a_while(platform: Platform) -> None:
    set_address(platform.office, f"http://127.0.0.1:{closed_port()}/", version=2)
    done(platform)
    platform.work()
    row = work_row(platform)
    platform.office.session.refresh(row)
    assert row.attempts == 1
    assert "连接被拒绝" in (row.error or "")


def test_a_row_may_do_the_same_twice(platform: Platform) -> None:
    """Stopped, let work, stopped again by one row of one form: three acts, in their order."""
    number = done(platform)
    platform.work()
    account = platform.pushes()[0].account_id
    for kind in ("account.suspended", "account.resumed", "account.suspended"):
        act = AccountActed(kind, account, 1, "", "")
        service.note_acts(
            platform.office.session, AccountsActed(number, 1, (act,), platform.office.now)
        )
    platform.work()
    assert platform.states() == [DELIVERED] * 5
    told = [one.told["type"] for one in platform.receiver.heard[2:]]
    assert told == ["account.suspended", "account.resumed", "account.suspended"]
    assert len(set(platform.receiver.messages)) == 5
