"""Reads that only REST has: incidents and the audit trail, within the actor's scope."""

from collections.abc import Iterator

from sqlalchemy import CompoundSelect, Select, literal, select
from sqlalchemy.orm import Session

from app.audit.models import GENESIS, Event
from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.identity.models import Unit
from app.identity.queries import find_person_by_username, in_subtree, scope_path
from app.processes.models import Incident, Instance
from app.processes.types import IncidentState
from app.tickets.models import Ticket

CHUNK = 500


def list_incidents(
    session: Session, actor: Actor, *, cursor: str | None, limit: int
) -> Page[tuple[Incident, str, str]]:
    """Open incidents, newest first, with number and title of their tickets."""
    statement = (
        select(Incident, Instance.number, Instance.title, Incident.id)
        .join(Instance, Incident.instance_id == Instance.id)
        .join(Unit, Instance.unit_id == Unit.id)
        .where(Incident.state == IncidentState.OPEN, in_subtree(scope_path(session, actor)))
    )
    page = page_by_key(session, statement, key=(Incident.id,), cursor=cursor, limit=limit)
    return page.map(lambda row: (row[0], row[1], row[2]))


def list_events(
    session: Session,
    actor: Actor,
    *,
    object_: str = "",
    by: str = "",
    kind: str = "",
    cursor: str | None,
    limit: int,
) -> Page[Event]:
    """Newest first; `by` is a user name."""
    statement = select(Event, Event.id).where(Event.chain.in_(_chains(session, actor)))
    if object_:
        statement = statement.where(Event.object == object_)
    if kind:
        statement = statement.where(Event.kind == kind)
    if by:
        person = find_person_by_username(session, by)
        statement = statement.where(Event.actor_id == (person.id if person else None))
    page = page_by_key(session, statement, key=(Event.id,), cursor=cursor, limit=limit)
    return page.map(lambda row: row[0])


def verify_chains(session: Session, actor: Actor, chain: str) -> tuple[int, Event | None]:
    """How many events were looked at, and the first that was changed, moved or cut off before."""
    statement = select(Event).where(Event.chain.in_(_chains(session, actor)))
    if chain:
        statement = statement.where(Event.chain == chain)
    count = 0
    last: Event | None = None
    for event in _stream(session, statement.order_by(Event.chain, Event.seq)):
        follows = last is not None and last.chain == event.chain
        seq, expected = (last.seq, last.hash) if last and follows else (0, GENESIS)
        count += 1
        whole = event.seq == seq + 1 and event.prev_hash == expected
        if not whole or event.hash != event.computed_hash():
            return count, event
        last = event
    return count, None


def _stream(session: Session, statement: Select[Event]) -> Iterator[Event]:
    yield from session.scalars(statement.execution_options(yield_per=CHUNK))


def _chains(session: Session, actor: Actor) -> CompoundSelect[str]:
    """Chains of the units and tickets within reach."""
    path = scope_path(session, actor)
    own = select(literal("unit:") + Unit.code).where(in_subtree(path))
    tickets = (
        select(literal("ticket:") + Ticket.number)
        .join(Unit, Ticket.unit_id == Unit.id)
        .where(in_subtree(path))
    )
    return own.union_all(tickets)
