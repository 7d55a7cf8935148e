"""暂停, 继续, 停止, and the books at the end."""

import pytest
from sqlalchemy import select, text

from app.core.db import transaction
from app.ledgers.models import LedgerRow
from app.messaging import channels
from app.recipients.models import Recipient
from app.sendings import service
from app.sendings.models import Sending
from app.sendings.service import submitting, unsettled
from app.sendings.types import (
    DeliveryState,
    NotYourSending,
    ReasonMissing,
    SendingMoved,
    SendingNotFound,
    SendingState,
    Voided,
)
from tests.messaging.gateway import Gateway
from tests.sendings.office import CLERK, LEADER, REVIEWER, STRANGER, Desk
from tests.sendings.test_submitting import run

S = DeliveryState


def act(
    desk: Desk, what: str, found: Sending, who: str = CLERK, version: int = 0, **more: str
) -> Sending:
    words = {} if what == "resume" else {"reason": "内容要再核对一下", **more}
    with transaction() as session:
        return getattr(service, what)(
            session,
            actor=desk.actor(who),
            now=desk.now,
            sending_id=found.id,
            version=version or desk.sending(found).rev,
            **words,
        )


def booked(desk: Desk, name: str) -> list[dict[str, str]]:
    rows = desk.session.scalars(select(LedgerRow).where(LedgerRow.name == name))
    return [dict(one.values) for one in rows]


@pytest.mark.parametrize("who", [CLERK, LEADER, REVIEWER])
def test_a_pause_holds_until_somebody_goes_on(desk: Desk, gateway: Gateway, who: str) -> None:
    sending = desk.open(250)
    run(desk, turns=1)
    act(desk, "pause", sending, who)
    desk.later(hours=1)
    assert run(desk) == 0
    act(desk, "resume", sending, who)
    run(desk)
    assert desk.states(sending) == {S.SUBMITTED: 250}
    assert set(gateway.handed.values()) == {1}


def test_it_may_be_paused_before_it_begins(desk: Desk) -> None:
    sending = desk.open(3)
    act(desk, "pause", sending)
    assert act(desk, "resume", sending).state is SendingState.READY
    run(desk)
    assert desk.states(sending) == {S.SUBMITTED: 3}


def test_a_stop_takes_back_what_waits_and_books_what_went(desk: Desk) -> None:
    sending = desk.open(250)
    run(desk, turns=1)
    act(desk, "stop", sending)
    assert desk.states(sending) == {S.SUBMITTED: 100, S.WITHDRAWN: 150}
    (row,) = booked(desk, "sendings")
    assert (row["total"], row["taken"], row["withdrawn"]) == ("250", "100", "150")
    assert (row["state"], row["remark"]) == ("已停止", "内容要再核对一下")
    (cost,) = booked(desk, "sending-costs")
    assert (cost["segments"], cost["price"], cost["cost"]) == ("100", "0.045", "4.50")
    assert run(desk) == 0


def test_what_is_under_way_when_it_is_stopped_is_booked_first(desk: Desk) -> None:
    sending = desk.open(3)
    with transaction() as session:
        submitting.claim(session, desk.now)
    desk.later(seconds=1)
    with transaction() as session:
        batch = submitting.claim(session, desk.now)
    assert batch is not None
    act(desk, "stop", sending)
    assert desk.sending(sending).ended_at is None
    submitting.hand_over(batch, desk.moment)
    assert desk.sending(sending).ended_at is not None
    assert desk.states(sending) == {S.SUBMITTED: 3}


def test_a_second_click_and_a_stale_page_are_refused(desk: Desk) -> None:
    sending = desk.open(3)
    seen = sending.rev
    act(desk, "pause", sending)
    with pytest.raises(SendingMoved):
        act(desk, "stop", sending, version=seen)
    with pytest.raises(SendingMoved):
        act(desk, "pause", sending)
    with pytest.raises(ReasonMissing):
        act(desk, "stop", sending, reason=" ")
    act(desk, "stop", sending)
    for what in ("pause", "resume", "stop"):
        with pytest.raises(SendingMoved):
            act(desk, what, sending)


def test_to_a_stranger_it_is_not_there(desk: Desk) -> None:
    sending = desk.open(3)
    with pytest.raises((SendingNotFound, NotYourSending)):
        act(desk, "stop", sending, STRANGER)


def test_the_books_are_written_once(desk: Desk) -> None:
    sending = desk.open(120)
    run(desk)
    for _ in range(3):
        unsettled.sweep(desk.moment)
    (row,) = booked(desk, "sendings")
    (cost,) = booked(desk, "sending-costs")
    assert (row["total"], row["taken"], row["state"]) == ("120", "120", "已发完")
    assert (cost["cost"], cost["unit"]) == ("5.40", desk.unit.name)
    assert desk.sending(sending).state is SendingState.DONE


def test_an_approval_is_void_when_one_character_or_number_changes(desk: Desk) -> None:
    template = desk.template()
    listed = desk.list_of(["15400000001", "15400000002"], template)
    approved = desk.approved(listed, template)

    def open_it() -> Sending:
        return service.open_sending(
            desk.session,
            actor=desk.actor(),
            ticket_id=desk.instance().id,
            list_id=listed.id,
            approved=approved,
            now=desk.now,
        )

    body = template.body
    template.body = body.replace("9时", "8时")
    with pytest.raises(Voided):
        open_it()
    template.body = body
    row = desk.session.scalars(select(Recipient).where(Recipient.list_id == listed.id)).first()
    assert row is not None
    before, row.area = row.area, "371083"
    desk.session.flush()
    with pytest.raises(Voided):
        open_it()
    row.area = before
    desk.session.flush()
    assert open_it().total == 2


def test_without_a_gateway_it_waits_for_one(desk: Desk, gateway: Gateway) -> None:
    channels.configure([])
    sending = desk.open(1)
    assert run(desk) == 0
    channels.configure([gateway.setting])
    run(desk)
    found = desk.sending(sending)
    assert (found.gateway, str(found.price)) == ("mas", "0.04500")
    assert found.state is SendingState.DONE


def test_reports_read_what_became_of_each(desk: Desk) -> None:
    sending = desk.open(3)
    run(desk)
    rows = desk.session.execute(
        text("SELECT state, segments, fee, channel FROM report_deliveries WHERE campaign = :id"),
        {"id": sending.id},
    ).all()
    assert len(rows) == 3
    assert (rows[0].state, rows[0].channel, str(rows[0].fee)) == ("submitted", "sms", "0.04500")
