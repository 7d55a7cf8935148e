"""What a process waits for by the clock: the database says what is due, a sweep fires it once."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.processes import jobs, registry
from app.processes.models import Incident, Instance
from app.processes.registry import OperationContext
from app.processes.service import publishing, running
from app.processes.service.publishing import Bundle
from app.processes.types import StepFailed
from app.tasks.queries import active_tasks
from app.tickets import service as tickets
from app.tickets.models import Ticket
from tests.bpmn.models import end, model, script, service, timer, user
from tests.bpmn.models import start as start_event
from tests.support.office import Office

TESTER = "jiangqiuju"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def waiting(office: Office, *, after: str = "") -> Ticket:
    """A ticket that waits an hour before somebody is asked."""
    parts = start_event() + timer("pause", "PT1H") + after
    parts += user("ask", assign="person:requester") + end()
    way = ["start", "pause", *(["spoil"] if after else []), "ask", "end"]
    flows = "\n".join(f"{source}->{target}" for source, target in pairwise(way))
    bundle = Bundle(model(parts, flows))
    version = publishing.deploy(office.session, now=office.now, bundle=bundle)
    publishing.publish(office.session, now=office.now, key=version.key, number=version.number)
    return tickets.create_draft(
        office.session, actor=office.actor(TESTER), now=office.now, process=version.key
    )


def fire_next(session: Session, *, now: datetime) -> bool:
    """As the sweep does, in one transaction."""
    claim = running.claim_due(session, now=now)
    if claim is not None:
        running.fire_claimed(session, claim, now=now)
    return claim is not None


def test_timer_fires_when_it_is_due_and_once(office: Office) -> None:
    ticket = waiting(office)
    session, hour = office.session, timedelta(hours=1)
    assert not fire_next(session, now=office.now + hour - timedelta(seconds=1))
    assert not active_tasks(session, ticket.instance_id)
    assert fire_next(session, now=office.now + hour)
    assert [task.node for task in active_tasks(session, ticket.instance_id)] == ["ask"]
    assert not fire_next(session, now=office.now + hour)


def test_timer_of_an_ended_ticket_is_void(office: Office) -> None:
    ticket = waiting(office)
    instance = office.session.get_one(Instance, ticket.instance_id)
    running.cancel(office.session, actor=office.actor(TESTER), now=office.now, instance=instance)
    assert not fire_next(office.session, now=office.now + timedelta(days=1))


def test_step_that_breaks_after_a_timer_says_so(office: Office) -> None:
    waiting(office, after=script("spoil", "half = 1 / 0"))
    with pytest.raises(StepFailed), office.session.begin_nested():
        fire_next(office.session, now=office.now + timedelta(hours=2))


@pytest.mark.parametrize("after", ["script", "operation"])
def test_what_breaks_at_its_time_is_an_incident(office: Office, after: str) -> None:
    """Also a refusal, which nobody is there to read; the sweep does not meet it again."""

    def refuses(_session: Session, _context: OperationContext) -> None:
        raise Conflict("这一行不能办。")

    registry.register_operation("trial.refuses", refuses)
    parts = {
        "script": script("spoil", "half = 1 / 0"),
        "operation": service("spoil", "trial.refuses"),
    }
    try:
        instance_id = waiting(office, after=parts[after]).instance_id
        office.session.get_one(Instance, instance_id).due_at = LONG_AGO
        office.session.commit()
        assert jobs.fire_timers() == 1
    finally:
        del registry.operations["trial.refuses"]
    office.session.expire_all()
    assert office.session.scalars(select(Incident)).one().instance_id == instance_id
    assert office.session.get_one(Instance, instance_id).due_at is None
    assert jobs.fire_timers() == 0


def test_same_failure_is_one_incident(office: Office) -> None:
    """A second click on what is broken tells nobody anything new."""
    ticket = waiting(office)
    instance = office.session.get_one(Instance, ticket.instance_id)
    for _ in range(2):
        running.open_incident(
            office.session,
            now=office.now,
            instance=instance,
            node="ask",
            cause="ZeroDivisionError",
            detail="",
        )
    office.session.flush()
    assert len(office.session.scalars(select(Incident)).all()) == 1
