"""S3: the approver is away. Days pass, lights turn, a deputy signs; time decides nothing."""

from datetime import date
from typing import Any

from app.calendar.lights import Horizon, Light
from app.identity import service as identity
from app.identity.cover_types import AbsenceKind
from app.tasks.models import Task
from app.tasks.types import TaskState
from app.tickets import service
from app.tickets.dues import history
from app.tickets.models import Ticket
from app.tickets.types import TicketState
from tests.support.dated import CLERK, HEAD, LEADER, agree, begun, on, publish, visit
from tests.support.office import Office

DEPUTY = "tengxiaoyan"  # stands in for 彭秀英
AWAY = (date(2026, 10, 12), date(2026, 10, 16))


def told(office: Office) -> int:
    count = 0
    while (waiting := service.next_reminder(office.session, office.now)) is not None:
        service.remind(office.session, waiting, office.now)
        office.session.flush()
        count += 1
    return count


def light(office: Office, ticket: Ticket) -> Light | None:
    kept = visit(office, ticket)
    return Horizon(office.session, ticket.unit_id, office.now).light(kept.due_at)


def test_away_without_a_mandate_and_then_with_one(office: Office) -> None:
    publish(office, deadline="1wd", sign="2wd")
    ticket = begun(office, "2026-10-12")
    identity.enter_absence(
        office.session,
        actor=office.actor(LEADER),
        now=office.now,
        username="",
        kind=AbsenceKind.STUDY.value,
        first=AWAY[0],
        last=AWAY[1],
    )
    agree(office, ticket)  # 10-12: nobody stands in for the leader, who is to sign by 10-14
    task = office.task(ticket)
    assert (task.node, task.state) == ("sign", TaskState.OPEN)
    lights = []
    for day in ("2026-10-12", "2026-10-13", "2026-10-14", "2026-10-15", "2026-10-16"):
        on(office, day, 18)
        told(office)
        lights.append(light(office, ticket))
        assert office.task(ticket).id == task.id
        assert ticket.state is TicketState.RUNNING
    assert lights == [Light.GREEN, Light.YELLOW, Light.RED, Light.RED, Light.RED]
    service.urge(office.session, actor=office.actor(CLERK), now=office.now, number=ticket.number)
    assert office.task(ticket).urge_count == 1
    on(office, "2026-10-15", 10)
    given: dict[str, Any] = {"actor": office.actor(LEADER), "now": office.now}
    identity.write_mandate(office.session, **given, deputy=DEPUTY, first=AWAY[1], last=AWAY[1])
    on(office, "2026-10-16", 9)
    work_off_cover(office)
    task = office.task(ticket)
    assert office.username(task.for_id) == LEADER
    signed = office.decide(ticket, by=DEPUTY, signing=None)
    assert (office.username(signed.assignee_id), office.username(signed.for_id)) == (
        DEPUTY,
        LEADER,
    )
    assert ticket.state is TicketState.CLOSED
    on(office, "2026-10-17", 9)  # after its last day the mandate is over by itself
    work_off_cover(office)
    again = begun(office)
    agree(office, again)
    last: Task = office.task(again)
    assert (office.username(last.assignee_id), last.for_id) == (LEADER, None)


def work_off_cover(office: Office) -> None:
    while identity.work_off_cover(office.session, now=office.now):
        pass
    office.session.flush()


def test_nothing_is_approved_however_many_days_pass(office: Office) -> None:
    """Every kind of deadline, passed by years: all are where they were."""
    for rule in ("1wd", "2d", "1mo", "24h", "1wd; pause on return", "1wd from field:event_date"):
        publish(office, deadline=rule, process=rule, remind="1wd, 0, +1wd, +9h", escalate="+2wd")
        ticket = begun(office, "2026-10-12", event_date="2026-10-13")
        task = office.task(ticket)
        for day in ("2026-10-20", "2027-02-01", "2029-10-12"):
            on(office, day)
            told(office)
        assert (task.state, office.holder(task)) == (TaskState.OPEN, HEAD)
        assert ticket.state is TicketState.RUNNING
        assert visit(office, ticket).outcome is None


def test_done_on_a_saturday_that_is_worked_is_in_time(office: Office) -> None:
    """S1: received on 09-30, due on Saturday 10-10; yellow on 10-09, done at 16:40 in time."""
    publish(office, deadline="3wd", process="3wd")
    ticket = begun(office, "2026-09-30")
    lights = []
    for day in ("2026-10-08", "2026-10-09", "2026-10-10"):
        on(office, day)
        lights.append(light(office, ticket))
    assert lights == [Light.GREEN, Light.YELLOW, Light.YELLOW]
    on(office, "2026-10-10", 14)
    agree(office, ticket)
    agree(office, ticket)
    whole, review = history(office.session, ticket)
    assert (whole.in_time, review.in_time) == (True, True)
    shown = Horizon(office.session, ticket.unit_id, office.now).show(
        ticket.due_at, closed_at=ticket.closed_at
    )
    assert shown is not None
    assert (shown.light, shown.left) == (Light.BLUE, "按时办结")
