"""S52: every event says where it came from, inside the hash; older ones still verify."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from app.audit.models import FIRST, Event
from app.audit.queries import first_break
from app.audit.service import record
from app.audit.verifying import verify
from app.config import Settings
from app.core import origin
from app.core.db import transaction
from app.core.origin import Origin
from app.web.origin import client_address
from app.wiring import create_app
from tests.support.office import NOW, Browser, Office

CHAIN = "unit:system"
FORGED = (
    "ip = '10.9.9.9'",
    "ip = NULL",
    "request_id = 'x'",
    "via = 'job:x'",
    "acting_for = 1",
    "result = 'refused'",
    "format = 1",
    "format = 1, ip = NULL, via = NULL, request_id = NULL, result = NULL",
    "format = 3",
)


def last(session: Session, kind: str) -> Event:
    found = session.scalars(select(Event).where(Event.kind == kind).order_by(Event.id)).all()
    return found[-1]


@pytest.fixture
def older(session: Session, office: Office) -> Event:  # noqa: ARG001
    """An event as it was written before the second format, at the end of a chain."""
    with transaction() as own:
        event = record(own, now=NOW, actor=None, kind="person.created", object="person:1")
        for name in ("via", "ip", "request_id", "result", "acting_for"):
            setattr(event, name, None)
        event.format = FIRST
        event.hash = event.computed_hash()
        head = own.execute(
            text("UPDATE chain_head SET audit_hash = :hash WHERE chain = :chain"),
            {"hash": event.hash, "chain": CHAIN},
        )
        assert head.rowcount == 1
    return event


def test_a_request_is_named_by_address_and_number(
    browser: Callable[[str], Browser], session: Session
) -> None:
    """The number is the one that the answer and the log carry."""
    answer = browser("yaohaiyang").post("/start/operator-account", act="save")
    assert answer.status_code == 302
    event = last(session, "ticket.created")
    assert (event.via, event.ip, event.result) == ("web", "127.0.0.1", "done")
    assert event.request_id == answer.headers["X-Request-ID"]
    assert event.acting_for is None
    assert first_break(session, event.chain) is None
    assert origin.current() == origin.BY_HAND


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),  # no proxy of ours: what he says is his
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1"),  # the left part is the client's
        ("127.0.0.1", "198.51.100.1, 10.1.0.9", "198.51.100.1"),
        ("127.0.0.1", "192.0.2.66, nonsense", "127.0.0.1"),
        ("::ffff:127.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("", "198.51.100.1", None),
    ],
)
def test_only_a_named_proxy_is_believed(peer: str, forwarded: str, found: str | None) -> None:
    """Anybody can write the header; it is read from the right, past our own hops only."""
    ours = (ip_network("127.0.0.1"), ip_network("10.1.0.0/24"))
    assert client_address(peer, forwarded, ours) == found


def test_proxies_are_a_setting(
    settings: Settings, bind: Connection, browser: Callable[[str], Browser]
) -> None:
    """None is trusted unless it is named."""
    del browser
    for proxies, expected in (((), "127.0.0.1"), (("127.0.0.1/32",), "198.51.100.1")):
        app = create_app(replace(settings, trusted_proxies=proxies), bind=bind)
        with app.test_request_context(
            "/login",
            headers={"X-Forwarded-For": "198.51.100.1"},
            environ_base={"REMOTE_ADDR": "127.0.0.1"},
        ):
            app.preprocess_request()
            assert origin.current().ip == expected


@pytest.mark.parametrize("change", FORGED)
def test_whoever_changes_where_it_came_from_is_found(
    session: Session, office: Office, change: str
) -> None:
    """All of it is part of the hash, the format too."""
    del office
    with origin.bound(Origin("web", "192.0.2.1", "abc")), transaction() as own:
        event = record(own, now=NOW, actor=None, kind="person.created", object="person:1")
    assert first_break(session, CHAIN) is None
    session.execute(text("ALTER TABLE event DISABLE TRIGGER USER"))
    session.execute(text(f"UPDATE event SET {change} WHERE id = {event.id}"))  # noqa: S608
    session.execute(text("ALTER TABLE event ENABLE TRIGGER USER"))
    session.expire_all()
    assert first_break(session, CHAIN) == event.seq


def test_what_was_written_before_still_verifies(session: Session, older: Event) -> None:
    """And new events follow it in the same chain."""
    with transaction() as own:
        record(own, now=NOW, actor=None, kind="person.created", object="person:2")
    assert first_break(session, CHAIN) is None
    assert verify(session).first_break is None
    assert older.format == FIRST


def test_nobody_adds_an_address_to_an_older_event(session: Session, older: Event) -> None:
    session.execute(text("ALTER TABLE event DISABLE TRIGGER USER"))
    session.execute(text(f"UPDATE event SET ip = '192.0.2.9' WHERE id = {older.id}"))  # noqa: S608
    session.execute(text("ALTER TABLE event ENABLE TRIGGER USER"))
    session.expire_all()
    assert first_break(session, CHAIN) == older.seq


def test_by_hand_is_the_command_line(session: Session) -> None:
    """Neither a request nor a job."""
    with transaction() as own:
        event = record(own, now=NOW, actor=None, kind="person.created", object="person:1")
    assert (event.via, event.ip, event.request_id) == ("cli", None, None)
    assert session
