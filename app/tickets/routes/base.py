"""The blueprint of the room, and what its pages ask of every request."""

import re

from flask import Blueprint, request
from sqlalchemy.orm import Session

from app.core.errors import Malformed
from app.tickets import policy, queries
from app.tickets.models import Ticket
from app.tickets.types import DraftPage, NotYourTicket, OtherPerson
from app.web.actor import current_actor

bp = Blueprint("tickets", __name__)
PAGE_KEY = re.compile(r"[0-9a-f]{32}")
STAMP = re.compile(r"(?:[0-9a-z]{1,32}:[0-9]{1,9})?")
MOST_TURNS = 10**9


def draft_page() -> DraftPage | None:
    """The page this request was typed on. Raises: OtherPerson, Malformed."""
    form = request.form
    if form.get("draft-person", type=int) not in (None, current_actor().person_id):
        raise OtherPerson
    if not (key := form.get("draft-page", "")):
        return None
    base, turn = form.get("draft-base", ""), form.get("draft-turn", 0, type=int)
    if not PAGE_KEY.fullmatch(key) or not STAMP.fullmatch(base) or not 0 <= turn < MOST_TURNS:
        raise Malformed
    return DraftPage(key, base, turn)


def own_ticket(session: Session, number: str) -> Ticket:
    ticket = queries.access_ticket(session, number, current_actor(), policy.can_view)
    if not policy.is_requester(current_actor(), ticket):
        raise NotYourTicket
    return ticket


def words(name: str) -> str:
    """What was typed, without the NUL that no database takes."""
    return request.form.get(name, "").replace("\0", "")
