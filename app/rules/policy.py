"""Who is the second person of a change; pure."""

from app.core.actor import Actor
from app.identity.layers import can_keep

LEADERS = frozenset({"unit_leader", "bureau_leader"})


def can_confirm(actor: Actor, scope: str, layer: str, place: str) -> bool:
    """Who keeps the layer, too, or leads where the proposer sits (`place`, the path of a unit)."""
    return can_keep(actor, scope, layer) or leads(actor, place)


def leads(actor: Actor, place: str) -> bool:
    return any(
        one.position in LEADERS and place.startswith(one.unit_path) for one in actor.positions
    )
