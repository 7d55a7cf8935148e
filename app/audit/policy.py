"""Who may read the audit trail; pure. Scope over units is asked in `queries`."""

from app.core.actor import Actor


def can_read(actor: Actor) -> bool:
    return actor.holds("auditor")
