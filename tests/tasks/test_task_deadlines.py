"""When the steps of a ticket are due, through a real process with the clock moved."""

import pytest

from app.tasks import service as tasks
from app.tasks.models import Visit
from app.tasks.types import TaskState
from tests.support.dated import CLERK, agree, begun, day, on, publish, unit_id, visit
from tests.support.office import Office


@pytest.mark.parametrize(
    ("received", "rule", "last"),
    [
        ("2026-09-18", "5wd from opened", "2026-09-24 17:30"),
        ("2026-09-24", "5wd", "2026-10-09 17:30"),
        ("2026-09-29", "3wd", "2026-10-09 17:30"),
        ("2026-09-30", "3wd", "2026-10-10 17:30"),  # S1: a Saturday that is worked
        ("2026-10-01", "3wd", "2026-10-10 17:30"),
        ("2026-10-09", "3wd", "2026-10-13 17:30"),
        ("2026-09-22", "10d", "2026-10-08 17:30"),
        ("2026-01-30", "1mo", "2026-02-28 17:30"),
    ],
)
def test_worked_examples(office: Office, received: str, rule: str, last: str) -> None:
    publish(office, deadline=rule)
    ticket = begun(office, received)
    assert day(office.task(ticket).due_at) == last
    kept = visit(office, ticket)
    assert (kept.due_rule, day(kept.due_at), kept.due_is_estimate) == (rule, last, False)


def test_hours_are_plain_hours(office: Office) -> None:
    publish(office, deadline="24h")
    ticket = begun(office, "2026-09-30")
    task = office.task(ticket)
    assert task.due_at is not None
    assert (task.due_at - task.opened_at).total_seconds() == 24 * 3600


def test_it_counts_from_an_answer(office: Office) -> None:
    """S1: the event was on 09-24, whenever the form comes in."""
    publish(office, deadline="5wd from field:event_date")
    ticket = begun(office, "2026-09-28", event_date="2026-09-24")
    assert day(office.task(ticket).due_at) == "2026-10-09 17:30"


def test_without_the_answer_it_counts_from_the_opening(office: Office) -> None:
    publish(office, deadline="3wd from field:event_date")
    assert day(office.task(begun(office, "2026-09-30")).due_at) == "2026-10-10 17:30"


def test_year_end_is_an_estimate(office: Office) -> None:
    """S13: nobody knows the days off of 2027 yet."""
    publish(office, deadline="5wd")
    ticket = begun(office, "2026-12-28")
    kept = visit(office, ticket)
    assert (day(kept.due_at), kept.due_is_estimate) == ("2027-01-04 17:30", True)
    assert [str(one) for one in kept.due_skipped or ()] == ["2027-01-02", "2027-01-03"]


def test_the_calendar_is_that_of_the_unit_that_handles_it(office: Office) -> None:
    publish(office, deadline="3wd", sign="1wd")
    ticket = begun(office, "2026-11-20")
    assert visit(office, ticket).due_unit_id == ticket.unit_id
    publish(office, deadline="3wd", assign="position:account_admin@same_level(requester.unit)")
    ticket = begun(office, "2026-11-20")
    code = office.task(ticket).candidates[0].partition(":")[2]
    assert visit(office, ticket).due_unit_id == unit_id(office, code) != ticket.unit_id


def test_who_joins_a_step_is_due_with_it(office: Office) -> None:
    publish(office, deadline="3wd")
    ticket = begun(office, "2026-09-30")
    task = office.task(ticket)
    tasks.add_signers(
        office.session,
        actor=office.actor("qinyongan"),
        now=office.tick(),
        task_id=task.id,
        version=task.version,
        to=["tanlihua"],
        place="parallel",
        reason="",
    )
    office.session.flush()
    dues = {one.due_at for one in office.tasks(ticket) if one.state is not TaskState.DONE}
    assert [day(one) for one in dues] == ["2026-10-10 17:30"]


def test_everybody_of_a_joint_step_is_due_together(office: Office) -> None:
    publish(
        office,
        deadline="3wd",
        decide="all",
        assign="position:account_admin@same_level(requester.unit);position:dept_head@requester.unit",
    )
    ticket = begun(office, "2026-09-30")
    dues = [day(one.due_at) for one in office.tasks(ticket)]
    assert len(dues) > 1
    assert set(dues) == {"2026-10-10 17:30"}


def test_a_step_without_a_deadline_has_none(office: Office) -> None:
    publish(office)
    ticket = begun(office, "2026-09-30")
    assert office.task(ticket).due_at is None
    assert visit(office, ticket).due_rule is None


def test_each_step_counts_from_its_own_opening(office: Office) -> None:
    publish(office, deadline="3wd", sign="1wd")
    ticket = begun(office, "2026-09-30")
    agree(office, ticket, "2026-10-09")
    assert day(office.task(ticket).due_at) == "2026-10-10 17:30"


def test_nothing_is_decided_because_a_day_is_over(office: Office) -> None:
    """S3: whoever is away, it waits, and is late."""
    publish(office, deadline="1wd")
    ticket = begun(office, "2026-09-30")
    on(office, "2026-12-30")
    task = office.task(ticket)
    assert (task.state, task.outcome, task.assignee_id is not None) == (
        TaskState.OPEN,
        None,
        True,
    )


def test_the_whole_ticket_has_its_own(office: Office) -> None:
    """From the first submission, for the unit that asks; a second one does not begin it anew."""
    publish(office, process="5wd from opened")
    ticket = begun(office, "2026-09-18")
    assert day(ticket.due_at) == "2026-09-24 17:30"
    assert (ticket.due_unit_id, office.task(ticket).due_at) == (ticket.unit_id, None)
    on(office, "2026-09-21")
    office.send_back(ticket)
    on(office, "2026-09-23")
    office.submit(ticket, {"note": "三间"})
    assert day(ticket.due_at) == "2026-09-24 17:30"


def test_the_whole_ticket_counts_from_an_answer_that_is_mended(office: Office) -> None:
    publish(office, process="5wd from field:event_date")
    ticket = begun(office, "2026-09-28", event_date="2026-09-18")
    assert day(ticket.due_at) == "2026-09-24 17:30"
    office.send_back(ticket)
    office.submit(ticket, {"note": "三间", "event_date": "2026-09-24"})
    assert day(ticket.due_at) == "2026-10-09 17:30"
    assert office.session.get(Visit, office.task(ticket).visit_id) is not None
    assert office.actor(CLERK).person_id == ticket.requester_id
