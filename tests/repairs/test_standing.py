"""Holding a ticket: nobody acts on it, nothing happens to it, and afterwards it goes on."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.audit.queries import first_break, list_chain
from app.core.errors import AppError, Conflict, Forbidden, Invalid, NotFound
from app.core.outbox import Outbox
from app.identity.types import Position
from app.processes import engine
from app.processes.models import HeldEvent
from app.processes.service import running
from app.processes.types import Suspended
from app.repairs import service, standing
from app.tasks import service as tasks
from app.tickets import service as tickets
from app.tickets.models import Ticket
from app.tickets.queries import ticket_of
from app.tickets.types import TicketState, WrongState
from tests.repairs.conftest import ADMIN, PUBLISHER, SECOND, STRANGER, Broken, Machine
from tests.support.office import Office

WHY = "材料有疑问，先停一停。"
ACTS = {"suspend": standing.suspend, "resume": standing.resume, "cancel": standing.cancel}


def do(
    office: Office,
    ticket: Ticket,
    what: str = "suspend",
    by: str = ADMIN,
    reason: str = WHY,
    seen: int | None = None,
) -> Ticket:
    return ACTS[what](
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        number=ticket.number,
        reason=reason,
        seen=seen,
    )


def refusal(act: Callable[[], object]) -> AppError:
    with pytest.raises(AppError) as caught:
        act()
    return caught.value


def kinds(office: Office, ticket: Ticket) -> list[str]:
    return [event.kind for event in list_chain(office.session, ticket.instance.audit_chain)]


def test_nobody_acts_on_what_is_held(office: Office) -> None:
    """Complete, return, claim, release, withdraw: each is a conflict, and changes nothing."""
    ticket = office.walk(office.start(), to="account_execution")
    task = office.task(ticket)
    holder = office.actor("tanlihua")
    do(office, ticket)
    assert ticket.state is TicketState.SUSPENDED
    given = {"actor": holder, "now": office.now, "task_id": task.id, "version": task.version}
    before = kinds(office, ticket)
    for act in (
        lambda: tasks.claim(office.session, **given),
        lambda: tasks.release(office.session, **given),
        lambda: tasks.return_task(office.session, **given, reason="请补充。"),
        lambda: tasks.complete(office.session, **given, decision=tasks.Decision("done")),
    ):
        found = refusal(act)
        assert isinstance(found, Suspended)
        assert found.facts["current"] == "suspended"
    taken_back = refusal(
        lambda: tickets.withdraw(
            office.session, actor=office.requester(ticket), now=office.now, number=ticket.number
        )
    )
    assert isinstance(taken_back, WrongState)
    assert kinds(office, ticket) == before


def test_the_engine_itself_takes_no_step(office: Office) -> None:
    """Whatever road leads to it: the door to the engine is shut while a run is held."""
    ticket = office.start()
    do(office, ticket)
    (visit,) = ticket.instance.open_visits
    with pytest.raises(Suspended):
        engine.complete(
            office.session,
            ticket.instance,
            visit=visit,
            changes={},
            actor=office.requester(ticket),
            now=office.now,
        )


def test_it_goes_on_as_it_was(office: Office) -> None:
    ticket = office.start()
    office.send_back(ticket)
    assert ticket.state is TicketState.RETURNED
    do(office, ticket)
    do(office, ticket, "resume", reason="查清了。")
    assert ticket.state is TicketState.RETURNED
    office.walk(ticket)
    assert ticket.state is TicketState.CLOSED
    assert first_break(office.session, ticket.instance.audit_chain, ticket.instance) is None


def test_timers_fire_late_and_once(office: Office, broken: Broken, machine: Machine) -> None:
    """What fell due meanwhile waits for the sweep after the ticket goes on."""
    incident = broken("timer")
    machine.failure = None
    ticket = ticket_of(office.session, incident.instance_id)
    ticket.instance.due_at = office.now
    do(office, ticket)
    before = len(machine.calls)
    assert running.claim_due(office.session, now=office.now + timedelta(days=9)) is None
    assert len(machine.calls) == before
    do(office, ticket, "resume", reason="查清了。")
    claim = running.claim_due(office.session, now=office.now)
    assert claim is not None
    running.fire_claimed(office.session, claim, now=office.now)
    assert len(machine.calls) == before + 1
    assert running.claim_due(office.session, now=office.now) is None


def test_a_timer_that_was_claimed_does_not_fire_in_what_was_held_since(
    office: Office, broken: Broken, machine: Machine
) -> None:
    incident = broken("timer")
    machine.failure = None
    ticket = ticket_of(office.session, incident.instance_id)
    ticket.instance.due_at = office.now
    claim = running.claim_due(office.session, now=office.now)
    assert claim is not None
    do(office, ticket)
    before = len(machine.calls)
    running.fire_claimed(office.session, claim, now=office.now)
    assert len(machine.calls) == before


def test_an_incident_of_what_is_held_is_not_tried_again(office: Office, broken: Broken) -> None:
    incident = broken("timer")
    ticket = ticket_of(office.session, incident.instance_id)
    do(office, ticket)
    found = refusal(
        lambda: service.retry(
            office.session, actor=office.actor(ADMIN), now=office.now, incident_id=incident.id
        )
    )
    assert isinstance(found, Suspended)


@pytest.mark.parametrize("what", ["suspend", "cancel"])
def test_a_reason_is_needed(office: Office, what: str) -> None:
    ticket = office.start()
    found = refusal(lambda: do(office, ticket, what, reason="  "))
    assert isinstance(found, Invalid)
    assert [error.path for error in found.errors] == ["reason"]
    assert ticket.state is TicketState.RUNNING


def test_an_administrator_ends_what_runs(office: Office) -> None:
    ticket = office.walk(office.start(), to="leader_approval")
    do(office, ticket)
    do(office, ticket, "cancel", reason="重复的申请。")
    assert ticket.state is TicketState.CANCELLED
    assert ticket.instance.suspended_at is None
    assert not [task for task in office.tasks(ticket) if task.is_active]
    assert kinds(office, ticket)[-2:] == ["ticket.abolished", "ticket.ended.cancelled"]


@pytest.mark.parametrize("what", ACTS)
def test_who_may(office: Office, what: str) -> None:
    """Only a system administrator within reach, and not on what he has a part in."""
    ticket = office.start()
    if what == "resume":
        do(office, ticket)
    for by in (PUBLISHER, "yaohaiyang", "qinyongan"):
        assert isinstance(refusal(lambda by=by: do(office, ticket, what, by=by)), Forbidden), by
    assert isinstance(refusal(lambda: do(office, ticket, what, by=STRANGER)), NotFound)
    office.appoint("qinyongan", Position.SYSTEM_ADMIN)
    own = refusal(lambda: do(office, ticket, what, by="qinyongan"))
    assert (own.code, isinstance(own, Forbidden)) == ("own_ticket", True)
    do(office, ticket, what)


@pytest.mark.parametrize("what", ACTS)
def test_second_click_stale_page_and_second_person(office: Office, what: str) -> None:
    ticket = office.start()
    if what == "resume":
        do(office, ticket)
    seen = ticket.instance.rev
    do(office, ticket, what, seen=seen)
    before = (ticket.state, kinds(office, ticket))
    for by in (ADMIN, SECOND):
        found = refusal(lambda by=by: do(office, ticket, what, by=by, seen=seen))
        assert isinstance(found, Conflict)
        assert found.facts["current"] == ticket.state.value
        assert isinstance(refusal(lambda by=by: do(office, ticket, what, by=by)), WrongState)
    assert (ticket.state, kinds(office, ticket)) == before


def test_drafts_and_what_is_over_are_left_alone(office: Office) -> None:
    draft = office.draft()
    assert isinstance(refusal(lambda: do(office, draft)), NotFound)
    closed = office.walk(office.start())
    for what in ACTS:
        assert isinstance(refusal(lambda what=what: do(office, closed, what)), WrongState)


def test_a_message_kept_for_a_ticket_that_is_ended_looks_for_the_next(
    office: Office, broken: Broken, machine: Machine
) -> None:
    incident = broken("timer")
    machine.failure = None
    ticket = ticket_of(office.session, incident.instance_id)
    do(office, ticket)
    given = {"instance_id": ticket.instance_id, "name": "reply", "payload": {}, "at": office.now}
    office.session.add_all([HeldEvent(kind=kind, **given) for kind in ("message", "signal")])
    do(office, ticket, "cancel", reason="重复了。")
    assert office.session.scalar(select(func.count()).select_from(HeldEvent)) == 0
    thrown = select(Outbox.payload).where(Outbox.topic == "processes.thrown")
    assert [parcel["name"] for parcel in office.session.scalars(thrown)] == ["reply"]
