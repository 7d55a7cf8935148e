"""Whose figures somebody may see; pure."""

from app.core.actor import Actor
from app.tickets.policy import LEADERS

OVERSEERS = ("auditor", "system_admin")


def reach(actor: Actor, scope: str) -> tuple[str, ...]:
    """The subtrees whose units' figures the actor sees. `scope`: what he may see of the region.

    Leaders those that they lead, wherever they hold the position; overseers their scope.
    """
    led = {held.unit_path for held in actor.positions if held.position in LEADERS}
    return tuple(sorted(led | ({scope} if actor.holds(*OVERSEERS) else set())))


def sees_units(actor: Actor) -> bool:
    return actor.holds(*LEADERS, *OVERSEERS)


def sees_people(actor: Actor, path: str) -> bool:
    """Figures of persons are for those who lead them."""
    return any(
        held.position in LEADERS and path.startswith(held.unit_path) for held in actor.positions
    )
