"""Who keeps the addresses of a unit; pure. Scope over units is asked in `queries`."""

from app.core.actor import Actor


def can_keep(actor: Actor) -> bool:
    return actor.holds("system_admin")
