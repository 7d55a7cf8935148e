"""Who keeps which layer; pure. Everybody who is signed in may read."""

from app.core.actor import Actor


def can_keep(actor: Actor, scope: str, layer: str | None) -> bool:
    """`scope`: the subtree the actor administers; `layer`: the path of a unit, None the nation.

    The nation's notices hold for everybody: only who administers the whole region enters them.
    """
    if not actor.holds("system_admin"):
        return False
    return is_whole(scope) if layer is None else layer.startswith(scope)


def is_whole(scope: str) -> bool:
    """The path of a unit that is below no other: `/code/`."""
    return scope.count("/") == 2
