"""An administrator's move and his changes to variables: what they do, and whom they bind."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.audit.queries import first_break, list_chain
from app.core.errors import AppError, Conflict, Forbidden, Invalid, NotFound
from app.identity.types import Position
from app.processes.models import Incident
from app.processes.service import publishing, running
from app.processes.service.publishing import Bundle
from app.processes.types import IncidentKind, NotMovable, Resolution, StepFailed
from app.repairs import standing, steering
from app.repairs.types import AlreadyThere, Effect, StaleRepair
from app.tickets import service as tickets
from app.tickets.models import Ticket
from app.tickets.queries import ticket_of
from app.tickets.types import TicketState
from tests.bpmn.models import end, model, parallel, service, user
from tests.bpmn.models import start as start_event
from tests.repairs.conftest import (
    ADMIN,
    ID_NUMBER,
    OPERATION,
    PUBLISHER,
    SECOND,
    STRANGER,
    TESTER,
    Machine,
)
from tests.rights.crawler import state_of
from tests.support.office import START, Office

WHY = "走错了路，改回来。"


def move(
    office: Office,
    ticket: Ticket,
    to: str,
    *,
    source: str = "",
    by: str = ADMIN,
    reason: str = WHY,
    seen: int | None = None,
) -> Ticket:
    return steering.move(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        number=ticket.number,
        source=source,
        target=to,
        reason=reason,
        seen=seen,
    )


def preview(office: Office, ticket: Ticket, to: str, source: str = "") -> Effect:
    found = steering.preview_move(
        office.session,
        actor=office.actor(ADMIN),
        now=office.now,
        number=ticket.number,
        source=source,
        target=to,
    )
    ticket_of(office.session, ticket.instance_id)  # it was forgotten with what was taken back
    return found


def edit(office: Office, ticket: Ticket, by: str = ADMIN, seen: int | None = None, **changes: Any):
    return steering.edit(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        number=ticket.number,
        changes=changes,
        reason=WHY,
        seen=seen,
    )


def refusal(act: Callable[[], object]) -> AppError:
    with pytest.raises(AppError) as caught:
        act()
    return caught.value


def deployed(office: Office, parts: str, flows: str, **variables: Any) -> Ticket:
    """A ticket of a small process of its own, seen by the county's administrators."""
    version = publishing.deploy(office.session, now=office.now, bundle=Bundle(model(parts, flows)))
    publishing.publish(office.session, now=office.now, key=version.key, number=version.number)
    ticket = tickets.create_draft(
        office.session,
        actor=office.actor(TESTER),
        now=office.now,
        process=version.key,
        variables=variables,
    )
    ticket.instance.unit_id = office.actor("yaohaiyang").unit_id
    office.session.flush()
    return ticket


TWO = (
    start_event() + user("first") + user("second") + end(),
    "start->first\nfirst->second\nsecond->end",
)


def test_forward_back_and_to_the_applicant(office: Office) -> None:
    """Decisions behind the target are asked again; those before it hold."""
    ticket = office.walk(office.start(), to="account_execution")
    move(office, ticket, "department_opinion")
    assert office.task(ticket).node == "department_opinion"
    assert all(task.voided_at for task in office.tasks(ticket) if task.outcome == "approve")
    assert office.username(office.task(ticket).assignee_id) == "qinyongan"  # not barred any more
    move(office, ticket, "permission_execution")
    assert office.task(ticket).node == "permission_execution"
    move(office, ticket, START)
    assert ticket.state is TicketState.RETURNED
    assert office.task(ticket).title == "补正重报"
    move(office, ticket, "leader_approval")
    assert ticket.state is TicketState.RUNNING
    assert first_break(office.session, ticket.instance.audit_chain, ticket.instance) is None


def test_what_stands_before_the_target_holds(office: Office) -> None:
    ticket = office.walk(office.start(), to="account_execution")
    move(office, ticket, "leader_approval")
    voided = {task.node for task in office.tasks(ticket) if task.voided_at}
    assert voided == {"leader_approval"}
    office.walk(ticket)
    assert ticket.state is TicketState.CLOSED


def test_the_preview_says_it_and_changes_nothing(office: Office) -> None:
    ticket = office.walk(office.start(), to="account_execution")
    office.session.commit()
    before = state_of(office.session)
    found = preview(office, ticket, "department_opinion")
    office.session.commit()
    assert state_of(office.session) == before
    assert [(share.node, bool(share.who)) for share in found.cancels] == [
        ("account_execution", True)
    ]
    assert [(share.node, share.who) for share in found.opens] == [("department_opinion", "秦永安")]
    assert {share.node for share in found.voids} == {"department_opinion", "leader_approval"}
    assert (found.state, found.broken) == ("办理中", "")
    assert preview(office, ticket, START).state == "退回补正"


def test_a_step_that_would_break_is_told_before(office: Office, machine: Machine) -> None:
    parts = start_event() + user("first") + service("spoil", OPERATION) + user("second") + end()
    ticket = deployed(office, parts, "start->first\nfirst->spoil\nspoil->second\nsecond->end")
    machine.failure = LookupError(f"no {ID_NUMBER}")
    found = preview(office, ticket, "spoil")
    assert found.broken == "LookupError: no 422899********1234"
    with pytest.raises(StepFailed):
        move(office, ticket, "spoil")
    machine.failure = None
    move(office, ticket, "spoil")
    assert office.task(ticket).node == "second"
    assert machine.calls[-1] == TESTER  # in the requester's name


def test_one_branch_is_moved_and_the_other_stays(office: Office) -> None:
    parts = start_event() + parallel("split", "join") + user("a") + user("b") + user("c") + end()
    flows = "start->split\nsplit->a\nsplit->b\na->c\nc->join\nb->join\njoin->end"
    ticket = deployed(office, parts, flows)
    move(office, ticket, "c", source="a")
    open_now = {task.node for task in office.tasks(ticket) if task.is_active}
    assert open_now == {"b", "c"}
    (visit,) = [key for key, node in ticket.instance.open_visits.items() if node == "c"]
    move(office, ticket, "a", source=visit)
    assert {task.node for task in office.tasks(ticket) if task.is_active} == {"a", "b"}
    assert isinstance(refusal(lambda: move(office, ticket, "c", source="nowhere")), NotMovable)


@pytest.mark.parametrize("to", ["nowhere", "split", ""])
def test_where_no_token_can_stand(office: Office, to: str) -> None:
    parts = start_event() + parallel("split", "join") + user("a") + user("b") + end()
    flows = "start->split\nsplit->a\nsplit->b\na->join\nb->join\njoin->end"
    ticket = deployed(office, parts, flows)
    assert isinstance(refusal(lambda: move(office, ticket, to)), NotMovable)
    assert isinstance(refusal(lambda: preview(office, ticket, to)), NotMovable)


def test_a_move_to_the_end_closes_it(office: Office) -> None:
    ticket = deployed(office, *TWO)
    move(office, ticket, "end")
    assert ticket.state is TicketState.CLOSED


def test_what_broke_there_is_past(office: Office) -> None:
    """The incident of an act goes with the move; one opened by the move stays."""
    ticket = office.walk(office.start(), to="permission_execution")
    incident = running.open_incident(
        office.session,
        now=office.now,
        instance=ticket.instance,
        node="apply_grants",
        cause="平台没有应答。",
        detail="",
    )
    assert incident.variables == ticket.instance.variables
    office.dismiss(Position.DEPT_HEAD, "422826-jyzx")
    move(office, ticket, "department_opinion")
    assert incident.resolution is Resolution.REPAIRED
    (opened,) = office.session.scalars(select(Incident).where(Incident.state == "open"))
    assert opened.kind is IncidentKind.PEOPLE
    assert ticket.instance.open_incident_count == 1


def test_a_held_ticket_is_repaired_and_stays_held(office: Office) -> None:
    ticket = office.walk(office.start(), to="leader_approval")
    given: dict[str, Any] = {"actor": office.actor(ADMIN), "now": office.now, "reason": WHY}
    standing.suspend(office.session, number=ticket.number, **given)
    move(office, ticket, START)
    assert (ticket.state, ticket.held_state) == (TicketState.SUSPENDED, TicketState.RETURNED)
    standing.resume(office.session, number=ticket.number, **given)
    assert ticket.state is TicketState.RETURNED


def test_second_click_stale_page_and_second_person(office: Office) -> None:
    ticket = office.walk(office.start(), to="leader_approval")
    seen = ticket.instance.rev
    move(office, ticket, "department_opinion", seen=seen)
    count = len(list_chain(office.session, ticket.instance.audit_chain))
    for by in (ADMIN, SECOND):
        stale = refusal(lambda by=by: move(office, ticket, "leader_approval", by=by, seen=seen))
        assert isinstance(stale, StaleRepair)
        assert stale.facts["current"] == "running"
        again = refusal(lambda by=by: move(office, ticket, "department_opinion", by=by))
        assert isinstance(again, AlreadyThere)
    assert len(list_chain(office.session, ticket.instance.audit_chain)) == count


def test_who_may(office: Office) -> None:
    ticket = office.walk(office.start(), to="leader_approval")
    for by in (PUBLISHER, "yaohaiyang", "qinyongan", "pengxiuying"):
        for act in (
            lambda by=by: move(office, ticket, START, by=by),
            lambda by=by: edit(office, ticket, by=by, n=1),
        ):
            assert isinstance(refusal(act), Forbidden), by
    for act in (
        lambda: move(office, ticket, START, by=STRANGER),
        lambda: edit(office, ticket, by=STRANGER, n=1),
    ):
        assert isinstance(refusal(act), NotFound)
    office.appoint("qinyongan", Position.SYSTEM_ADMIN)
    assert refusal(lambda: move(office, ticket, START, by="qinyongan")).code == "own_ticket"
    assert refusal(lambda: edit(office, ticket, by="qinyongan", n=1)).code == "own_ticket"


def test_variables_are_changed_and_told(office: Office) -> None:
    """Old and new stand in the trail; personal numbers masked; a condition sees the new value."""
    ticket = deployed(office, *TWO, n=1, who=ID_NUMBER)
    edit(office, ticket, n=2, who="无", names=["甲", "乙"])
    assert ticket.instance.variables == {"n": 2, "who": "无", "names": ["甲", "乙"]}
    event = list_chain(office.session, ticket.instance.audit_chain)[-1]
    assert event.kind == "ticket.edited"
    assert event.data["reason"] == WHY
    assert event.data["changes"] == [
        {"name": "n", "old": "1", "new": "2"},
        {"name": "who", "old": '"422899********1234"', "new": '"无"'},
        {"name": "names", "old": "", "new": '["甲", "乙"]'},
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"N": 1},
        {"_n": 1},
        {"n m": 1},
        {"n" * 61: 1},
        {"n": {"a": 1}},
        {"n": [[1]]},
        {"n": float("nan")},
        {"n": 2**60},
        {"n": "a\0b"},
        {"n": "长" * 10_001},
        {"n": [1] * 1_001},
        {"n": 1},
    ],
    ids=str,
)
def test_names_and_values_that_do_not_fit(office: Office, changes: dict[str, Any]) -> None:
    ticket = deployed(office, *TWO, n=1)
    found = refusal(lambda: edit(office, ticket, **changes))
    assert isinstance(found, Invalid)
    assert all(error.path.startswith("changes") for error in found.errors)
    assert ticket.instance.variables == {"n": 1}


def test_editing_twice_and_on_a_stale_page(office: Office) -> None:
    ticket = deployed(office, *TWO, n=1)
    seen = ticket.instance.rev
    edit(office, ticket, seen=seen, n=2)
    for by in (ADMIN, SECOND):
        assert isinstance(
            refusal(lambda by=by: edit(office, ticket, by=by, seen=seen, n=3)), Conflict
        )
    assert isinstance(refusal(lambda: edit(office, ticket, n=2)), Invalid)
    assert ticket.instance.variables == {"n": 2}
