"""Who has a step is told when its deadline comes near, the next leader when it is over."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.verifying import verify
from app.core import events
from app.core.days import midnight
from app.identity.queries import unit_by_code
from app.identity.types import Position
from app.repairs import standing
from app.tasks.types import TaskState
from app.tickets import policy, service
from app.tickets.jobs import remind
from app.tickets.models import Ticket
from app.tickets.presentation import ticket_view
from app.tickets.queries import access_ticket
from app.tickets.recounts import Reminder
from app.tickets.types import DeadlineEscalated, DeadlineNear
from tests.support.dated import CLERK, HEAD, LEADER, agree, begun, day, on, publish, visit
from tests.support.office import Office
from tests.tickets.test_ticket_recounts import enter, withdraw, work_off

Heard = list[DeadlineNear]
HEARD: Heard = []


@pytest.fixture
def heard(office: Office) -> Heard:  # noqa: ARG001 - the rooms are joined
    """What a room above would hear."""
    HEARD.clear()
    for kind in (DeadlineNear, DeadlineEscalated):
        events.subscribe(kind, _hear)
    return HEARD


def _hear(_session: Session, event: DeadlineNear) -> None:
    HEARD.append(event)


def fire(office: Office) -> list[str]:
    """Everything that is due at this moment, in the order in which it is told."""
    told = []
    while waiting := service.next_reminder(office.session, office.now):
        before = len(marks(office))
        service.remind(office.session, waiting, office.now)
        office.session.flush()
        told += marks(office)[before:]
    return told


def marks(office: Office) -> list[str]:
    rows = office.session.scalars(select(Reminder).order_by(Reminder.id))
    return [f"{'step' if row.visit_id else 'whole'} {row.mark}" for row in rows]


def lines(office: Office, ticket: Ticket) -> list[tuple[str, str]]:
    clerk = office.actor(CLERK)
    seen = access_ticket(office.session, ticket.number, clerk, policy.can_view)
    said = ticket_view(office.session, seen, clerk, office.now).timeline
    return [(one.title, one.text) for one in reversed(said) if one.event in KINDS]


KINDS = ("ticket.reminded", "ticket.escalated")


def test_the_day_before_the_day_itself_and_the_day_after(office: Office, heard: Heard) -> None:
    """S1 and S3: yellow, red, the next leader hears; whatever passes, nothing is decided."""
    publish(office, deadline="3wd")
    ticket = begun(office, "2026-09-30")
    assert day(visit(office, ticket).due_next_at) == "2026-10-09 08:30"
    on(office, "2026-10-09", 8)
    assert fire(office) == []
    on(office, "2026-10-09", 9)
    assert fire(office) == ["step remind -1wd"]
    assert fire(office) == []
    on(office, "2026-10-10", 9)
    assert fire(office) == ["step remind +0wd"]
    on(office, "2026-10-12", 9)
    assert fire(office) == ["step escalate +1wd"]
    assert visit(office, ticket).due_next_at is None
    head, leader = (office.actor(name).person_id for name in (HEAD, LEADER))
    assert [(one.light, one.people, day(one.due_at)) for one in heard] == [
        ("yellow", (head,), "2026-10-10 17:30"),
        ("yellow", (head,), "2026-10-10 17:30"),
        ("red", (head,), "2026-10-10 17:30"),
    ]
    assert isinstance(heard[-1], DeadlineEscalated)
    assert (heard[-1].leaders, heard[-1].what, heard[-1].number) == (
        (leader,),
        "审核",
        ticket.number,
    )
    assert lines(office, ticket) == [
        ("审核：时限是 2026年10月10日", "提醒秦永安"),
        ("审核：时限是 2026年10月10日", "提醒秦永安"),
        ("审核：过了时限 2026年10月10日 还没有办", "报彭秀英督促；由谁办理不变"),
    ]
    task = office.task(ticket)
    assert (task.state, office.holder(task)) == (TaskState.OPEN, HEAD)
    on(office, "2027-10-12")
    fire(office)
    assert office.task(ticket).id == task.id
    assert verify(office.session).first_break is None


def test_three_days_of_halt_are_told_in_the_order_of_the_moments(office: Office) -> None:
    publish(office, deadline="3wd", process="5wd", remind="2wd, 1d, 0, +3h", escalate="none")
    first = begun(office, "2026-11-16")
    second = begun(office, "2026-11-17")
    on(office, "2026-11-24")
    office.session.flush()
    told = fire(office)
    rows = office.session.scalars(select(Reminder).order_by(Reminder.id)).all()
    runs = {first.instance_id: "first", second.instance_id: "second"}
    assert [(runs[row.instance_id], what) for row, what in zip(rows, told, strict=True)] == [
        ("first", "step remind -2wd"),
        ("first", "step remind -1d"),
        ("second", "step remind -2wd"),
        ("first", "step remind +0wd"),
        ("second", "step remind -1d"),
        ("first", "step remind +3h"),
        ("second", "step remind +0wd"),
        ("first", "whole remind -1wd"),
        ("second", "step remind +3h"),
        ("first", "whole remind +0wd"),
        ("second", "whole remind -1wd"),
        ("first", "whole escalate +1wd"),
        ("second", "whole remind +0wd"),
    ]
    assert fire(office) == []


def test_what_is_decided_or_held_tells_nobody(office: Office) -> None:
    publish(office, deadline="3wd", sign="1d")
    decided, held = begun(office, "2026-11-16"), begun(office, "2026-11-16")
    agree(office, decided)  # `sign` is due within a day: what lies before its opening is passed by
    assert day(visit(office, decided).due_next_at) == "2026-11-17 08:30"
    agree(office, decided)
    standing.suspend(
        office.session,
        actor=office.actor("duanshiyu"),
        now=office.tick(),
        number=held.number,
        reason="核实一下",
    )
    assert visit(office, held).due_next_at is None
    on(office, "2026-11-24")
    assert fire(office) == []


def test_hours_and_none(office: Office) -> None:
    publish(office, deadline="24h")
    ticket = begun(office, "2026-11-16")
    kept = visit(office, ticket)
    assert kept.due_at is not None
    assert kept.due_next_at == kept.due_at - timedelta(hours=1)
    publish(office, deadline="3wd", remind="none", escalate="none")
    assert visit(office, begun(office, "2026-11-16")).due_next_at is None


def test_a_notice_that_makes_yesterday_a_holiday(office: Office) -> None:
    """What was told stays told, none twice; what was not moves with the deadline."""
    publish(office, deadline="3wd")
    ticket = begun(office, "2025-08-15")
    assert day(visit(office, ticket).due_next_at) == "2025-08-19 08:30"
    on(office, "2025-08-19")
    assert fire(office) == ["step remind -1wd"]
    notice = enter(office, 2025, (date(2025, 8, 18),), "422800")
    work_off(office)
    kept = visit(office, ticket)
    assert (day(kept.due_at), day(kept.due_next_at)) == ("2025-08-21 17:30", "2025-08-21 08:30")
    assert fire(office) == []
    withdraw(office, notice)
    work_off(office)
    assert day(visit(office, ticket).due_next_at) == "2025-08-20 08:30"
    on(office, "2025-08-18")  # a clock set back
    assert fire(office) == []
    on(office, "2025-08-20")
    assert fire(office) == ["step remind +0wd"]
    assert len(marks(office)) == 2


def test_parts_of_the_time_are_counted_in_working_days(office: Office, heard: Heard) -> None:
    """Ten working days over a weekend; each part is told once, however often it is looked."""
    publish(office, deadline="10wd", remind="50%, 80%, 100%", escalate="none")
    ticket = begun(office, "2026-11-13")  # a Friday: due on Friday the 27th
    assert day(visit(office, ticket).due_next_at) == "2026-11-20 08:30"
    office.now = midnight(date(2026, 11, 20)) - timedelta(minutes=5)
    assert fire(office) == []
    office.now = midnight(date(2026, 11, 20)) + timedelta(hours=8, minutes=30)
    assert fire(office) == ["step remind +50%"]
    assert fire(office) == []
    on(office, "2026-11-27")  # the job stood still for a week
    assert fire(office) == ["step remind +80%", "step remind +100%"]
    assert fire(office) == []
    assert len(heard) == 3
    assert lines(office, ticket)[1] == ("审核：时限是 2026年11月27日，时间已过 80%", "提醒秦永安")


def test_parts_move_with_a_holiday(office: Office) -> None:
    publish(office, deadline="4wd", remind="50%, 100%", escalate="none")
    ticket = begun(office, "2025-08-15")
    assert day(visit(office, ticket).due_next_at) == "2025-08-19 08:30"
    enter(office, 2025, (date(2025, 8, 18), date(2025, 8, 19)), "422800")
    work_off(office)
    kept = visit(office, ticket)
    assert (day(kept.due_at), day(kept.due_next_at)) == ("2025-08-25 17:30", "2025-08-21 08:30")


def test_parts_of_hours_and_of_a_day_that_was_answered(office: Office) -> None:
    publish(office, deadline="24h", remind="50%", escalate="none")
    kept = visit(office, begun(office, "2026-12-31"))
    assert kept.due_next_at == kept.opened_at + timedelta(hours=12)
    publish(office, deadline="0d from field:event_date", remind="50%, 100%", escalate="none")
    kept = visit(office, begun(office, "2026-11-16", event_date="2026-11-28"))  # a Saturday: Monday
    assert day(kept.due_next_at) == "2026-11-23 08:30"  # the fifth of ten days
    on(office, "2026-11-24")
    assert fire(office) == ["step remind +50%"]
    assert day(kept.due_next_at) == "2026-11-30 08:30"


def test_a_reminder_whose_worker_was_killed_is_told_by_the_next(office: Office) -> None:
    publish(office, deadline="10wd", remind="50%", escalate="none")
    begun(office, "2026-11-13")
    on(office, "2026-11-20")
    killed = office.session.begin_nested()
    waiting = service.next_reminder(office.session, office.now)
    assert waiting is not None
    service.remind(office.session, waiting, office.now)
    killed.rollback()
    office.session.expire_all()
    assert marks(office) == []
    assert fire(office) == ["step remind +50%"]
    assert fire(office) == []


def test_the_last_of_february(office: Office) -> None:
    publish(office, deadline="1mo", remind="1d", escalate="none")
    ticket = begun(office, "2028-01-31")
    kept = visit(office, ticket)
    assert (day(kept.due_at), day(kept.due_next_at)) == ("2028-02-29 17:30", "2028-02-28 08:30")


def test_a_moment_before_the_opening_is_passed_by(office: Office) -> None:
    publish(office, deadline="1wd from field:event_date", remind="5wd, 1wd, 0", escalate="none")
    ticket = begun(office, "2026-11-16", event_date="2026-11-02")  # over when it comes
    assert visit(office, ticket).due_next_at is None
    ticket = begun(office, "2026-11-16", event_date="2026-11-17")
    assert day(visit(office, ticket).due_next_at) == "2026-11-17 08:30"


def test_nobody_above_is_said_and_no_incident(office: Office, heard: Heard) -> None:
    publish(office, deadline="1wd", remind="none", escalate="+1wd")
    office.dismiss(Position.UNIT_LEADER, "422826-rsj")
    ticket = begun(office, "2026-11-23")
    on(office, "2026-11-25")
    assert fire(office) == ["step escalate +1wd"]
    told = heard[-1]
    assert isinstance(told, DeadlineEscalated)
    assert told.leaders == ()
    assert lines(office, ticket)[-1][1] == "上面没有可以报的领导，仍由现在的人办理"
    assert ticket.instance.open_incident_count == 0
    assert office.holder(office.task(ticket)) == HEAD


def test_of_a_unit_that_ended_the_leaders_of_its_successor_hear(
    office: Office, heard: Heard
) -> None:
    """From the same rung of the ladder on, as where it had not ended."""
    publish(
        office,
        deadline="1wd",
        remind="none",
        escalate="+1wd",
        assign="position:account_admin@same_level(requester.unit)",
    )
    office.appoint("tengxiaoyan", Position.DEPT_HEAD, "422826-rsj")
    begun(office, "2026-11-23")
    ended = unit_by_code(office.session, "422826-xxzx")
    ended.successor_id = unit_by_code(office.session, "422826-rsj").id
    on(office, "2026-11-25")
    assert fire(office) == ["step escalate +1wd"]
    told = heard[-1]
    assert isinstance(told, DeadlineEscalated)
    assert told.leaders == (office.actor("tengxiaoyan").person_id,)


def test_the_job_goes_on_after_one_that_breaks(office: Office) -> None:
    publish(office, deadline="3wd")
    ticket, other = begun(office, "2026-11-16"), begun(office, "2026-11-16")
    broken = visit(office, ticket)
    broken.due_marks = ["nonsense"]
    broken.due_next_at = datetime(2026, 11, 1, tzinfo=UTC)
    due = visit(office, other)
    due.due_next_at = datetime(2026, 11, 2, tzinfo=UTC)
    office.session.commit()
    assert remind() >= 1
    office.session.expire_all()
    assert broken.due_next_at > datetime.now(UTC)
    assert marks(office)
