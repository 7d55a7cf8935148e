"""Who keeps the book of an area, and who looks at it; pure."""

from app.core.actor import Actor

KEEPERS = ("message_clerk",)
READERS = (*KEEPERS, "message_reviewer", "second_reviewer", "unit_leader", "auditor")


def can_keep(actor: Actor) -> bool:
    return actor.holds(*KEEPERS)


def can_read(actor: Actor) -> bool:
    return actor.holds(*READERS)
