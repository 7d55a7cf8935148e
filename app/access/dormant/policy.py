"""Who sees accounts that lie idle, and who asks departments of them; pure."""

from app.core.actor import Actor

STARTERS = frozenset({"account_admin"})
READERS = STARTERS | {"auditor"}


def can_view_idle(actor: Actor) -> bool:
    return actor.holds(*READERS)


def can_begin(actor: Actor) -> bool:
    return actor.holds(*STARTERS)
