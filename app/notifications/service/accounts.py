"""Who is told when accounts and permissions change: whose they are, and who keeps them.

Whoever asked for it hears when his ticket ends. A confidential one is told to nobody here (R14).
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from app.access.models import Account
from app.audit.models import Event
from app.identity.models import Unit
from app.identity.queries import find_person_by_id_index, holders_same_level
from app.identity.types import Position
from app.notifications.service.news import About, News, Teller, about_of
from app.processes import engine

KINDS = (
    *("account.opened", "account.reopened", "account.changed", "account.closed"),
    *("account.suspended", "account.resumed", "account.undone", "grant.given", "grant.revoked"),
)
KEEPER = Position.ACCOUNT_ADMIN


def _touched(session: Session, event: Event, now: datetime) -> Iterator[News]:
    """Each once a ticket, however many posts of his it is about; who has a login at all."""
    about = about_of(session, event)
    account = session.get(Account, event.data.get("account"))
    if about is None or account is None or about.run.is_confidential:
        return
    key = f"account:{about.run.number}"
    whose = find_person_by_id_index(session, account.person_ref)
    if whose is not None and whose.id != about.run.requester_id:
        facts = {"id": str(whose.id)}
        yield about.news("account.touched", [whose.id], facts=facts, key=f"{key}:own")
    if not _is_theirs(session, about):
        division_id = session.get_one(Unit, account.unit_id).division_id
        held = holders_same_level(session, KEEPER, division_id, now)
        others = {one.person.id for one in held} - {about.run.requester_id}
        if whose is not None:
            others.discard(whose.id)
        yield about.news("account.kept", sorted(others), key=key)


def _is_theirs(session: Session, about: About) -> bool:
    """A step of the process is the account administrators' own, and they hear of it by that."""
    nodes = engine.load(session, about.run.version_id).definition.nodes.values()
    return any(f"position:{KEEPER}@" in node.properties.get("assign", "") for node in nodes)


TOLD: dict[str, Teller] = dict.fromkeys(KINDS, _touched)
