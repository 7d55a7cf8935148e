"""Whom `assign` names: around the requester's unit, on the form, by what was decided before."""

from typing import Any

import pytest

from app.processes.service import publishing
from app.processes.service.publishing import Bundle
from app.tickets import service as tickets
from app.tickets.models import Ticket
from tests.bpmn.models import element, end, model, properties
from tests.support.office import NOW, Office
from tests.tasks.together import say

KEY = "naming"
CLERK, HEAD, LEADER = "yaohaiyang", "qinyongan", "pengxiuying"
APPLY = {
    "key": f"{KEY}/apply",
    "title": "申请表",
    "components": [
        {"type": "person", "key": "helper", "label": "经办人"},
        {"type": "unit", "key": "where", "label": "办理单位"},
    ],
}


def begun(office: Office, *rules: str, by: str = CLERK, **answers: Any) -> Ticket:
    """Submitted; one node for each rule, one after the other, each with one outcome."""
    nodes = [f"n{place}" for place in range(len(rules))]
    parts = element("startEvent", "apply", properties(form=f"{KEY}/apply"), 'name="填表"')
    for node, rule in zip(nodes, rules, strict=True):
        given = {"assign": rule, "outcomes": "approve=同意"}
        parts += element("userTask", node, properties(**given), f'name="{node}"')
    own = properties(title="由谁办", category="试验", start_positions="clerk")
    ways = "\n".join(f"{a}->{b}" for a, b in zip(["apply", *nodes], [*nodes, "done"], strict=True))
    made = model(own + parts + end("done"), ways).replace(b'id="trial"', f'id="{KEY}"'.encode())
    bundle = Bundle(made, {APPLY["key"]: APPLY})  # type: ignore[dict-item]
    version = publishing.deploy(office.session, now=NOW, bundle=bundle)
    publishing.publish(office.session, now=NOW, key=version.key, number=version.number)
    ticket = tickets.create_draft(
        office.session, actor=office.actor(by), now=office.tick(), process=KEY, answers=answers
    )
    return office.submit(ticket)


def offered(office: Office, ticket: Ticket) -> set[str]:
    """Who finds it waiting: himself, or by a position."""
    task = office.task(ticket)
    if task.assignee_id:
        return {office.username(task.assignee_id)}
    return set(task.candidates)


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        ("position:unit_leader@above(requester.unit)", {LEADER}),
        ("position:dept_head@counterpart(requester.unit)", {"yinjunjie"}),
        ("position:dept_head@requester.unit", {HEAD}),
    ],
)
def test_around_the_unit_of_the_requester(office: Office, rule: str, who: set[str]) -> None:
    assert offered(office, begun(office, rule)) == who


def test_position_in_a_unit_that_the_form_names(office: Office) -> None:
    ticket = begun(office, "position:unit_leader@field:where", where="422826-rsj")
    assert offered(office, ticket) == {LEADER}


@pytest.mark.parametrize(("chosen", "who"), [(HEAD, {HEAD}), (CLERK, set())])
def test_who_is_named_on_the_form(office: Office, chosen: str, who: set[str]) -> None:
    """Not the requester himself: that is an incident."""
    assert offered(office, begun(office, "field:helper", helper=chosen)) == who


def test_who_decided_before_is_asked_again(office: Office) -> None:
    """Though nobody decides twice by himself; once the step is decided anew, it is the other."""
    ticket = begun(office, "position:dept_head@requester.unit", "decider:n0")
    say(office, ticket, HEAD)
    assert office.task(ticket).node == "n1"
    assert offered(office, ticket) == {HEAD}
    say(office, ticket, HEAD)
    assert ticket.closed_at is not None


def test_nobody_decided_before_is_nobody(office: Office) -> None:
    ticket = begun(office, "decider:n1", "position:dept_head@requester.unit")
    assert offered(office, ticket) == set()
