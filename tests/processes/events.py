"""Small processes with events, published and begun, for the tests beside."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.core import clock
from app.core.outbox import Outbox
from app.processes.models import Instance, ProcessVersion, Subscription, Timer
from app.processes.service import publishing
from app.processes.service.publishing import Bundle
from app.tickets import service as tickets
from app.tickets.models import Ticket
from tests.support.office import Office

TESTER, PUBLISHER = "jiangqiuju", "raowentao"


def publish(office: Office, model: bytes, key: str = "trial") -> ProcessVersion:
    """As a designer and a publisher do it; `key` renames the process."""
    content = model.replace(b'<bpmn:process id="trial"', f'<bpmn:process id="{key}"'.encode())
    version = publishing.deploy(office.session, now=office.now, bundle=Bundle(content))
    return publishing.publish(
        office.session,
        now=office.now,
        key=version.key,
        number=version.number,
        publisher_id=office.actor(PUBLISHER).person_id,
    )


def begin(office: Office, key: str = "trial", by: str = TESTER, **variables: Any) -> Ticket:
    return tickets.create_draft(
        office.session, actor=office.actor(by), now=office.now, process=key, variables=variables
    )


def variables(office: Office, ticket: Ticket) -> Mapping[str, Any]:
    return office.session.get_one(Instance, ticket.instance_id).variables


def timers(office: Office, ticket: Ticket) -> list[tuple[str, timedelta, bool]]:
    """Node, how long after now it is due, and whether it has fired."""
    office.session.flush()
    rows = office.session.scalars(
        select(Timer).where(Timer.instance_id == ticket.instance_id).order_by(Timer.due_at)
    )
    return [(row.node, row.due_at - office.now, row.fired_at is not None) for row in rows]


def subscriptions(office: Office, ticket: Ticket) -> list[tuple[str, str, str | None]]:
    rows = office.session.scalars(
        select(Subscription)
        .where(Subscription.instance_id == ticket.instance_id)
        .order_by(Subscription.id)
    )
    return [(row.kind, row.name, row.correlation) for row in rows]


def rows(office: Office, topic: str) -> list[Outbox]:
    office.session.flush()
    office.session.expire_all()
    return list(
        office.session.scalars(select(Outbox).where(Outbox.topic == topic).order_by(Outbox.id))
    )


def soon(office: Office, **length: int) -> datetime:
    office.now += timedelta(**length)
    return office.now


def real_time(office: Office) -> None:
    """What the outbox works off lives in the real clock."""
    office.now = clock.utcnow()
