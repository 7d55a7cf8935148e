"""An outage from its declaration to the tickets that are entered under it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core.clock import local
from app.core.errors import AppError, Forbidden
from app.documents.queries import print_data
from app.identity.queries import unit_by_code
from app.identity.types import NoSuchUnit, Position
from app.outages import queries
from app.outages import service as outages
from app.outages.models import Outage
from app.outages.types import (
    BadPaper,
    Draft,
    NotYourOutage,
    OutageInUse,
    OutageNotFound,
    OutageTwice,
    OutageWithdrawn,
    Paper,
    StaleOutage,
)
from app.rules import service as rules
from app.rules.models import ParameterChange, RuleVersion
from app.rules.types import Draft as Rules
from app.rules.types import Proposal
from app.tasks.queries import list_tasks
from app.tasks.types import Box
from app.tickets import queries as ticket_queries
from app.tickets import service as tickets
from app.tickets.models import Ticket
from app.tickets.presentation import ticket_view
from app.tickets.types import TicketBox, TicketState, WrongState
from tests.rights.counties import LAIFENG, XIANFENG
from tests.support import dated
from tests.support.office import NOW, PROCESS, Browser, Office

ADMIN, CLERK, HEAD = "duanshiyu", "yaohaiyang", "qinyongan"
COUNTY = "422826"
FROM, TO = NOW - timedelta(hours=50), NOW - timedelta(hours=40)
AT = NOW - timedelta(hours=45)


def declare(office: Office, unit: str = COUNTY, by: str = ADMIN, **changed: Any) -> Outage:
    unit_id = unit_by_code(office.session, unit).id
    given = {"from_at": FROM, "to_at": TO, "reason": "机房停电", **changed}
    return outages.declare(
        office.session, actor=office.actor(by), now=office.tick(), draft=Draft(unit_id, **given)
    )


def withdraw(office: Office, outage: Outage, version: int = 1) -> Outage:
    return outages.withdraw(
        office.session,
        actor=office.actor(ADMIN),
        now=office.tick(),
        outage_id=outage.id,
        version=version,
        reason="登错了",
    )


def enter(office: Office, outage: Outage, at: datetime = AT, **given: Any) -> Ticket:
    ticket = tickets.create_draft(
        office.session,
        actor=office.actor(CLERK),
        now=office.tick(),
        paper=Paper(at, outage.id, "纸 3 号"),
        **{"process": PROCESS, "answers": office.answers(), **given},
    )
    return office.submit(ticket)


def printed(office: Office, ticket: Ticket) -> tuple[str, str]:
    """The number and the paper's moments, as its forms print them."""
    given: dict[str, Any] = {"demo": False, "check_code": "", "verify_url": "", "now": office.now}
    data = print_data(office.session, ticket, PROCESS, **given)
    return data["number"], data["paper"]


@contextmanager
def refused(kind: type[AppError], code: str = "") -> Iterator[None]:
    with pytest.raises(kind) as caught:
        yield
    if code:
        assert [one.code for one in getattr(caught.value, "errors", ())] == [code]


def test_a_paper_keeps_its_day_and_is_marked_everywhere(office: Office) -> None:
    outage = declare(office)
    assert outage.last_on == date(2026, 12, 2)  # ten working days after Wednesday, 11-18
    ticket = enter(office, outage)
    later = office.start()
    assert ticket.opened_at == ticket.instance.opened_at == ticket.paper_at == AT
    assert ticket.submitted_at is not None
    assert ticket.submitted_at > NOW
    assert ticket.number < later.number
    view = ticket_view(office.session, ticket, office.actor(CLERK), office.now)
    assert view.paper == Paper(AT, outage.id, "纸 3 号")
    assert view.entered_at == ticket.submitted_at
    said = next(one for one in view.timeline if one.event == "ticket.back_entered")
    assert (said.title, said.text) == (
        "补录停机期间的纸质件",
        "纸上申请：2026年11月18日 12:00。纸 3 号",
    )
    rows = ticket_queries.list_tickets(office.session, office.actor(CLERK), TicketBox.MINE).items
    assert {row.number: row.paper_at for row in rows} == {ticket.number: AT, later.number: None}
    head = office.actor(HEAD)
    inbox = list_tasks(office.session, head, Box.TODO).items
    inbox += list_tasks(office.session, head, Box.CLAIMABLE).items
    assert {row.number: row.paper_at for row in inbox} == {ticket.number: AT, later.number: None}
    number, paper = printed(office, ticket)
    assert number == f"{ticket.number}（补录）"
    assert paper.startswith("补录：纸质件 2026年11月18日 12:00，\n2026年11月20日 ")


def test_what_is_counted_is_counted_from_the_day_of_the_paper(office: Office) -> None:
    """The deadline of the whole, what its parameter was, the rules; a later value changes none."""
    dated.publish(office, process="{evaluation}")
    outage = declare(office)
    old = of_rules(office, "2024-01-01", "2026-11-18")
    new = of_rules(office, "2026-11-19", None)
    for key, by in (("propose", ADMIN), ("confirm", "ranqiguo")):
        evaluation(office, key, by)
    paper = enter(office, outage, process=dated.KEY, answers={"note": "两间"})
    assert (paper.due_rule, paper.due_since) == ("5wd", AT)
    assert dated.day(paper.due_at)[:10] == "2026-11-25"
    here = dated.begun(office)
    assert (here.due_rule, dated.day(here.due_at)[:10]) == ("2wd", "2026-11-24")
    assert enter(office, outage).rule_ids == [old.id]
    assert office.start().rule_ids == [new.id]


def evaluation(office: Office, act: str, by: str) -> None:
    """Two working days from today on, by two people."""
    given: dict[str, Any] = {"actor": office.actor(by), "now": office.tick()}
    if act == "propose":
        unit, today = unit_by_code(office.session, "422800"), local(office.now).date()
        proposal = Proposal("evaluation", unit.id, 2, today, "快一些")
        rules.propose_change(office.session, proposal=proposal, **given)
    else:
        change = office.session.scalars(select(ParameterChange)).one()
        rules.confirm_change(office.session, change_id=change.id, version=1, **given)


def of_rules(office: Office, since: str, until: str | None) -> RuleVersion:
    last = date.fromisoformat(until) if until else None
    said = Rules("account-permission", None, "办法", "", "", date.fromisoformat(since), last, ())
    return rules.enter_version(
        office.session, actor=office.actor(ADMIN), now=office.tick(), draft=said
    )


def test_whoever_enters_a_paper_decides_nothing_of_it(office: Office) -> None:
    """R10 holds as for any other: he alone heads the department, and is passed over."""
    outage = declare(office)
    office.dismiss(Position.DEPT_HEAD, "422826-jyzx")
    office.appoint(CLERK, Position.DEPT_HEAD)
    ticket = enter(office, outage)
    assert office.actor(CLERK).person_id in office.task(ticket).excluded
    with refused(Forbidden):
        office.decide(ticket, by=CLERK)


def test_what_is_sent_back_stays_the_same_paper(office: Office) -> None:
    outage = declare(office)
    ticket = enter(office, outage)
    first = printed(office, ticket)
    office.send_back(ticket)
    with refused(WrongState):
        tickets.set_paper(
            office.session,
            actor=office.actor(CLERK),
            now=office.tick(),
            number=ticket.number,
            paper=None,
        )
    office.now += timedelta(days=40)  # long after the last day for new ones
    office.submit(ticket, office.answers())
    assert (ticket.paper_at, ticket.opened_at, ticket.submission) == (AT, AT, 2)
    assert outage.entered_count == 1
    assert printed(office, ticket) == first  # when it was entered, not when it was mended
    # Everybody decides for himself, as on any other ticket.
    office.walk(ticket)
    assert ticket.state is TicketState.CLOSED
    assert all(task.done_at and task.done_at > AT for task in office.tasks(ticket))


def test_papers_that_do_not_fit_are_refused(office: Office) -> None:
    outage = declare(office)
    far = declare(office, LAIFENG.code)
    with refused(BadPaper, "window"):
        enter(office, outage, FROM - timedelta(minutes=1))
    with refused(BadPaper, "future"):
        enter(office, outage, NOW + timedelta(days=9))
    with refused(BadPaper, "unknown"):
        enter(office, far)
    draft = tickets.create_draft(
        office.session,
        actor=office.actor(CLERK),
        now=office.tick(),
        process=PROCESS,
        answers=office.answers(),
        paper=Paper(AT, outage.id, "纸 3 号"),
    )
    withdraw(office, outage)  # a draft holds nothing
    with refused(BadPaper, "withdrawn"):
        office.submit(draft)
    again = declare(office)
    tickets.set_paper(
        office.session,
        actor=office.actor(CLERK),
        now=office.now,
        number=draft.number,
        paper=Paper(AT, again.id, "纸 3 号"),
    )
    before, office.now = office.now, office.now + timedelta(days=30)
    with refused(BadPaper, "over"):
        office.submit(draft)
    office.now = before
    assert office.submit(draft).opened_at == AT


def test_who_declares_and_withdraws(office: Office) -> None:
    outage = declare(office)
    for unit in (COUNTY, "422826-jyzx", "422800"):  # the same people at the same time
        with refused(OutageTwice):
            declare(office, unit, from_at=FROM - timedelta(hours=1))
    with refused(NotYourOutage):
        declare(office, by=CLERK)
    with refused(StaleOutage):
        withdraw(office, outage, 2)
    page = queries.list_outages(office.session, actor=office.actor(ADMIN), today=NOW.date())
    assert [(row.outage.id, row.is_open, row.may_withdraw) for row in page.items] == [
        (outage.id, True, True)
    ]
    enter(office, outage)
    with refused(OutageInUse):
        withdraw(office, outage)
    other = declare(office, from_at=FROM - timedelta(days=2), to_at=FROM)
    withdraw(office, other)
    with refused(OutageWithdrawn):
        withdraw(office, other)


def test_pages(office: Office, browser: Callable[[str], Browser]) -> None:
    form = {"unit": COUNTY, "from": "2026-11-18T07:00", "to": "2026-11-18T17:00", "reason": "停电"}
    admin, clerk = browser(ADMIN), browser(CLERK)
    assert clerk.get("/outages").status_code == 403
    wrong = admin.post("/outages", **form | {"to": "2099-01-01T00:00", "unit": "nowhere"})
    assert wrong.status_code == 422
    assert "恢复的时间还没有到" in wrong.text
    assert 'value="2099-01-01T00:00"' in wrong.text
    assert "补录停机期间的纸质件" not in clerk.get(f"/start/{PROCESS}").text
    assert admin.post("/outages", **form).status_code == 302
    assert admin.post("/outages", **form).status_code == 409  # the second click
    assert "可以补录" in admin.get("/outages").text
    page = clerk.get(f"/start/{PROCESS}").text
    assert "补录停机期间的纸质件" in page
    outage = queries.list_outages(
        office.session, actor=office.actor(ADMIN), today=NOW.date()
    ).items[0]
    sent = {
        "act": "save",
        "client_key": "k",
        "paper-asked": "1",
        "paper": "1",
        "paper-outage": str(outage.outage.id),
        "paper-at": "2026-11-18T06:59",
        "paper-remark": "纸 3 号",
    }
    refusal = clerk.post(f"/start/{PROCESS}", **sent)
    assert refusal.status_code == 422
    assert "纸质件的时间要在停机期间" in refusal.text
    assert 'id="paper-at-error"' in refusal.text
    kept = clerk.post(f"/start/{PROCESS}", **sent | {"paper-at": "2026-11-18T07:00"})
    assert kept.status_code == 302
    assert 'value="2026-11-18T07:00"' in clerk.get(kept.location).text
    path = f"/outages/{outage.outage.id}/withdraw"
    assert admin.post(path, version="1", reason="").status_code == 422
    assert admin.post(path, version="1", reason="登错了").status_code == 302
    assert "登错了" in admin.get("/outages").text


def test_a_county_does_not_see_another(office: Office) -> None:
    assert XIANFENG.code == COUNTY
    outage = declare(office, LAIFENG.code)
    with refused(OutageNotFound):
        queries.outage_row(office.session, office.actor(CLERK), outage.id, NOW.date())
    office.appoint(HEAD, Position.SYSTEM_ADMIN)
    with refused(OutageNotFound):
        queries.access_outage(office.session, outage.id, office.actor(HEAD))
    with refused(NoSuchUnit):
        declare(office, LAIFENG.code, HEAD)
