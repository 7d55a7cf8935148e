"""Talking beside a ticket: a comment, whom it calls, and taking it back at once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.service import note
from app.core.actor import Actor
from app.core.crypto import keyed_hash
from app.core.errors import Fault, Invalid
from app.tasks.models import Copy
from app.tickets import policy
from app.tickets.models import Comment, Ticket
from app.tickets.queries import access_ticket
from app.tickets.service.copying import named, tell, words_of
from app.tickets.types import MAX_COMMENT, CommentNotFound, CommentsClosed, TicketState


def comment(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    number: str,
    text: str,
    to: Sequence[str] = (),
    client_key: str | None = None,
) -> Ticket:
    """Say something beside a ticket; whoever is named in `to` gets a copy with the same words.

    `client_key` names the page it is written on, so that a double click says it once.
    Raises: TicketNotFound, CommentsClosed, Invalid, NobodyNamed.
    """
    ticket = access_ticket(session, number, actor, policy.can_view, lock=True)
    if client_key and _said_before(session, actor, client_key):
        return ticket
    if not policy.can_comment(actor, ticket, now):
        raise CommentsClosed(current=ticket.state.value)
    said = words_of(text, "text", MAX_COMMENT)
    if not said:
        raise Invalid([Fault("text", "required", "请写下要说的话。")], "请写下要说的话。")
    people = named(session, ticket, to, now)
    row = Comment(
        instance_id=ticket.instance_id,
        person_id=actor.person_id,
        client_key=client_key,
        text=said,
        at=now,
    )
    session.add(row)
    session.flush()  # the event names it
    told = tell(session, ticket, people, actor=actor, now=now, text=said)
    note(
        session,
        ticket.instance,
        "ticket.commented",
        now=now,
        actor=actor,
        comment=row.id,
        text=keyed_hash(said).hex(),
        people=[one.id for one in told],
        names="、".join(one.name for one in people),
    )
    return ticket


def withdraw_comment(
    session: Session, *, actor: Actor, now: datetime, number: str, comment_id: int
) -> Ticket:
    """Its writer takes it back within two minutes; copies that nobody has looked at go with it.

    Twice is fine. Raises: TicketNotFound, CommentNotFound, CommentStands.
    """
    ticket = access_ticket(session, number, actor, policy.can_view, lock=True)
    row = session.get(Comment, comment_id, with_for_update=True)
    if (
        row is None
        or (row.instance_id, row.person_id) != (ticket.instance_id, actor.person_id)
        or ticket.state is TicketState.DRAFT
    ):
        raise CommentNotFound
    if row.withdrawn_at is not None:
        return ticket
    row.withdraw(now)
    for copy in session.scalars(
        select(Copy).where(
            Copy.instance_id == ticket.instance_id,
            Copy.by_id == actor.person_id,
            Copy.at == row.at,
        )
    ):
        if copy.seen_at is None:
            session.delete(copy)
        else:
            copy.note = ""
    note(
        session,
        ticket.instance,
        "ticket.comment_withdrawn",
        now=now,
        actor=actor,
        comment=row.id,
    )
    return ticket


def _said_before(session: Session, actor: Actor, key: str) -> bool:
    statement = select(Comment.id).where(
        Comment.person_id == actor.person_id, Comment.client_key == key
    )
    return session.scalar(statement) is not None
