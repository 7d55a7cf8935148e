"""Who reads hints, signs and handles them; pure."""

from app.core.actor import Actor

KEEPERS = frozenset({"account_admin", "permission_admin", "unit_leader", "bureau_leader"})
READERS = KEEPERS | {"auditor"}


def can_view(actor: Actor) -> bool:
    return actor.holds(*READERS)


def can_act(actor: Actor, concerned: int | None) -> bool:
    """Whoever it speaks of neither signs nor handles it."""
    return actor.holds(*KEEPERS) and actor.person_id != concerned
