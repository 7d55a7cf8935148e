"""Who looks after what leaves the house; pure. Scope over units is asked in `queries`."""

from app.core.actor import Actor


def can_watch(actor: Actor) -> bool:
    """The log of deliveries, and the chats that people may choose."""
    return actor.holds("system_admin")
