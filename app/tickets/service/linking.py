"""关联: saying that two tickets have to do with one another, and taking that back."""

from collections.abc import Sequence
from datetime import datetime
from itertools import combinations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit.service import note
from app.core.actor import Actor
from app.core.crypto import keyed_hash
from app.tasks.queries import tasks_of
from app.tickets import policy
from app.tickets.models import Link, Ticket
from app.tickets.queries import access_ticket
from app.tickets.types import (
    LINK_LABELS,
    MAX_LINKS,
    LinkedOtherwise,
    LinkKind,
    LinkNotFound,
    MayNotLink,
    MayNotUnlink,
    NothingToLink,
    TicketNotFound,
    TicketState,
    TooManyLinks,
    WrongState,
)


def link(
    session: Session, *, actor: Actor, now: datetime, number: str, to: str, kind: LinkKind
) -> Ticket:
    """Link a ticket with another one that the actor may see; the same link twice is one.

    Raises: TicketNotFound, MayNotLink, WrongState, NothingToLink, LinkedOtherwise, TooManyLinks.
    """
    wanted = to.strip().upper()
    found = _locked(session, actor, number, wanted)
    ticket = found.get(number)
    if ticket is None:
        raise TicketNotFound
    if wanted == number:
        raise NothingToLink("itself", "这就是本件自己，请填另一件的编号。")
    holders = {task.assignee_id for task in tasks_of(session, ticket.instance_id)}
    if not policy.can_link(actor, ticket, holders):
        raise MayNotLink
    if ticket.state is TicketState.DRAFT:
        raise WrongState("草稿只有您自己能看，提交以后才能关联。", current=ticket.state.value)
    other = found.get(wanted)
    if other is None:
        raise NothingToLink
    if other.state is TicketState.DRAFT:
        raise NothingToLink("draft", "那一件还是草稿，提交以后才能关联。")
    if _is_linked_so(session, ticket, other, kind):
        return ticket
    _room_for_one(session, ticket, other)
    _keep(session, ticket, other, kind, actor, now)
    return ticket


def unlink(session: Session, *, actor: Actor, now: datetime, number: str, link_id: int) -> Ticket:
    """Whoever linked them, or an administrator, takes it back. Twice is fine.

    Raises: TicketNotFound, LinkNotFound, MayNotUnlink.
    """
    ticket = access_ticket(session, number, actor, policy.can_view)
    row = session.get(Link, link_id)
    if row is None or ticket.instance_id not in (row.low_id, row.high_id):
        raise LinkNotFound
    name = select(Ticket.number).where(Ticket.instance_id == row.other(ticket.instance_id))
    far = session.scalars(name).one()
    found = _locked(session, actor, number, far)
    if far not in found:
        raise LinkNotFound
    session.refresh(row)
    if row.kind is LinkKind.SPLIT or not policy.can_unlink(actor, row.person_id):
        raise MayNotUnlink
    if row.removed_at is None:
        row.removed_at = now
        _note(session, "ticket.unlinked", row, found[number], found[far], actor, now)
    return ticket


def link_split(session: Session, tickets: Sequence[Ticket], *, actor: Actor, now: datetime) -> None:
    """Each with each, for good: one typed form became all of them. The caller holds the first."""
    for ticket, other in combinations(tickets, 2):
        _keep(session, ticket, other, LinkKind.SPLIT, actor, now)


def _locked(session: Session, actor: Actor, *numbers: str) -> dict[str, Ticket]:
    """Those of the tickets that the actor may see, by number.

    Locked in one order, so that two who link them from both sides do not wait for each other.
    """
    found = {}
    for number in sorted(numbers):
        try:
            found[number] = access_ticket(session, number, actor, policy.can_view, lock=True)
        except TicketNotFound:
            continue
    return found


def _is_linked_so(session: Session, ticket: Ticket, other: Ticket, kind: LinkKind) -> bool:
    """Raises: LinkedOtherwise."""
    low, high = sorted((ticket.instance_id, other.instance_id))
    row = session.scalars(
        select(Link).where(Link.low_id == low, Link.high_id == high, Link.removed_at.is_(None))
    ).first()
    if row is None:
        return False
    if row.kind is not kind or (kind is not LinkKind.RELATED and row.from_id != ticket.instance_id):
        raise LinkedOtherwise
    return True


def _room_for_one(session: Session, *tickets: Ticket) -> None:
    """Raises: TooManyLinks."""
    for ticket in tickets:
        here = (Link.low_id == ticket.instance_id) | (Link.high_id == ticket.instance_id)
        held = select(func.count()).select_from(Link).where(here, Link.removed_at.is_(None))
        if (session.scalar(held) or 0) >= MAX_LINKS:
            raise TooManyLinks


def _keep(
    session: Session, ticket: Ticket, other: Ticket, kind: LinkKind, actor: Actor, now: datetime
) -> None:
    low, high = sorted((ticket.instance_id, other.instance_id))
    row = Link(
        low_id=low,
        high_id=high,
        from_id=ticket.instance_id,
        kind=kind,
        person_id=actor.person_id,
        at=now,
    )
    session.add(row)
    session.flush()  # both events name it
    _note(session, "ticket.linked", row, ticket, other, actor, now)


def _note(
    session: Session,
    what: str,
    row: Link,
    ticket: Ticket,
    other: Ticket,
    actor: Actor,
    now: datetime,
) -> None:
    """On both chains; neither says the other's number to those who may not know it."""
    for one, far in sorted(
        ((ticket, other), (other, ticket)), key=lambda pair: pair[0].instance_id
    ):
        turned = row.from_id != one.instance_id
        note(
            session,
            one.instance,
            what,
            now=now,
            actor=actor,
            link=row.id,
            label=LINK_LABELS[row.kind][turned],
            other=keyed_hash(far.number).hex(),
        )
