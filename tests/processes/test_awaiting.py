"""Timers and subscriptions are rows that follow the run; signals and messages reach other runs."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, text

from app.core import outbox
from app.core.outbox import OutboxState
from app.identity.types import Position
from app.processes import jobs, registry
from app.processes.models import Incident, Instance, NodeLog
from app.processes.registry import OperationContext
from app.processes.service import delivering, pausing, running
from app.processes.types import IncidentKind
from app.tasks.queries import active_tasks
from app.tickets.models import Ticket
from app.tickets.types import TicketState
from tests.bpmn.models import (
    boundary,
    catch,
    declared,
    end,
    model,
    receive,
    script,
    send,
    service,
    start,
    throw,
    timer,
    user,
)
from tests.processes.events import (
    TESTER,
    begin,
    publish,
    real_time,
    rows,
    soon,
    subscriptions,
    timers,
    variables,
)
from tests.rights.counties import LAIFENG
from tests.support.office import Office

HOUR = timedelta(hours=1)
FAR = LAIFENG.holders[0]  # of another county


def line(*parts: str, beside: str = "") -> bytes:
    """The parts one after the other, each named by its id."""
    names = ["start", *(part.split('id="', 1)[1].split('"', 1)[0] for part in parts), "end"]
    flows = "\n".join(f"{a}->{b}" for a, b in pairwise(names))
    return model(start() + "".join(parts) + end(), flows, beside=beside)


def fire(office: Office) -> bool:
    claim = running.claim_due(office.session, now=office.now)
    if claim is not None:
        running.fire_claimed(office.session, claim, now=office.now)
    return claim is not None


# --- the log keeps each change ---


def test_the_log_keeps_each_change_at_the_node_that_made_it(office: Office) -> None:
    publish(office, line(script("first", "n = 1"), script("second", "n = n + 1\nm = n")))
    ticket = begin(office, given=5)
    logged = office.session.scalars(
        select(NodeLog).where(NodeLog.instance_id == ticket.instance_id).order_by(NodeLog.id)
    ).all()
    changed = [(row.node, row.event, row.changes) for row in logged if row.changes]
    assert changed == [
        ("first", "completed", {"n": [None, 1]}),
        ("second", "completed", {"n": [1, 2], "m": [None, 2]}),
    ]


def test_a_decision_stands_at_its_node(office: Office) -> None:
    publish(office, line(user("ask", outcomes="yes=是;no=否")))
    ticket = begin(office)
    office.decide(ticket, "no", by=TESTER, signing=None, opinion="不行")
    (row,) = office.session.scalars(
        select(NodeLog).where(NodeLog.instance_id == ticket.instance_id, NodeLog.changes != None)  # noqa: E711
    )
    assert (row.node, row.changes) == (
        "ask",
        {"outcome": [None, "no"], "ask_outcome": [None, "no"]},
    )


# --- timers ---


def test_timers_are_rows_that_follow_the_run(office: Office) -> None:
    """Armed, fired, taken away with the work they hung on; the view tells of them."""
    inside = user("ask") + boundary("remind", "ask", "cycle R2/PT1H", interrupting=False)
    flows = "start->ask\nask->end\nremind->told\n"
    publish(office, model(start() + inside + end() + end("told"), flows))
    ticket = begin(office)
    assert timers(office, ticket) == [("remind", HOUR, False)]
    soon(office, hours=1)
    assert fire(office)
    assert timers(office, ticket) == [("remind", timedelta(0), True), ("remind", HOUR, False)]
    office.decide(ticket, "done", by=TESTER, signing=None)
    assert timers(office, ticket) == [("remind", -HOUR, True)]
    assert ticket.state is TicketState.CLOSED
    told = office.session.execute(text("SELECT ticket, node, fired_at IS NULL FROM report_timers"))
    assert [tuple(row) for row in told] == [(ticket.number, "remind", False)]


def test_a_plain_step_writes_no_row_for_what_is_not_waited_for(
    office: Office, count_queries: object
) -> None:
    publish(office, line(user("ask"), user("again")))
    ticket = begin(office)
    counter = count_queries()  # type: ignore[operator]
    office.decide(ticket, "done", by=TESTER, signing=None)
    words = " ".join(counter.statements)
    assert "timer" not in words
    assert "subscription" not in words


def test_an_attempt_that_ends_its_process_uses_up_a_retry(office: Office) -> None:
    """Claimed and never heard of again: later and later, in the end an incident."""
    publish(office, line(timer("pause", "PT1H"), user("ask")))
    ticket = begin(office)
    soon(office, hours=1)
    for tries in range(1, running.MAX_TRIES + 1):
        claim = running.claim_due(office.session, now=office.now)
        assert claim == running.Claim(ticket.instance_id, tries)
        assert running.claim_due(office.session, now=office.now) is None
        soon(office, seconds=30)
    running.claim_due(office.session, now=office.now)
    incident = office.session.scalars(select(Incident)).one()
    assert (incident.kind, incident.instance_id) == (IncidentKind.TIMER, ticket.instance_id)
    assert running.claim_due(office.session, now=soon(office, hours=9)) is None
    instance = office.session.get_one(Instance, ticket.instance_id)
    running.fire(office.session, now=office.now, instance=instance)
    assert [task.node for task in active_tasks(office.session, ticket.instance_id)] == ["ask"]
    assert instance.due_tries == 0


def test_an_attempt_of_before_does_nothing_any_more(office: Office) -> None:
    publish(office, line(timer("pause", "PT1H"), user("ask")))
    ticket = begin(office)
    first = running.claim_due(office.session, now=soon(office, hours=1))
    second = running.claim_due(office.session, now=soon(office, seconds=30))
    assert first is not None
    assert second is not None
    running.fire_claimed(office.session, first, now=office.now)
    assert not active_tasks(office.session, ticket.instance_id)
    running.fire_claimed(office.session, second, now=office.now)
    assert len(active_tasks(office.session, ticket.instance_id)) == 1


def test_a_fault_of_ours_does_not_stop_the_other_timers(office: Office) -> None:
    """What is no refusal costs an attempt; the sweep goes on with the next run."""

    def breaks(_session: object, _context: OperationContext) -> None:
        raise SystemError("out of order")

    real_time(office)
    office.now -= 2 * HOUR
    registry.register_operation("trial.breaks", breaks)  # type: ignore[arg-type]
    try:
        publish(office, line(timer("pause", "PT1H"), service("spoil", "trial.breaks")))
        broken = begin(office)
        publish(office, line(timer("pause", "PT1H"), user("ask")), key="other")
        ticket = begin(office, "other")
        office.session.commit()
        assert jobs.fire_timers() == 2
    finally:
        del registry.operations["trial.breaks"]
    office.session.expire_all()
    assert [task.node for task in active_tasks(office.session, ticket.instance_id)] == ["ask"]
    assert office.session.scalars(select(Incident)).one().instance_id == broken.instance_id


# --- signals and messages ---

HEARS = line(catch("hear", "signal go"), user("ask"), beside=declared("signal go"))
CALLS = model(
    start() + script("say", "word = 'now'") + throw("call", "signal go", payload="word") + end(),
    "start->say\nsay->call\ncall->end",
    beside=declared("signal go"),
)
WAITS = line(receive("wait", "reply", correlation="order"), beside=declared("message reply"))
SENDS = model(
    start() + send("tell", "reply", correlation="order", payload="order") + end(),
    "start->tell\ntell->end",
    beside=declared("message reply"),
)


def run_of(office: Office, ticket: Ticket) -> Instance:
    return office.session.get_one(Instance, ticket.instance_id)


def work_off(office: Office) -> None:
    """All that is due, and what it leaves; the session sees what came of it."""
    office.session.commit()
    while outbox.work_off():
        pass
    office.session.expire_all()


def test_subscriptions_follow_the_run(office: Office) -> None:
    publish(office, WAITS)
    ticket = begin(office, order="A1")
    assert subscriptions(office, ticket) == [("message", "reply", "A1")]
    instance = office.session.get_one(Instance, ticket.instance_id)
    running.cancel(office.session, actor=office.actor(TESTER), now=office.now, instance=instance)
    assert subscriptions(office, ticket) == []
    assert not instance.is_awaiting


def test_a_signal_reaches_all_who_wait_in_the_division_and_nobody_else(office: Office) -> None:
    real_time(office)
    publish(office, HEARS)
    publish(office, CALLS, key="caller")
    office.appoint(FAR, Position.PROCESS_TESTER)
    near, twice, far = begin(office), begin(office), begin(office, by=FAR)
    begin(office, "caller")
    later = begin(office)  # began after the call
    later_row = office.session.execute(
        text("UPDATE subscription SET since = now() + interval '1 hour' WHERE instance_id = :id"),
        {"id": later.instance_id},
    )
    assert later_row.rowcount == 1
    work_off(office)
    heard = [bool(active_tasks(office.session, t.instance_id)) for t in (near, twice, far, later)]
    assert heard == [True, True, False, False]
    assert variables(office, near)["word"] == "now"
    assert {row.state for row in rows(office, delivering.DELIVERY)} == {OutboxState.DONE}


def test_a_correlated_message_finds_its_run_in_the_whole_region(office: Office) -> None:
    real_time(office)
    publish(office, WAITS)
    publish(office, SENDS, key="sender")
    office.appoint(FAR, Position.PROCESS_TESTER)
    other, far = begin(office, order="A2"), begin(office, by=FAR, order="A1")
    begin(office, "sender", order="A1")
    work_off(office)
    states = [office.session.get_one(Ticket, ticket.id).state for ticket in (other, far)]
    assert states == [TicketState.RUNNING, TicketState.CLOSED]


def test_a_message_goes_to_the_run_that_waits_longest(office: Office) -> None:
    real_time(office)
    publish(office, WAITS)
    publish(office, SENDS, key="sender")
    first, second = begin(office, order="A1"), begin(office, order="A1")
    begin(office, "sender", order="A1")
    work_off(office)
    states = [office.session.get_one(Ticket, ticket.id).state for ticket in (first, second)]
    assert states == [TicketState.CLOSED, TicketState.RUNNING]


def test_a_message_without_correlation_stays_in_its_division(office: Office) -> None:
    real_time(office)
    plain = line(receive("wait", "reply"), beside=declared("message reply"))
    sends = line(send("tell", "reply"), beside=declared("message reply"))
    publish(office, plain)
    publish(office, sends, key="sender")
    office.appoint(FAR, Position.PROCESS_TESTER)
    far = begin(office, by=FAR)
    begin(office, "sender")
    work_off(office)
    assert office.session.get_one(Ticket, far.id).state is TicketState.RUNNING
    (row,) = rows(office, "processes.thrown")
    assert (row.state, row.attempts) == (OutboxState.WAITING, 1)
    assert "没有办件在等" in (row.error or "")


def test_a_message_that_came_too_early_is_kept_for_who_waits_next(office: Office) -> None:
    """Whoever begins to wait has it tried again at once, not at the next pause."""
    real_time(office)
    publish(office, WAITS)
    publish(office, SENDS, key="sender")
    begin(office, "sender", order="A1")
    work_off(office)
    (row,) = rows(office, "processes.thrown")
    assert row.state is OutboxState.WAITING
    ticket = begin(office, order="A1")
    work_off(office)
    assert office.session.get_one(Ticket, ticket.id).state is TicketState.CLOSED


def test_a_message_nobody_ever_waits_for_is_an_incident_of_its_sender(office: Office) -> None:
    real_time(office)
    publish(office, SENDS, key="sender")
    ticket = begin(office, "sender", order="A1")
    office.session.commit()
    for _ in range(outbox.MAX_ATTEMPTS):
        office.session.execute(text("UPDATE outbox SET due_at = now() - interval '1 second'"))
        office.session.commit()
        outbox.work_off()
    office.session.expire_all()
    incident = office.session.scalars(select(Incident)).one()
    assert incident.instance_id == ticket.instance_id
    assert "没有办件在等" in incident.cause


def test_a_target_that_breaks_is_an_incident_there_and_stops_no_other(office: Office) -> None:
    """At once, since a broken step does not mend itself; sent again it goes through."""
    real_time(office)
    spoil = line(
        catch("hear", "signal go"), script("spoil", "n = 1 / zero"), beside=declared("signal go")
    )
    publish(office, spoil)
    publish(office, CALLS, key="caller")
    broken, sound = begin(office, zero=0), begin(office, zero=1)
    begin(office, "caller")
    work_off(office)
    incident = office.session.scalars(select(Incident)).one()
    assert incident.instance_id == broken.instance_id
    assert incident.kind is IncidentKind.OUTBOX
    assert "spoil" in incident.cause
    assert office.session.get_one(Ticket, sound.id).state is TicketState.CLOSED
    states = [row.state for row in rows(office, delivering.DELIVERY)]
    assert states == [OutboxState.DEAD, OutboxState.DONE]


def test_two_messages_for_one_place_find_two_takers(office: Office) -> None:
    """Both are meant for who waits longest; the second looks again."""
    real_time(office)
    publish(office, WAITS)
    publish(office, SENDS, key="sender")
    begin(office, "sender", order="A1")
    begin(office, "sender", order="A1")
    first, second = begin(office, order="A1"), begin(office, order="A1")
    work_off(office)
    states = [office.session.get_one(Ticket, ticket.id).state for ticket in (first, second)]
    assert states == [TicketState.CLOSED, TicketState.CLOSED]


def test_of_two_messages_for_a_held_run_the_second_goes_to_the_next(office: Office) -> None:
    """The first is kept for when it goes on; the second finds who else waits."""
    real_time(office)
    publish(office, WAITS)
    publish(office, SENDS, key="sender")
    held, other = begin(office, order="A1"), begin(office, order="A1")
    pausing.suspend(run_of(office, held), office.now)
    begin(office, "sender", order="A1")
    begin(office, "sender", order="A1")
    work_off(office)
    states = [office.session.get_one(Ticket, ticket.id).state for ticket in (held, other)]
    assert states == [TicketState.RUNNING, TicketState.CLOSED]
    pausing.resume(office.session, now=office.now, instance=run_of(office, held))
    assert office.session.get_one(Ticket, held.id).state is TicketState.CLOSED


def test_a_second_message_for_a_held_run_is_not_lost(office: Office) -> None:
    real_time(office)
    publish(office, WAITS)
    publish(office, SENDS, key="sender")
    held = begin(office, order="A1")
    pausing.suspend(run_of(office, held), office.now)
    begin(office, "sender", order="A1")
    begin(office, "sender", order="A1")
    work_off(office)
    assert OutboxState.WAITING in {row.state for row in rows(office, "processes.thrown")}
    pausing.resume(office.session, now=office.now, instance=run_of(office, held))
    later = begin(office, order="A1")
    work_off(office)
    assert office.session.get_one(Ticket, later.id).state is TicketState.CLOSED


def test_a_kept_message_looks_for_the_next_when_nobody_waits_any_more(office: Office) -> None:
    """The timer that fell due first took the place it was meant for."""
    real_time(office)
    parts = receive("wait", "reply") + boundary("late", "wait", "timer PT1H")
    flows = "start->wait\nwait->end\nlate->given_up"
    beside = declared("message reply")
    publish(office, model(start() + parts + end() + end("given_up"), flows, beside=beside))
    publish(office, line(send("tell", "reply"), beside=beside), key="sender")
    held = begin(office)
    pausing.suspend(run_of(office, held), office.now)
    begin(office, "sender")
    work_off(office)
    office.session.execute(text("UPDATE held_event SET at = now() + interval '2 hours'"))
    office.session.expire_all()
    pausing.resume(office.session, now=office.now + 3 * HOUR, instance=run_of(office, held))
    assert office.session.get_one(Ticket, held.id).state is TicketState.CLOSED
    later = begin(office)
    office.session.execute(text("UPDATE outbox SET due_at = now() WHERE state = 'waiting'"))
    work_off(office)
    assert office.session.get_one(Ticket, later.id).state is TicketState.CLOSED


# --- how the rows are found ---


def plan(office: Office, statement: object) -> str:
    compiled = statement.compile(  # type: ignore[attr-defined]
        office.session.get_bind(), compile_kwargs={"literal_binds": True}
    )
    told = office.session.execute(text(f"EXPLAIN {compiled}"))
    return "\n".join(row[0] for row in told)


@pytest.fixture
def crowded(office: Office) -> Office:
    """Ten thousand who wait for something else."""
    publish(office, WAITS)
    ticket = begin(office, order="A1")
    instance = office.session.get_one(Instance, ticket.instance_id)
    office.session.execute(
        text(
            "INSERT INTO subscription"
            " (instance_id, division_id, kind, name, correlation, node, since)"
            " SELECT :i, :d, k.kind, 'reply', CASE WHEN n % 2 = 0 THEN 'K' || n END, 'x', now()"
            " FROM generate_series(1, 5000) n, (VALUES ('message'), ('signal')) k (kind)"
        ),
        {"i": instance.id, "d": instance.unit.division_id},
    )
    office.session.execute(text("ANALYZE subscription"))
    office.session.execute(text("ANALYZE instance"))
    return office


def test_takers_are_found_by_the_index(crowded: Office) -> None:
    ticket = crowded.session.scalars(select(Instance)).first()
    assert ticket is not None
    told = plan(crowded, delivering.fitting("reply", "K2", ticket.unit.division_id))
    assert "ix_subscription_plain" in told
    assert "ix_subscription_correlated" in told
    assert "on subscription" in told
    assert "Seq Scan on subscription" not in told


def test_hearers_are_found_by_the_index(crowded: Office) -> None:
    ticket = crowded.session.scalars(select(Instance)).first()
    assert ticket is not None
    parcel = delivering.Parcel(
        *("k", "signal", "elsewhere", None, ""), ticket.unit.division_id, crowded.now.isoformat()
    )
    told = plan(crowded, delivering.hearers(parcel))
    assert "ix_subscription_plain" in told
    assert "Seq Scan on subscription" not in told


def test_due_runs_are_found_by_the_index(crowded: Office) -> None:
    for way in ("seqscan", "sort"):  # of one run alone any index would do, but for the order
        crowded.session.execute(text(f"SET LOCAL enable_{way} = off"))
    told = plan(crowded, running.due_runs(crowded.now))
    assert "ix_instance_due" in told
