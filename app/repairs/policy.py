"""Who may look and who may repair; pure. Scope over units is asked in `queries`.

A publisher of processes reads, so that a diagram can be mended; he does not try again: who changes
what a step does must not be the one who sets it going. Repairing decides nothing: an effect runs in
the requester's name, candidates are found by the diagram, an act is its own person's alone.
"""

from app.core.actor import Actor


def can_read(actor: Actor) -> bool:
    return actor.holds("system_admin", "process_publisher")


def can_rehearse(actor: Actor) -> bool:
    """Who publishes a version wants to know what it would mean for tickets that run."""
    return can_read(actor)


def can_repair(actor: Actor) -> bool:
    return actor.holds("system_admin")
