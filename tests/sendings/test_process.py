"""The seam to the process: what it hands over, and how its ticket hears of the end."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from app.core.outbox import Outbox
from app.processes import awaiting
from app.processes.models import Instance, Subscription
from app.processes.queries import unit_ref
from app.processes.registry import OperationContext
from app.recipients.models import RecipientList
from app.sendings import operations
from app.sendings.models import Sending
from app.sendings.service import ending
from app.sendings.types import SendingState
from tests.sendings.office import Desk
from tests.sendings.test_submitting import run


def handed(desk: Desk, instance: Instance, listed: RecipientList, **results: Any) -> None:
    template = desk.session.get_one(type(desk.template()), listed.template_id)
    approved = desk.approved(listed, template)
    context = OperationContext(
        instance_id=instance.id,
        version_id=instance.version_id,
        ticket=instance.number,
        title=instance.title,
        requester_id=instance.requester_id,
        unit=unit_ref(desk.session, instance.unit_id),
        node="send",
        answers={
            "list_number": listed.number,
            "text_digest": approved.text_digest.hex(),
            "list_digest": approved.list_digest.hex(),
            "wanted_at": "2027-02-10T10:30:00+08:00",
        },
        submission=1,
        variables={},
        actor=desk.actor(),
        now=desk.now,
        results=results,
    )
    operations.send(desk.session, context)


def sending_of(desk: Desk, instance: Instance) -> Sending:
    found = desk.session.scalars(select(Sending).where(Sending.instance_id == instance.id)).one()
    if found.id not in desk.opened:
        desk.opened.append(found.id)
    return found


def test_it_is_opened_once_and_waits_for_its_time(desk: Desk) -> None:
    instance, listed = desk.instance(), desk.list_of(["15400000001"], desk.template())
    handed(desk, instance, listed)
    handed(desk, instance, listed)
    found = sending_of(desk, instance)
    assert found.not_before == datetime(2027, 2, 10, 2, 30, tzinfo=UTC)
    desk.session.commit()
    assert run(desk) == 0
    desk.later(hours=2)
    run(desk)
    assert desk.sending(found).state is SendingState.DONE


def test_a_reviewer_may_set_another_time(desk: Desk) -> None:
    instance, listed = desk.instance(), desk.list_of(["15400000001"], desk.template())
    handed(desk, instance, listed, city_review={"send_at": "2027-02-11T09:00"})
    assert sending_of(desk, instance).not_before == datetime(2027, 2, 11, 1, 0, tzinfo=UTC)


def test_a_ticket_that_waits_for_the_end_hears_of_it(desk: Desk) -> None:
    """A receiveTask with the message `sending-ended`, correlated by the ticket's number."""
    sending = desk.open(2)
    unit = unit_ref(desk.session, sending.unit_id)
    desk.session.add(
        Subscription(
            instance_id=sending.instance_id,
            division_id=unit.division_id,
            kind="message",
            name=ending.MESSAGE,
            correlation=sending.ticket,
            node="wait",
            since=desk.now,
        )
    )
    desk.session.commit()
    run(desk)
    (row,) = desk.session.scalars(select(Outbox).where(Outbox.topic == awaiting.THROWN))
    assert row.ticket == sending.ticket
    assert row.payload["payload"] == {"sending_state": "done"}
    assert row.payload["correlation"] == sending.ticket


def test_a_ticket_that_does_not_wait_is_not_told(desk: Desk) -> None:
    desk.open(2)
    run(desk)
    assert not desk.session.scalars(select(Outbox).where(Outbox.topic == awaiting.THROWN)).all()
