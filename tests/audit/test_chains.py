"""Chains: every act hangs on the one before, and whoever changes one is found."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from app.audit.queries import first_break, list_chain
from app.audit.service import record
from app.core.db import transaction
from app.tickets.models import Ticket
from tests.support.office import NOW, Office, race

TABLES = ("event", "ledger_row")
CHANGES = (
    "UPDATE {} SET id = id",
    "DELETE FROM {}",
    "TRUNCATE {} CASCADE",
)


@pytest.fixture
def closed(office: Office) -> Ticket:
    return office.walk(office.start())


@pytest.fixture
def tamper(session: Session) -> Callable[..., None]:
    """A superuser who switches the triggers off."""

    def run(statement: str, **given: Any) -> None:
        session.flush()
        session.execute(text("ALTER TABLE event DISABLE TRIGGER USER"))
        assert session.execute(text(statement), given).rowcount == 1
        session.execute(text("ALTER TABLE event ENABLE TRIGGER USER"))
        session.expire_all()

    return run


def test_whole_life_of_a_ticket_is_one_chain_that_holds(session: Session, closed: Ticket) -> None:
    """Numbered without gaps; the head on the instance is the last event."""
    chain = list_chain(session, closed.instance.audit_chain)
    kinds = [event.kind for event in chain]
    assert kinds[:2] == ["ticket.created", "ticket.submitted"]
    assert kinds.count("task.completed") == 4
    assert "ticket.ended.closed" in kinds
    assert [event.seq for event in chain] == list(range(1, len(chain) + 1))
    assert closed.instance.audit_hash == chain[-1].hash
    assert first_break(session, closed.instance.audit_chain, closed.instance) is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE event SET actor_name = '别人' WHERE chain = :chain AND seq = 3",
        "UPDATE event SET at = at + interval '1 second' WHERE chain = :chain AND seq = 3",
        """UPDATE event SET data = jsonb_set(data, '{outcome}', '"reject"')
           WHERE chain = :chain AND seq = 3""",
        "UPDATE event SET hash = decode(repeat('00', 32), 'hex') WHERE chain = :chain AND seq = 3",
        "DELETE FROM event WHERE chain = :chain AND seq = 3",
        "UPDATE event SET seq = 999 WHERE chain = :chain AND seq = 3",
    ],
)
def test_changed_or_removed_event_is_found_at_its_place(
    session: Session, closed: Ticket, tamper: Callable[..., None], change: str
) -> None:
    chain, head = closed.instance.audit_chain, closed.instance
    session.flush()
    tamper(change, chain=chain)
    session.refresh(head)
    assert first_break(session, chain, head) == 3


def test_chain_that_was_cut_off_at_its_end_is_found(
    session: Session, closed: Ticket, tamper: Callable[..., None]
) -> None:
    """The rest still hangs together: only the head knows that something is missing."""
    head = closed.instance
    last = head.audit_seq
    tamper(
        "DELETE FROM event WHERE chain = :chain AND seq = :seq", chain=head.audit_chain, seq=last
    )
    session.refresh(head)
    assert first_break(session, head.audit_chain) is None
    assert first_break(session, head.audit_chain, head) == last


def test_rewritten_chain_does_not_fit_its_head(
    session: Session, closed: Ticket, tamper: Callable[..., None]
) -> None:
    """Somebody changes the last event and computes its hash anew."""
    head = closed.instance
    event = list_chain(session, head.audit_chain)[-1]
    session.expunge(event)
    event.actor_name = "别人"
    tamper(
        "UPDATE event SET actor_name = :name, hash = :hash WHERE id = :id",
        name=event.actor_name,
        hash=event.computed_hash(),
        id=event.id,
    )
    session.refresh(head)
    assert first_break(session, head.audit_chain) is None
    assert first_break(session, head.audit_chain, head) == head.audit_seq


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", CHANGES)
def test_tables_that_only_grow_refuse_everything_else(
    session: Session, table: str, change: str
) -> None:
    """A trigger says no to the application and to everybody who does not switch it off."""
    session.flush()
    with pytest.raises(DatabaseError, match="rows are only ever added"), session.begin_nested():
        session.execute(text(change.format(table)))


def test_events_hold_no_answers(office: Office, session: Session) -> None:
    """The chain is read by auditors and exported: a keyed hash stands for what was filled in."""
    answers = office.answers()
    ticket = office.walk(office.start(answers=answers))
    session.flush()
    words = session.scalars(
        text("SELECT data::text FROM event WHERE chain = :chain"),
        {"chain": ticket.instance.audit_chain},
    ).all()
    (row,) = answers["people"]
    for secret in (row["id_number"], row["phone"], answers["contact_phone"]):
        assert not [data for data in words if secret in data]


@pytest.mark.committed
def test_acts_of_one_unit_at_once_stand_in_one_chain(office: Office) -> None:
    """Outside tickets the unit's head is the lock: no seq twice, nothing lost."""
    actor = office.actor("duanshiyu")
    office.session.commit()

    def act(session: Session) -> object:
        return record(session, now=NOW, actor=actor, kind="test.act", object="test").seq

    answers = race(*[act] * 6)
    assert sorted(str(answer) for answer in answers) == list("123456")
    with transaction() as session:
        assert first_break(session, f"unit:{actor.unit_code}") is None
