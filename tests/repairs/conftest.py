"""Incidents and dead letters in an office with its people; the administrators of two counties."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import outbox
from app.core.clock import utcnow
from app.core.errors import Conflict
from app.core.outbox import MAX_ATTEMPTS, Outbox
from app.identity.types import Position
from app.processes import jobs, registry
from app.processes.models import Incident, Instance
from app.processes.registry import OperationContext
from app.processes.service import publishing, running
from app.processes.service.publishing import Bundle
from app.tickets import service as tickets
from app.tickets.models import Ticket
from tests.bpmn.models import end, model, service, timer, user
from tests.bpmn.models import start as start_event
from tests.support.office import (  # noqa: F401 - fixtures
    Office,
    app,
    bind,
    browser,
    count_queries,
    joined,
    office,
    office_database,
    session,
    settings,
)

HOME, AWAY = "422826-rsj", "422827-rsj"
ADMIN, SECOND, STRANGER, PUBLISHER = "huangxuelian", "duanshiyu", "longjinhua", "raowentao"
TESTER = "jiangqiuju"
OPERATION = "trial.breaks"
TOPIC = "tickets.notice"
ID_NUMBER, PHONE = "422899199001011234", "15400001111"


@dataclass
class Machine:
    """What breaks as long as it is told to."""

    failure: Exception | None = None
    calls: list[Any] = field(default_factory=list)

    def operate(self, _session: Session, context: OperationContext) -> None:
        self.calls.append(context.actor.username)
        if self.failure:
            raise self.failure

    def deliver(self, _session: Session, payload: dict[str, Any]) -> None:
        self.calls.append(payload)
        if self.failure:
            raise self.failure


@pytest.fixture
def machine(app: Flask) -> Iterator[Machine]:  # noqa: ARG001, F811 - the wiring comes first
    made = Machine()
    before = outbox._handlers[TOPIC]
    registry.register_operation(OPERATION, made.operate)
    outbox.register(TOPIC, made.deliver)
    yield made
    del registry.operations[OPERATION]
    outbox.register(TOPIC, before)


@pytest.fixture(autouse=True)
def administrators(office: Office) -> None:  # noqa: F811
    """One of the 州 stands in the demo; two counties get theirs."""
    office.appoint(ADMIN, Position.SYSTEM_ADMIN, HOME)
    office.appoint(STRANGER, Position.SYSTEM_ADMIN, AWAY)


Broken = Callable[[str], Incident]


@pytest.fixture
def broken(office: Office, machine: Machine) -> Broken:  # noqa: F811
    """An open incident of each kind, made by what really breaks."""
    made = {"people": _people, "timer": _timer, "act": _act, "outbox": _outbox}

    def make(kind: str) -> Incident:
        made[kind](office, machine)
        office.session.expire_all()
        (found,) = office.session.scalars(select(Incident)).all()
        return found

    return make


def _people(office: Office, _machine: Machine) -> Ticket:  # noqa: F811
    """Nobody of the unit may give the department's opinion."""
    office.dismiss(Position.DEPT_HEAD, "422826-jyzx")
    ticket = office.start()
    office.session.commit()
    return ticket


def _timer(office: Office, machine: Machine) -> Ticket:  # noqa: F811
    """An hour, then an effect that is refused; after it another hour."""
    parts = start_event() + timer("pause", "PT1H") + service("spoil", OPERATION)
    parts += timer("again", "PT1H") + user("ask", assign="person:requester") + end()
    flows = "\n".join(
        f"{a}->{b}" for a, b in pairwise(("start", "pause", "spoil", "again", "ask", "end"))
    )
    version = publishing.deploy(office.session, now=office.now, bundle=Bundle(model(parts, flows)))
    publishing.publish(office.session, now=office.now, key=version.key, number=version.number)
    machine.failure = Conflict(f"{ID_NUMBER} 的账户不能办。")
    ticket = tickets.create_draft(
        office.session, actor=office.actor(TESTER), now=office.now, process=version.key
    )
    instance = office.session.get_one(Instance, ticket.instance_id)
    instance.due_at = office.now
    # The tester sits in the 州; the county's administrators should see it.
    instance.unit_id = office.actor("yaohaiyang").unit_id
    office.session.commit()
    assert jobs.fire_timers() == 1
    return ticket


def _act(office: Office, _machine: Machine) -> Ticket:  # noqa: F811
    ticket = office.walk(office.start(), to="permission_execution")
    running.open_incident(
        office.session,
        now=office.now,
        instance=ticket.instance,
        node="apply_grants",
        cause=f"ZeroDivisionError: {ID_NUMBER}",
        detail=f"Traceback: {ID_NUMBER} {PHONE}",
    )
    office.session.commit()
    return ticket


def _outbox(office: Office, machine: Machine) -> Ticket:  # noqa: F811
    ticket = office.draft()
    outbox.add(office.session, TOPIC, {"n": 1}, key="trial", now=utcnow(), ticket=ticket.number)
    office.session.commit()
    machine.failure = LookupError(f"no road to {PHONE}")
    exhaust(office.session)
    return ticket


def exhaust(session: Session) -> None:  # noqa: F811
    """Try the delivery until it is dead."""
    for _ in range(MAX_ATTEMPTS):
        session.expire_all()
        session.scalars(select(Outbox).where(Outbox.key == "trial")).one().due_at = utcnow()
        session.commit()
        assert outbox.work_off() >= 1


def letter(session: Session) -> Outbox:  # noqa: F811
    session.expire_all()
    return session.scalars(select(Outbox).where(Outbox.key == "trial")).one()
