"""Who may look, and what the lights of a county mean (R5, R12); pure."""

from collections.abc import Collection, Sequence

from app.access.administrators.types import PAIR
from app.core.actor import Actor
from app.holdings.types import Administrator, Lamp, Light

# R12: people of the operating company see no personal data.
OUTSIDERS = frozenset({"company_manager", "company_tester"})


def can_view(actor: Actor) -> bool:
    return bool(actor.positions) and not actor.holds(*OUTSIDERS)


def pair_light(count: int) -> Light:
    """Two account administrators stand in for each other (AB角); other numbers want a reason."""
    if count == PAIR:
        return Light(Lamp.GREEN, "AB角齐全")
    if count == 0:
        return Light(Lamp.RED, "没有账户管理员")
    if count < PAIR:
        return Light(Lamp.YELLOW, "只有一人，没有B角")
    return Light(Lamp.YELLOW, f"有{count}人，多于两人")


def unserved(admins: Sequence[Administrator], subsystems: Collection[str]) -> list[str]:
    """The subsystems that no permission administrator serves."""
    if any(not one.subsystems for one in admins):
        return []
    served = frozenset[str]().union(*(one.subsystems for one in admins))
    return [one for one in subsystems if one not in served]


def permissions_light(count: int, missing: Collection[str]) -> Light:
    """`missing`: labels of the subsystems that nobody serves."""
    if count == 0:
        return Light(Lamp.RED, "没有权限管理员")
    if missing:
        return Light(Lamp.RED, f"{'、'.join(missing)}没有权限管理员")
    return Light(Lamp.GREEN, "每个子系统都有人管")
