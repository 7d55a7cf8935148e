"""Who keeps the list of words that are not sent, and who reads it; pure."""

from app.core.actor import Actor

READERS = ("message_clerk", "message_reviewer", "second_reviewer", "unit_leader", "auditor")


def can_keep_words(actor: Actor, *, is_prefecture: bool) -> bool:
    """One list for the whole region: it is not a county's to change."""
    return actor.holds("system_admin") and is_prefecture


def can_read_words(actor: Actor) -> bool:
    return actor.holds(*READERS, "system_admin")
