"""Reads of related tickets: those that people have linked, and those about the same people."""

from collections.abc import Sequence

from sqlalchemy import case, select
from sqlalchemy.orm import Session, aliased

from app.core.actor import Actor
from app.identity.models import Person, Unit
from app.tickets.models import Link, Ticket, TicketPerson
from app.tickets.queries import is_visible
from app.tickets.types import LABELS, MOST_SUGGESTED, Linked, TicketState

FEW = 100  # tickets about a person that are looked through, the latest


def links_of(session: Session, actor: Actor, instance_id: int) -> list[Linked]:
    """Removed ones too, in the order they were made; nothing of tickets the actor may not see."""
    other = case((Link.low_id == instance_id, Link.high_id), else_=Link.low_id)
    rows = session.execute(
        select(Link, Ticket.number, Ticket.title, Ticket.state, Person.name)
        .join(Ticket, Ticket.instance_id == other)
        .join(Unit, Ticket.unit_id == Unit.id)
        .join(Person, Link.person_id == Person.id)
        .where((Link.low_id == instance_id) | (Link.high_id == instance_id))
        .where(is_visible(session, actor))
        .order_by(Link.id)
    )
    return [
        Linked(
            link.id,
            number,
            title,
            state,
            link.kind,
            link.from_id != instance_id,
            link.person_id,
            name,
            link.at,
            link.removed_at,
        )
        for link, number, title, state, name in rows
    ]


def about_the_same(
    session: Session, actor: Actor, ticket: Ticket
) -> Sequence[tuple[str, str, str]]:
    """(number, title, state) of the latest tickets that name a person whom this one names too."""
    if ticket.state is TicketState.DRAFT:
        return ()
    own, same = aliased(TicketPerson), aliased(TicketPerson)
    found = (
        select(same.ticket_id)
        .join(own, own.blind_index == same.blind_index)
        .where(own.ticket_id == ticket.id, same.ticket_id != ticket.id)
        .order_by(same.id.desc())
        .limit(FEW)
    )
    rows = session.execute(
        select(Ticket.number, Ticket.title, Ticket.state)
        .join(Unit, Ticket.unit_id == Unit.id)
        .where(Ticket.id.in_(found.scalar_subquery()))
        .where(is_visible(session, actor))
        .order_by(Ticket.updated_at.desc(), Ticket.id.desc())
        .limit(MOST_SUGGESTED + 1)
    )
    return [(number, title, LABELS[state]) for number, title, state in rows]
