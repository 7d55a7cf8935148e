"""An effect that breaks: nothing of the act stays, and a person is told what to repair."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Account
from app.config import Settings
from app.processes import registry
from app.processes.models import Incident, Instance
from app.processes.registry import OperationContext
from app.processes.types import StepFailed
from app.tasks.types import TaskState
from app.tickets.types import TicketState
from tests.support.office import RESULT, Browser, Office, drawing

OPERATION = "access.apply_grants"


@pytest.fixture
def broken(joined: Settings) -> Iterator[None]:  # noqa: ARG001 - the wiring registers first
    """The operation that books permissions breaks after it has begun."""
    works = registry.operations[OPERATION]

    def breaks(session: Session, context: OperationContext) -> None:
        works(session, context)
        session.flush()
        raise ZeroDivisionError("no such row")

    registry.register_operation(OPERATION, breaks)
    yield
    registry.register_operation(OPERATION, works)


@pytest.mark.usefixtures("broken")
def test_effect_that_breaks_says_where_and_why(office: Office) -> None:
    ticket = office.walk(office.start(), to="permission_execution")
    with pytest.raises(StepFailed) as caught, office.session.begin_nested():
        office.decide(ticket)
    assert (caught.value.node, caught.value.cause) == (
        "apply_grants",
        "ZeroDivisionError: no such row",
    )


def test_browser_hears_of_the_incident_and_the_ticket_stands_where_it_was(
    office: Office, browser: Callable[[str], Browser], request: pytest.FixtureRequest
) -> None:
    """503, an incident in a transaction of its own, and once repaired the same act goes through."""
    ticket = office.walk(office.start(), to="permission_execution")
    task, session = office.task(ticket), office.session
    session.commit()
    admin = browser("wuyiming")
    decision = {
        "version": task.version,
        "act": "complete:done",
        "result": RESULT,
        "own-signature_kind": "drawn",
        "own-signature": drawing(),
    }
    works = registry.operations[OPERATION]
    request.getfixturevalue("broken")
    answer = admin.post(f"/tasks/{task.id}/decide", **decision)
    assert answer.status_code == 503
    session.expire_all()
    incident = session.scalars(select(Incident)).one()
    assert (incident.node, incident.cause) == ("apply_grants", "ZeroDivisionError: no such row")
    assert "ZeroDivisionError" in incident.detail
    session.refresh(task)
    assert (task.state, task.version) == (TaskState.OPEN, decision["version"])
    assert "系统执行异常" in admin.get(f"/tickets/{incident_number(session, incident)}").text
    registry.register_operation(OPERATION, works)
    assert admin.post(f"/tasks/{task.id}/decide", **decision).status_code == 302
    session.expire_all()
    ticket = session.get_one(type(ticket), ticket.id)
    assert ticket.state is TicketState.CLOSED
    assert session.query(Account).filter_by(ticket=ticket.number).count() == 1


def incident_number(session: Session, incident: Incident) -> str:
    return session.get_one(Instance, incident.instance_id).number
