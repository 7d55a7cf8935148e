"""Clocks stop while the applicant mends and while a ticket is held, and for nothing else."""

from datetime import date

from app.calendar.lights import Horizon, Light
from app.tasks import service as tasks
from app.tickets import service
from app.tickets.dues import dues
from app.tickets.models import Ticket
from app.tickets.types import TicketState
from tests.support.dated import HEAD, agree, begun, day, on, publish, visit
from tests.support.office import Office

PAUSES = "3wd; pause on return"


def sent_back(office: Office, ticket: Ticket, left: str, back: str) -> None:
    on(office, left)
    office.send_back(ticket)
    on(office, back)
    office.submit(ticket, {"note": "三间"})


def lights(office: Office, ticket: Ticket) -> list[tuple[str, Light]]:
    horizon = Horizon(office.session, office.actor(HEAD).unit_id, office.now)
    return [
        (one.what, one.shown.light)
        for one in dues(office.session, ticket, office.tasks(ticket), horizon)
    ]


def test_days_with_the_applicant_do_not_count(office: Office) -> None:
    """Received Mon 11-02, back on Tue, in again on Fri: Tue was the first day, Mon the second."""
    publish(office, deadline=PAUSES, process=PAUSES)
    ticket = begun(office, "2026-11-02")
    on(office, "2026-11-03")
    office.send_back(ticket)
    assert lights(office, ticket) == [("整件", Light.GREY)]
    on(office, "2026-11-06")
    office.submit(ticket, {"note": "三间"})
    assert day(office.task(ticket).due_at) == day(ticket.due_at) == "2026-11-10 17:30"
    assert lights(office, ticket) == [("整件", Light.GREEN), ("审核", Light.GREEN)]


def test_a_second_return_adds_to_the_first(office: Office) -> None:
    publish(office, deadline=PAUSES, process=PAUSES)
    ticket = begun(office, "2026-11-02")
    sent_back(office, ticket, "2026-11-03", "2026-11-06")
    sent_back(office, ticket, "2026-11-09", "2026-11-11")
    assert day(office.task(ticket).due_at) == day(ticket.due_at) == "2026-11-12 17:30"
    assert len(visit(office, ticket).pauses) == 2


def test_the_day_of_leaving_and_coming_back_is_no_pause(office: Office) -> None:
    publish(office, deadline=PAUSES)
    ticket = begun(office, "2026-11-02")
    sent_back(office, ticket, "2026-11-03", "2026-11-03")
    assert day(office.task(ticket).due_at) == "2026-11-05 17:30"


def test_without_the_words_a_step_begins_anew_and_the_whole_runs_on(office: Office) -> None:
    publish(office, deadline="3wd", process="3wd")
    ticket = begun(office, "2026-11-02")
    sent_back(office, ticket, "2026-11-03", "2026-11-06")
    assert day(office.task(ticket).due_at) == "2026-11-11 17:30"
    assert day(ticket.due_at) == "2026-11-05 17:30"


def test_a_later_step_that_sends_it_back_pauses_both(office: Office) -> None:
    """For the earlier step only the days it had it count."""
    publish(office, deadline=PAUSES, sign=PAUSES)
    ticket = begun(office, "2026-11-02")
    agree(office, ticket, "2026-11-03")
    on(office, "2026-11-05")
    office.send_back(ticket)
    on(office, "2026-11-09")
    office.submit(ticket, {"note": "三间"})
    assert day(office.task(ticket).due_at) == "2026-11-11 17:30"  # one of its three days was used
    agree(office, ticket, "2026-11-10")
    assert day(office.task(ticket).due_at) == "2026-11-11 17:30"  # two of three


def test_an_absent_approver_stops_no_clock(office: Office) -> None:
    """S3: it only gets late."""
    publish(office, deadline=PAUSES)
    ticket = begun(office, "2026-10-12")
    on(office, "2026-10-16", 18)
    assert lights(office, ticket) == [("审核", Light.RED)]
    assert visit(office, ticket).due_pauses is None


def test_who_takes_a_decision_back_gains_no_time(office: Office) -> None:
    publish(office, deadline="3wd")
    ticket = begun(office, "2026-11-02")
    task = agree(office, ticket, "2026-11-05")
    on(office, "2026-11-05", 11)
    tasks.withdraw_task(
        office.session,
        actor=office.actor(HEAD),
        now=office.tick(),
        task_id=task.id,
        version=task.version,
    )
    office.session.flush()
    assert office.task(ticket).id != task.id
    assert day(office.task(ticket).due_at) == "2026-11-05 17:30"


def test_while_it_is_held_no_clock_runs(office: Office) -> None:
    publish(office, deadline="3wd", process="5wd")
    ticket = begun(office, "2026-11-02")
    on(office, "2026-11-03")
    hold(office, ticket)
    assert {light for _, light in lights(office, ticket)} == {Light.GREY}
    on(office, "2026-11-16")
    go_on(office, ticket)
    assert day(office.task(ticket).due_at) == "2026-11-18 17:30"
    assert day(ticket.due_at) == "2026-11-20 17:30"
    stopped = visit(office, ticket).pauses
    assert [tuple(one.date() for one in pause) for pause in stopped] == [
        (date(2026, 11, 3), date(2026, 11, 16))
    ]


def test_held_while_the_applicant_mends_it_is_one_pause(office: Office) -> None:
    publish(office, process=PAUSES)
    ticket = begun(office, "2026-11-02")
    on(office, "2026-11-03")
    office.send_back(ticket)
    on(office, "2026-11-04")
    hold(office, ticket)
    on(office, "2026-11-05")
    go_on(office, ticket)
    assert ticket.state is TicketState.RETURNED
    assert ticket.is_paused
    on(office, "2026-11-06")
    office.submit(ticket, {"note": "三间"})
    assert day(ticket.due_at) == "2026-11-10 17:30"


def hold(office: Office, ticket: Ticket) -> None:
    ticket.hold(office.now)
    ticket.instance.suspended_at = office.now
    service.stop_clocks(office.session, ticket, office.now)


def go_on(office: Office, ticket: Ticket) -> None:
    ticket.go_on(office.now)
    ticket.instance.suspended_at = None
    service.start_clocks(office.session, ticket, office.now)
