"""Who gets it next: what the panel says before a decision is what happens after it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.identity import service as identity
from app.tasks.models import Task
from app.tasks.service import ahead
from app.tickets.models import Ticket
from app.tickets.presentation import ticket_view
from tests.support.office import Browser, Office
from tests.tasks import together

HEAD, LEADER = "qinyongan", "pengxiuying"


def said(office: Office, ticket: Ticket, task: Task | None = None) -> dict[str, str]:
    task = task or office.task(ticket)
    who = office.actor(office.holder(task))
    return dict(ahead(office.session, task, who, office.now))


def names(office: Office, ticket: Ticket) -> set[str]:
    """Whoever it lies with now."""
    view = ticket_view(office.session, ticket, office.actor("yaohaiyang"), office.now)
    return {one.name for one in view.timeline if one.kind == "now"}


def test_each_outcome_says_where_it_leads(office: Office) -> None:
    ticket = office.start()
    found = said(office, ticket)
    assert found["approve"] == "到“分管领导审批”：彭秀英"
    assert "终止" in found["reject"]
    office.decide(ticket)
    assert names(office, ticket) == {"彭秀英"}
    assert "谭丽华 或 " in said(office, ticket)["approve"]


def test_the_last_step_says_that_it_is_over(office: Office) -> None:
    ticket = office.walk(office.start(), to="permission_execution")
    assert said(office, ticket) == {"done": "本件办结"}
    office.decide(ticket)
    assert ticket.state == "closed"


def test_trying_out_changes_nothing(office: Office) -> None:
    ticket = office.walk(office.start(), to="account_execution")
    before = (ticket.instance.state, dict(ticket.instance.variables), ticket.instance.rev)
    said(office, ticket)
    office.session.flush()
    office.session.refresh(ticket.instance)
    assert (ticket.instance.state, ticket.instance.variables, ticket.instance.rev) == before
    assert len(office.tasks(ticket)) == 3


def test_together_it_waits_for_what_all_decide(office: Office) -> None:
    ticket = together.begun(office)
    task = together.share(office, ticket, "tanlihua")
    found = said(office, ticket, task)
    assert found["approve"].startswith("这一步定下来以后，到“签发”：")


def test_a_deputy_is_called_by_whom_he_stands_in_for(office: Office) -> None:
    """乙（代甲） wherever somebody is foretold: the panel, the road, the form before it is sent."""
    deputy = "qinxuemei"
    identity.write_mandate(
        office.session,
        actor=office.actor(LEADER),
        now=office.now,
        deputy=deputy,
        first=office.now.date(),
        last=(office.now + timedelta(days=30)).date(),
    )
    ticket = office.start()
    called = f"{office.actor(deputy).name}（代彭秀英）"
    assert called in said(office, ticket)["approve"]
    office.decide(ticket)
    assert called in names(office, ticket)


def test_the_panel_says_it(office: Office, browser: Callable[[str], Browser]) -> None:
    ticket = office.start()
    office.session.commit()
    page = browser(HEAD).get(f"/tickets/{ticket.number}").text
    assert "“同意”以后，到“分管领导审批”：彭秀英。" in page
    assert "ahead" not in browser(LEADER).get(f"/tickets/{ticket.number}").text


@pytest.mark.parametrize("node", ["account_execution"])
def test_what_waits_to_be_claimed_says_nothing_yet(
    office: Office, browser: Callable[[str], Browser], node: str
) -> None:
    ticket = office.walk(office.start(), to=node)
    office.session.commit()
    assert office.session.scalars(select(Task).where(Task.node == node)).one().assignee_id is None
    assert 'class="ahead"' not in browser("tanlihua").get(f"/tickets/{ticket.number}").text
