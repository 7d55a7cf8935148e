"""Who enters which events and who reads them; pure."""

from app.core.actor import Actor
from app.personnel.types import EventKind

ENTERERS = ("clerk", "dept_head", "account_admin")
INQUIRERS = ("unit_leader", "permission_admin")
OVERSEERS = ("account_admin", "permission_admin", "unit_leader", "bureau_leader", "auditor")
READERS = tuple(dict.fromkeys((*ENTERERS, *INQUIRERS, *OVERSEERS)))


def can_read(actor: Actor) -> bool:
    return actor.holds(*READERS)


def can_enter(actor: Actor, kind: EventKind) -> bool:
    """An investigation is known to the leader and the permission admin alone (R14)."""
    return actor.holds(*(INQUIRERS if kind is EventKind.INVESTIGATION else ENTERERS))


def enters(actor: Actor) -> tuple[EventKind, ...]:
    return tuple(kind for kind in EventKind if can_enter(actor, kind))


def sees_division(actor: Actor) -> bool:
    """Who looks after a whole county reads all its events, others those of their unit."""
    return actor.holds(*OVERSEERS)


def sees_inquiries(actor: Actor) -> bool:
    return actor.holds(*INQUIRERS)
