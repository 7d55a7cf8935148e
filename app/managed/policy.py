"""Who sees the catalogue, sets where it is pushed to, and mends a push; pure."""

from app.core.actor import Actor
from app.holdings.policy import can_view as can_see_holdings


def can_view(actor: Actor) -> bool:
    return can_see_holdings(actor)


def can_set(actor: Actor, *, is_prefecture: bool) -> bool:
    """One platform for the whole 州: its address is not a county's to change."""
    return actor.holds("system_admin") and is_prefecture


def can_mend(actor: Actor) -> bool:
    return actor.holds("system_admin")
