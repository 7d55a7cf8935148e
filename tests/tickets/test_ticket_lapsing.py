"""A step whose time is over is not waited for any more: the token goes on without a decision."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.processes import registry
from app.processes.models import Incident, NodeLog
from app.processes.registry import OperationContext
from app.processes.service import publishing
from app.processes.service.publishing import Bundle
from app.processes.types import IncidentKind, IncidentState, NobodyWaits
from app.repairs import service as repairs
from app.repairs import standing
from app.tasks import service as tasks
from app.tasks.types import TaskLapsed, TaskState
from app.tickets import calling, service
from app.tickets.jobs import remind
from app.tickets.models import Ticket
from tests.bpmn.models import element, end, model, properties
from tests.support.dated import APPLY, HEAD, KEY, REVIEW, SIGN, begun, day, on, visit
from tests.support.office import Office

HEARING = (
    '<bpmn:signalEventDefinition signalRef="gone"/>',
    'name="逾期" attachedToRef="review"',
)
DECLARED = b'<bpmn:signal id="gone" name="lapsed:review"/><bpmn:process '


def publish(office: Office, operation: str = "") -> None:
    """Review within three days; two days later the leader signs without it."""
    act = properties(operation=operation)
    parts = (
        properties(title="不等的事", category="试验", start_positions="clerk")
        + element("startEvent", "apply", properties(form=APPLY["key"]), 'name="填表"')
        + element("userTask", "review", properties(**REVIEW, deadline="3wd", lapse="+2wd"))
        + element("boundaryEvent", "silence", *HEARING)
        + (element("serviceTask", "act", act) if operation else "")
        + element("userTask", "sign", properties(**SIGN), 'name="签发"')
        + end("done")
    )
    late = "silence->act\nact->sign" if operation else "silence->sign"
    made = model(parts, f"apply->review\nreview->sign\n{late}\nsign->done")
    made = made.replace(b'id="trial"', f'id="{KEY}"'.encode()).replace(b"<bpmn:process ", DECLARED)
    bundle = Bundle(made, {APPLY["key"]: APPLY})
    version = publishing.deploy(office.session, now=office.now, bundle=bundle)
    publishing.publish(office.session, now=office.now, key=KEY, number=version.number)


def look(office: Office) -> int:
    """What the beat does; answers how many deadlines it told of."""
    count = 0
    while waiting := service.next_reminder(office.session, office.now):
        service.remind(office.session, waiting, office.now)
        office.session.flush()
        count += 1
    return count


def left(office: Office, ticket: Ticket) -> list[tuple[str, str]]:
    wanted = select(NodeLog).where(NodeLog.instance_id == ticket.instance_id)
    rows = office.session.scalars(wanted.order_by(NodeLog.id))
    return [(row.node, row.event) for row in rows if row.event != "entered"]


def test_the_token_goes_on_undecided(office: Office) -> None:
    publish(office)
    ticket = begun(office, "2026-09-30")  # over the holidays: due on 10 October
    late = office.task(ticket)
    assert day(visit(office, ticket).due_at)[:10] == "2026-10-10"
    on(office, "2026-10-12", 9)
    assert look(office) == 3  # twice who has it, then the leader
    assert office.task(ticket).node == "review"
    on(office, "2026-10-13", 9)
    assert look(office) == 1
    assert office.task(ticket).node == "sign"
    assert (late.state, late.outcome) == (TaskState.CANCELLED, None)
    assert ("review", "cancelled") in left(office, ticket)
    with pytest.raises(TaskLapsed):
        tasks.complete(
            office.session,
            actor=office.actor(HEAD),
            now=office.tick(),
            task_id=late.id,
            version=late.version,
            decision=tasks.Decision(outcome="approve"),
        )
    assert look(office) == 0


def test_who_answers_in_time_or_somewhat_late_is_heard(office: Office) -> None:
    publish(office)
    ticket = begun(office, "2026-09-30")
    on(office, "2026-10-12", 17)
    look(office)
    office.decide(ticket, signing=None)
    on(office, "2026-10-20")
    assert look(office) == 0
    assert office.task(ticket).node == "sign"


def test_a_ticket_that_is_held_waits(office: Office) -> None:
    publish(office)
    ticket = begun(office, "2026-09-30")
    who = {"actor": office.actor("duanshiyu"), "number": ticket.number, "reason": "等批复"}
    standing.suspend(office.session, now=office.tick(), **who)
    on(office, "2026-10-20")
    assert look(office) == 0
    standing.resume(office.session, now=office.tick(), **who)
    on(office, "2026-10-22")
    look(office)
    assert office.task(ticket).node == "review"


def test_what_breaks_then_is_an_incident_and_is_tried_again(office: Office) -> None:
    def breaks(_session: Session, _context: OperationContext) -> None:
        raise RuntimeError

    registry.register_operation("trial.lapses", breaks)
    publish(office, operation="trial.lapses")
    ticket = begun(office, "2026-11-02")
    office.session.commit()
    assert remind() >= 1
    assert remind() == 0
    office.session.expire_all()
    (incident,) = office.session.scalars(select(Incident))
    assert (incident.kind, office.task(ticket).node) == (IncidentKind.EVENT, "review")
    registry.register_operation("trial.lapses", lambda _session, _context: None)
    actor, now = office.actor("duanshiyu"), office.tick()
    repairs.retry(office.session, actor=actor, now=now, incident_id=incident.id)
    assert (incident.state, office.task(ticket).node) == (IncidentState.RESOLVED, "sign")


def test_nobody_outside_ends_the_waiting(office: Office) -> None:
    publish(office)
    ticket = begun(office, "2026-09-30")
    with pytest.raises(NobodyWaits):
        calling.signal(
            office.session,
            actor=office.actor("jiangqiuju"),
            now=office.tick(),
            number=ticket.number,
            name="lapsed:review",
            payload={},
        )
