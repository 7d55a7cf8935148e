"""Who makes lists, who looks at them, who blocks a number and who lifts a block; pure."""

from app.core.actor import Actor

MAKERS = ("message_clerk",)
READERS = (*MAKERS, "message_reviewer", "second_reviewer", "unit_leader", "auditor")
BLOCKERS = (*MAKERS, "message_reviewer", "hotline_agent")
LIFTERS = ("message_reviewer",)  # no sender: he could write to who had refused


def can_make(actor: Actor) -> bool:
    return actor.holds(*MAKERS)


def can_read(actor: Actor) -> bool:
    return actor.holds(*READERS)


def can_block(actor: Actor) -> bool:
    return actor.holds(*BLOCKERS)


def can_lift(actor: Actor) -> bool:
    return actor.holds(*LIFTERS)


def can_read_blocks(actor: Actor) -> bool:
    return actor.holds(*BLOCKERS, "auditor")
