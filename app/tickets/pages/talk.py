"""What stands beside the timeline: saying something, and telling others of the ticket."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.errors import ErrorAt
from app.identity.queries import (
    colleagues,
    get_unit,
    list_people,
    people_by_ids,
    people_by_username,
)
from app.identity.types import PersonRef
from app.tasks.copies import unseen_of
from app.tickets import policy
from app.tickets.models import Ticket
from app.tickets.timeline import TELLING
from app.tickets.types import MAX_COMMENT, MAX_NOTE, TicketState, TicketView

FOUND = 20
COMMENT, COPY, URGE = "comment", "copy", "urge"


@dataclass(frozen=True)
class Talked:
    """What one of these forms brought that could not be done, or asked for people, shown back."""

    form: str = ""
    text: str = ""
    to: tuple[str, ...] = ()
    q: str = ""
    errors: tuple[ErrorAt, ...] = ()


@dataclass(frozen=True)
class Choice:
    """Somebody who may be told."""

    username: str
    name: str
    unit: str
    is_chosen: bool


def talk(
    session: Session, ticket: Ticket, view: TicketView, actor: Actor, typed: Talked
) -> dict[str, Any]:
    """Context of _macros/talk.html. `typed` belongs to one of the forms."""

    def of(form: str) -> Talked:
        return typed if typed.form == form else Talked(form)

    return {
        "number": view.number,
        "may_comment": policy.can_comment(actor, ticket, utcnow()),
        "may_copy": view.state is not TicketState.DRAFT,
        "forms": {
            form: {
                "typed": of(form),
                "choices": choices(session, ticket, actor, view.people, of(form)),
            }
            for form in (COMMENT, COPY)
        },
        "urge": of(URGE),
        "most": {COMMENT: MAX_COMMENT, COPY: MAX_NOTE},
        "urging": _urging(session, ticket, view, actor),
        "told": _told(session, ticket, view, actor),
    }


def choices(
    session: Session, ticket: Ticket, actor: Actor, near: Sequence[PersonRef], typed: Talked
) -> list[Choice]:
    """Whoever has to do with the ticket, whoever was chosen, and whom the search finds."""
    found = {one.username: one for one in near if one.username}
    others = [name for name in typed.to if name not in found]
    if typed.q or others:
        given: dict[str, Any] = {
            "reach": colleagues(get_unit(session, ticket.unit_id).path),
            "now": utcnow(),
        }
        asked = list_people(session, q=typed.q, limit=FOUND, **given).items if typed.q else []
        chosen = people_by_username(session, usernames=others, **given) if others else {}
        found |= chosen | {one.username: one for one in asked}
    found.pop(actor.username, None)
    return [
        Choice(one.username, one.name, one.unit_name, one.username in typed.to)
        for one in found.values()
    ]


def _urging(
    session: Session, ticket: Ticket, view: TicketView, actor: Actor
) -> dict[str, Any] | None:
    """Whether the reader may urge, and if not yet, from when; nothing where there is nobody."""
    others = [t for t in view.tasks if t.is_active and t.assignee_id != actor.person_id]
    if view.state not in policy.URGEABLE or not others:
        return None
    if not policy.can_urge(actor, ticket, get_unit(session, ticket.unit_id).path):
        return None
    urged = [said.at for said in view.timeline if said.event == "ticket.urged" and said.at]
    return {"again_at": policy.may_urge_again_at(urged, utcnow())}


def _told(session: Session, ticket: Ticket, view: TicketView, actor: Actor) -> list[dict[str, Any]]:
    """What the reader was told and has not looked at: the page says so, once."""
    if not any(said.event in TELLING for said in view.timeline):
        return []
    unseen = unseen_of(session, actor, ticket.instance_id)
    names = people_by_ids(session, {copy.by_id for copy in unseen})
    return [{"name": names[copy.by_id].name, "at": copy.at, "note": copy.note} for copy in unseen]
