"""The pages that are measured, and who opens them: somebody with much to show at every size."""

from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import ColumnElement, Connection, Engine, Select, func, select
from sqlalchemy.orm import Session, aliased

from app.audit.models import Event
from app.core import clock
from app.core.paging import encode
from app.identity.demo import DEMO_PASSWORD
from app.identity.models import Login, Unit
from app.ledgers.models import LedgerRow
from app.processes.models import Instance
from app.tasks.models import Task
from app.tasks.types import ACTIVE
from app.tickets.models import Ticket, TicketPerson
from app.tickets.types import TicketState
from bench.reads.explain import Plan, Said, explain, listening

EXECUTION = "permission_execution"
FULL = 51  # rows that a page reads: those it lists, and whether there are more
FOUND = 60  # people that a search for a part of a name finds, at every size
HTML, REST = "html", "rest"
LEADER, EVENTS = "qinzhiming", "humin"  # 州: account administrator, auditor


@dataclass(frozen=True)
class Page:
    """`ratio`: whether it may read no more with more rows."""

    name: str
    who: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    kind: str = HTML
    ratio: bool = True


@dataclass(frozen=True)
class Samples:
    """Whose pages, and what stands on them, the same in every database."""

    clerk: str
    executor: str
    unit: str


def samples(session: Session) -> Samples:
    """From the smaller database: who has a full page there has one everywhere."""
    most = func.count().desc()
    clerk = session.execute(
        select(Login.username, Unit.code)
        .join(Ticket, Ticket.requester_id == Login.person_id)
        .join(Unit, Unit.id == Ticket.unit_id)
        .group_by(Login.username, Unit.code)
        .order_by(most)
        .limit(1)
    ).one()
    executor = session.scalars(
        select(Login.username)
        .join(Task, Task.assignee_id == Login.person_id)
        .where(Task.state.in_(ACTIVE), Task.node == EXECUTION)
        .group_by(Login.username)
        .order_by(most)
        .limit(1)
    ).one()
    return Samples(clerk.username, executor, clerk.code)


def pages(session: Session, who: Samples) -> list[Page]:
    """With numbers, names, days and cursors of this database."""
    clerk, executor = _person(session, who.clerk), _person(session, who.executor)
    ticket, name = _ticket(session, clerk)
    part = _part(session, select(TicketPerson.name, func.count()).group_by(TicketPerson.name))
    booked = LedgerRow.values["name"].astext
    part_booked = _part(
        session, select(booked, func.count()).where(LedgerRow.name == "accounts").group_by(booked)
    )
    waiting = _waiting_for(session, executor)
    days = {
        "tickets": _days(session, Ticket.updated_at, Ticket.requester_id == clerk),
        "done": _days(session, Task.done_at, Task.assignee_id == executor),
        "ledger": _days(session, LedgerRow.at, LedgerRow.name == "accounts"),
        "events": _days(session, Event.at, Event.id > 0),
    }
    row = session.scalars(
        select(LedgerRow.id)
        .where(LedgerRow.name == "accounts")
        .order_by(LedgerRow.id)
        .offset(100)
        .limit(1)
    ).one()
    deep = {"cursor": encode([row])}
    number, closed = ticket.number, TicketState.CLOSED.value
    by_all = {"process": ticket.process, "person": name, "unit": who.unit, "q": number}
    html = [
        Page("inbox", who.executor, "/tasks"),
        Page("inbox, late", who.executor, "/tasks", {"due": "late"}),
        Page("inbox, of a process", who.executor, "/tasks", {"process": ticket.process}),
        Page("inbox, of a day", who.executor, "/tasks", days["done"]),
        Page("inbox, by number", who.executor, "/tasks", {"q": waiting}),
        Page("inbox, of a person", who.executor, "/tasks", {"person": name, "state": "open"}),
        Page("inbox, of a unit", who.executor, "/tasks", {"unit": who.unit, "due": "never"}),
        Page("inbox, to claim", "tanlihua", "/tasks", {"box": "claimable"}),
        Page("done", who.executor, "/tasks", {"box": "done"}),
        Page(
            "done, of a process", who.executor, "/tasks", {"box": "done", "process": ticket.process}
        ),
        Page("done, of a day", who.executor, "/tasks", {"box": "done", **days["done"]}),
        Page("done, by number", who.executor, "/tasks", {"box": "done", "q": number}),
        Page("done, by name", who.executor, "/tasks", {"box": "done", "q": part}),
        Page("done, by all", who.executor, "/tasks", {"box": "done", "state": "ended", **by_all}),
        Page("my tickets", who.clerk, "/tickets"),
        Page("drafts", who.clerk, "/tickets", {"box": "draft"}),
        Page("tickets of the unit", who.clerk, "/tickets", {"box": "unit"}),
        Page("all tickets", LEADER, "/tickets", {"box": "all"}),
        Page("search by number", who.clerk, "/tickets", {"q": number}),
        Page("search by name", who.clerk, "/tickets", {"q": name}),
        Page("search by a common word", who.clerk, "/tickets", {"q": "账户权限申请"}),
        # Walked where many are its own, looked up where few are: no two sizes list it alike.
        Page("search by a word of some", who.clerk, "/tickets", {"q": "零工驿站"}, ratio=False),
        Page("tickets of a day", who.clerk, "/tickets", days["tickets"]),
        Page("tickets of a process", who.clerk, "/tickets", {"process": ticket.process}),
        Page("tickets of a state", who.clerk, "/tickets", {"state": TicketState.RUNNING.value}),
        # Side by side in a small table, each on a page of its own among those of a large office.
        Page("closed tickets", who.clerk, "/tickets", {"state": closed}, ratio=False),
        Page("tickets of a person", who.clerk, "/tickets", {"person": name}),
        Page("tickets that are late", LEADER, "/tickets", {"box": "all", "due": "late"}),
        Page("tickets of another unit", LEADER, "/tickets", {"box": "all", "unit": who.unit}),
        Page("tickets, by all", who.clerk, "/tickets", {"state": "closed", **by_all}),
        Page("ticket", who.clerk, f"/tickets/{number}"),
        Page("ticket, to decide", who.executor, f"/tickets/{waiting}"),
        Page("ticket, log", who.clerk, f"/tickets/{number}", {"view": "log"}),
        Page("ticket, print", who.clerk, f"/tickets/{number}", {"view": "print"}),
        Page("ticket, diagram", who.clerk, f"/tickets/{number}", {"view": "flow"}),
        Page("ledgers", LEADER, "/ledgers"),
        Page("ledger", LEADER, "/ledgers/accounts"),
        Page("ledger, deep", LEADER, "/ledgers/accounts", deep),
        Page("ledger, of a unit", LEADER, "/ledgers/accounts", {"unit": who.unit}),
        Page("ledger, of a day", LEADER, "/ledgers/accounts", days["ledger"]),
        Page("ledger, by number", LEADER, "/ledgers/accounts", {"q": number}),
        Page("ledger, by name", LEADER, "/ledgers/accounts", {"q": part_booked}),
        Page("ledger, own unit", who.clerk, "/ledgers/accounts"),
        Page("audit", EVENTS, "/audit"),
        Page("audit, of a ticket", EVENTS, "/audit", {"object": number}),
        Page("audit, of a person", EVENTS, "/audit", {"actor": who.executor}),
        Page("audit, of a day", EVENTS, "/audit", days["events"]),
        Page("incidents", "duanshiyu", "/incidents"),
        Page("outbox", "duanshiyu", "/outbox"),
    ]
    rest = [
        Page("tasks", who.executor, "/tasks", {"box": "todo"}, REST),
        Page("tickets", who.clerk, "/tickets", {"box": "mine"}, REST),
        Page("tasks, by all", who.executor, "/tasks", {"box": "done", **by_all}, REST),
        Page("ticket", who.clerk, f"/tickets/{number}", {}, REST),
        Page("ticket log", who.clerk, f"/tickets/{number}/log", {}, REST),
        Page("ledger", LEADER, "/ledgers/accounts", {}, REST),
        Page("events", EVENTS, "/events", {}, REST),
        Page("incidents", "duanshiyu", "/incidents", {}, REST),
    ]
    return [*html, *rest]


def _part(session: Session, names: Select[str, int]) -> str:
    """Of a name, so that about FOUND have it: a sign or two in a small office, a whole name where
    there are a thousand times as many. Both lists are alike then.
    """
    parts: Counter[str] = Counter()
    for name, count in session.execute(names):
        for size in range(1, len(name) + 1):
            for at in range(len(name) - size + 1):
                parts[name[at : at + size]] += count
    return min(sorted(parts), key=lambda part: abs(parts[part] - FOUND))


def _person(session: Session, username: str) -> int:
    return session.scalars(select(Login.person_id).where(Login.username == username)).one()


def _days(session: Session, moment: Any, where: ColumnElement[bool]) -> dict[str, str]:
    """The last days that fill a page: one in a large office, many in a small one."""
    found = session.scalars(
        select(moment).where(where, moment.is_not(None)).order_by(moment.desc()).limit(FULL)
    ).all()
    first, last = (clock.local(at).date().isoformat() for at in (found[-1], found[0]))
    return {"from": first, "to": last}


def _waiting_for(session: Session, executor: int) -> str:
    """The number of a ticket that waits on this desk: the oldest."""
    return session.scalars(
        select(Ticket.number)
        .join(Task, Task.instance_id == Ticket.instance_id)
        .where(Task.assignee_id == executor, Task.state.in_(ACTIVE))
        .where(Task.node == EXECUTION)
        .order_by(Task.opened_at)
        .limit(1)
    ).one()


def _ticket(session: Session, clerk: int) -> tuple[Ticket, str]:
    """One of the clerk's that went through at once, and whom it names: one story everywhere."""
    found = session.execute(
        select(Ticket, TicketPerson.name)
        .join(Instance, Instance.id == Ticket.instance_id)
        .join(TicketPerson, TicketPerson.ticket_id == Ticket.id)
        .where(Ticket.requester_id == clerk, Ticket.state == TicketState.CLOSED)
        .where(Instance.submission_count == 1, Instance.people.not_like("% %"))
        .where(_is_only_once(TicketPerson.name, clerk))
        .where(Ticket.created_at < func.now() - func.make_interval(0, 6))
        .order_by(Ticket.updated_at.desc())
        .limit(1)
    ).one()
    return found[0], found[1]


def _is_only_once(name: Any, clerk: int) -> ColumnElement[bool]:
    """Among this clerk's tickets; others have namesakes, the more the larger the office."""
    other, whose = aliased(TicketPerson), aliased(Ticket)
    count = (
        select(func.count())
        .select_from(other)
        .join(whose, whose.id == other.ticket_id)
        .where(other.name == name, whose.requester_id == clerk)
    )
    return count.scalar_subquery() == 1


@dataclass
class Visitor:
    """Somebody who opens pages in this process."""

    client: FlaskClient
    token: str = ""

    def open(self, page: Page) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if page.kind == REST else {}
        path = f"/api/v1{page.path}" if page.kind == REST else page.path
        answer = self.client.get(path, query_string=page.query, headers=headers)
        if answer.status_code != 200:
            raise AssertionError(f"{page.name}: {answer.status_code} {answer.text[:300]}")
        return answer


def enter(app: Flask, who: str) -> Visitor:
    """Signed in both ways."""
    client = app.test_client()
    csrf = _csrf(client.get("/login").text)
    client.post("/login/demo", data={"csrf_token": csrf, "username": who})
    answer = client.post("/api/v1/tokens", json={"username": who, "password": DEMO_PASSWORD})
    return Visitor(client, answer.get_json()["token"])


def _csrf(page: str) -> str:
    return page.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]


def plans(bind: Engine | Connection, visitor: Visitor, page: Page) -> list[Plan]:
    """What its second opening asks of the database, looked at statement by statement.

    What it writes is left out; within a test's own transaction nothing of it stays.
    """
    visitor.open(page)
    engine = bind if isinstance(bind, Engine) else bind.engine
    with listening(engine) as heard:
        visitor.open(page)
    with engine.connect() if isinstance(bind, Engine) else nullcontext(bind) as connection:
        return [_looked_at(connection, said) for said in heard.statements if said.reads]


def _looked_at(connection: Connection, said: Said) -> Plan:
    with connection.begin_nested() as looking:
        plan = explain(connection, said)
        looking.rollback()
    return plan
