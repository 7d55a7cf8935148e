"""Related tickets beside the ticket: what is linked, what could be, and the form for it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import ErrorAt
from app.tickets import policy
from app.tickets.linking import about_the_same
from app.tickets.models import Ticket
from app.tickets.types import (
    CHOSEN_KINDS,
    LINK_LABELS,
    MAX_LINKS,
    MOST_SUGGESTED,
    Linked,
    LinkKind,
    TicketState,
    TicketView,
)


@dataclass(frozen=True)
class Linking:
    """What the form brought that could not be done, shown back."""

    to: str = ""
    kind: str = LinkKind.PREVIOUS.value
    errors: tuple[ErrorAt, ...] = ()


def _may_remove(actor: Actor, one: Linked) -> bool:
    return one.kind is not LinkKind.SPLIT and policy.can_unlink(actor, one.by_id)


def related(
    session: Session,
    ticket: Ticket,
    view: TicketView,
    actor: Actor,
    typed: Linking,
    *,
    suggests: bool,
) -> dict[str, Any]:
    """Context of _macros/related.html. Others about the same people are looked up on request."""
    holders = {task.assignee_id for task in view.tasks}
    may_link = view.state is not TicketState.DRAFT and policy.can_link(actor, ticket, holders)
    known = {one.number for one in view.links}
    same = [
        {"number": number, "title": title, "state_label": label}
        for number, title, label in (about_the_same(session, actor, ticket) if suggests else ())
        if number not in known
    ]
    return {
        "number": view.number,
        "links": [{"link": one, "may_remove": _may_remove(actor, one)} for one in view.links],
        "same": same[:MOST_SUGGESTED],
        "may_link": may_link and len(view.links) < MAX_LINKS,
        "kinds": [(kind.value, LINK_LABELS[kind][0]) for kind in CHOSEN_KINDS],
        "typed": typed,
    }
