"""Trying again what broke: one act, by the right person, on what is still as it was seen."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.audit.queries import first_break, list_chain
from app.core import outbox
from app.core.clock import utcnow
from app.core.errors import AppError, Conflict, Forbidden, NotFound
from app.core.outbox import OutboxState
from app.identity.types import Position
from app.processes.models import Incident, Instance
from app.processes.types import IncidentState, Resolution
from app.repairs import queries, service
from app.repairs.types import AlreadyResolved, AlreadyTried
from app.tasks.queries import active_tasks
from app.tickets import service as tickets
from app.tickets.queries import ticket_of
from tests.repairs.conftest import (
    ADMIN,
    ID_NUMBER,
    PHONE,
    PUBLISHER,
    SECOND,
    STRANGER,
    TESTER,
    Broken,
    Machine,
    exhaust,
    letter,
)
from tests.support.office import Office, race

KINDS = ("people", "timer", "act", "outbox")
every = pytest.mark.parametrize("kind", KINDS)


def retry(office: Office, incident: Incident, by: str = ADMIN, seen: int | None = None) -> Incident:
    return service.retry(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        incident_id=incident.id,
        seen=seen,
    )


def mend(office: Office, machine: Machine, kind: str) -> None:
    """What was wrong is right again."""
    machine.failure = None
    if kind == "people":
        office.appoint("qinyongan", Position.DEPT_HEAD)


def instance_of(office: Office, incident: Incident) -> Instance:
    return office.session.get_one(Instance, incident.instance_id)


def kinds(office: Office, incident: Incident) -> list[str]:
    chain = instance_of(office, incident).audit_chain
    return [event.kind for event in list_chain(office.session, chain)]


def refusal(act: Callable[[], object]) -> AppError:
    with pytest.raises(AppError) as caught:
        act()
    return caught.value


@every
def test_what_works_again_closes_the_incident(
    office: Office, broken: Broken, machine: Machine, kind: str
) -> None:
    incident = broken(kind)
    mend(office, machine, kind)
    retry(office, incident, seen=0)
    if kind == "outbox":
        assert incident.is_open  # only on its way
        office.session.commit()
        assert outbox.work_off() >= 1
        office.session.expire_all()
    assert (incident.state, incident.tries) == (IncidentState.RESOLVED, 1)
    assert incident.resolution is (Resolution.HANDED_BACK if kind == "act" else Resolution.RETRIED)
    assert office.username(incident.resolved_by_id) == ADMIN
    assert instance_of(office, incident).open_incident_count == 0
    assert kinds(office, incident)[-1] == "incident.resolved"
    instance = instance_of(office, incident)
    assert first_break(office.session, instance.audit_chain, instance) is None


@pytest.mark.parametrize("kind", ["people", "timer"])
def test_what_still_breaks_counts_a_try_and_stays(
    office: Office, broken: Broken, kind: str
) -> None:
    """Nothing of the try is left but the count, the newest cause and a line in the trail."""
    incident = broken(kind)
    before = kinds(office, incident)
    for n in (1, 2):
        retry(office, incident, seen=n - 1)
        assert (incident.state, incident.tries) == (IncidentState.OPEN, n)
    assert kinds(office, incident) == [*before, "incident.retried", "incident.retried"]
    assert instance_of(office, incident).open_incident_count == 1
    assert instance_of(office, incident).due_at is None
    assert len(office.session.scalars(select(Incident)).all()) == 1


def test_the_newest_cause_is_shown(office: Office, broken: Broken, machine: Machine) -> None:
    incident = broken("timer")
    machine.failure = LookupError(f"nobody at {PHONE}")
    retry(office, incident)
    assert incident.cause == "LookupError: nobody at 154****1111"
    assert "LookupError" in incident.detail
    assert PHONE not in incident.detail


def test_a_timer_that_fired_waits_for_the_next(
    office: Office, broken: Broken, machine: Machine
) -> None:
    """The sweep finds the run again; the effect ran in the requester's name."""
    incident = broken("timer")
    machine.failure = None
    retry(office, incident)
    instance = instance_of(office, incident)
    assert instance.due_at is not None
    assert instance.due_at - office.now <= timedelta(hours=1)
    assert machine.calls[-1] == TESTER


def test_people_are_found_by_the_diagram_and_not_by_who_retries(
    office: Office, broken: Broken, machine: Machine
) -> None:
    """The administrator gets no part in the ticket by trying again."""
    incident = broken("people")
    mend(office, machine, "people")
    (task,) = active_tasks(office.session, incident.instance_id)
    version = task.version
    retry(office, incident)
    assert office.username(task.assignee_id) == "qinyongan"
    assert task.version > version
    ticket = ticket_of(office.session, incident.instance_id)
    office.decide(ticket)
    assert office.task(ticket).node == "leader_approval"


def test_an_act_is_done_again_by_its_own_person(office: Office, broken: Broken) -> None:
    """Retrying decides nothing: the task is open as before."""
    incident = broken("act")
    (task,) = active_tasks(office.session, incident.instance_id)
    before = (task.state, task.version, task.outcome)
    retry(office, incident)
    assert (task.state, task.version, task.outcome) == before


def test_a_ticket_that_goes_on_by_itself_closes_its_incident(
    office: Office, broken: Broken
) -> None:
    incident = broken("act")
    ticket = ticket_of(office.session, incident.instance_id)
    office.decide(ticket)
    assert incident.resolution is Resolution.MOVED_ON
    assert ticket.instance.open_incident_count == 0


def test_a_ticket_taken_back_needs_nobody_any_more(office: Office, broken: Broken) -> None:
    incident = broken("people")
    ticket = ticket_of(office.session, incident.instance_id)
    tickets.withdraw(
        office.session, actor=office.requester(ticket), now=office.tick(), number=ticket.number
    )
    assert incident.resolution is Resolution.MOVED_ON


def test_dying_again_is_the_same_incident(office: Office, broken: Broken, machine: Machine) -> None:
    incident = broken("outbox")
    assert incident.cause == "“通知办理结果”没有办成：LookupError: no road to 154****1111"
    retry(office, incident)
    office.session.commit()
    machine.failure = LookupError("no paper")
    exhaust(office.session)
    assert letter(office.session).state is OutboxState.DEAD
    (found,) = office.session.scalars(select(Incident)).all()
    assert found.is_open
    assert found.cause.endswith("LookupError: no paper")
    assert found.tries == 1
    retry(office, found, seen=1)


@every
def test_double_click_is_one_try(
    office: Office, broken: Broken, machine: Machine, kind: str
) -> None:
    """The second POST of the same page is a conflict that says how it stands."""
    incident = broken(kind)
    mend(office, machine, kind)
    retry(office, incident, seen=0)
    calls, trail = len(machine.calls), kinds(office, incident)
    found = refusal(lambda: retry(office, incident, seen=0))
    assert isinstance(found, Conflict)
    assert found.facts["current"] == incident.state.value
    assert (len(machine.calls), kinds(office, incident)) == (calls, trail)


@pytest.mark.parametrize("kind", ["people", "timer"])
def test_stale_page_is_refused(office: Office, broken: Broken, kind: str) -> None:
    """Somebody tried meanwhile, and it failed: first see why."""
    incident = broken(kind)
    retry(office, incident, by=SECOND, seen=0)
    found = refusal(lambda: retry(office, incident, seen=0))
    assert isinstance(found, AlreadyTried)
    assert found.facts == {"current": "open", "tries": 1}
    assert incident.tries == 1


@every
def test_stranger_of_another_county_finds_nothing(
    office: Office, broken: Broken, kind: str
) -> None:
    """A foreign incident answers like a missing one."""
    incident = broken(kind)
    found = refusal(lambda: retry(office, incident, by=STRANGER))
    assert isinstance(found, NotFound)
    missing = Incident(id=10**9)
    other = refusal(lambda: retry(office, missing, by=STRANGER))
    assert (found.code, found.text, found.facts) == (other.code, other.text, other.facts)
    assert not queries.list_incidents(office.session, office.actor(STRANGER)).items
    assert queries.count_open(office.session, office.actor(STRANGER)) == 0


@every
@pytest.mark.parametrize("by", [PUBLISHER, "qinyongan", "yaohaiyang", "pengxiuying"])
def test_only_a_system_administrator_retries(
    office: Office, broken: Broken, kind: str, by: str
) -> None:
    """Also not who publishes processes, nor who has a part in the ticket."""
    incident = broken(kind)
    assert isinstance(refusal(lambda: retry(office, incident, by=by)), Forbidden)
    assert incident.tries == 0


@pytest.mark.committed
def test_two_administrators_at_once_make_one_try(
    office: Office, broken: Broken, machine: Machine
) -> None:
    incident = broken("timer")
    machine.failure = None
    people = [office.actor(ADMIN), office.actor(SECOND)]
    before = len(machine.calls)
    now = utcnow()
    answers = race(
        *(
            lambda session, who=who: service.retry(  # type: ignore[misc]
                session, actor=who, now=now, incident_id=incident.id, seen=0
            )
            for who in people
        )
    )
    lost = [answer for answer in answers if isinstance(answer, Exception)]
    assert [type(answer) for answer in lost] == [AlreadyResolved]
    assert len(machine.calls) == before + 1


def test_personal_numbers_are_masked_where_they_are_kept(office: Office, broken: Broken) -> None:
    """In the row, in the trail; so on every page and in every export."""
    incident = broken("act")
    kept = f"{incident.cause} {incident.detail}"
    chain = list_chain(office.session, instance_of(office, incident).audit_chain)
    kept += " ".join(str(event.data) for event in chain if event.kind == "incident.opened")
    assert "422899********1234" in kept
    assert ID_NUMBER not in kept
    assert PHONE not in kept
