"""What the pages of the room show, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.identity.queries import DemoLogin
from app.identity.types import POSITION_LABELS, Position

# In the order a request meets them.
ROLES = (
    Position.CLERK,
    Position.DEPT_HEAD,
    Position.UNIT_LEADER,
    Position.ACCOUNT_ADMIN,
    Position.PERMISSION_ADMIN,
)
OTHERS = "其他人员"
FEW = 4


@dataclass(frozen=True)
class Entry:
    username: str
    name: str
    unit: str
    positions_label: str


@dataclass(frozen=True)
class Group:
    label: str
    entries: tuple[Entry, ...]


def group_by_role(logins: Sequence[DemoLogin]) -> list[Group]:
    """The people of the login page; nobody twice.

    A few under each role, those of the worked example first, so that a whole road fits a screen
    or two; everybody else after that, under the 州 or 县市.
    """
    roles: dict[str, list[Entry]] = {POSITION_LABELS[role]: [] for role in ROLES}
    roles[OTHERS] = []
    places: dict[str, list[Entry]] = {}
    for login in logins:
        held = [Position(position) for position, _ in login.positions]
        role = next((POSITION_LABELS[role] for role in ROLES if role in held), OTHERS)
        group = roles[role]
        if role != OTHERS and len(group) >= FEW:
            group = places.setdefault(login.division_name, [])
        words = "、".join(POSITION_LABELS[position] for position in held)
        group.append(Entry(login.username, login.name, login.unit_name, words))
    return [Group(label, tuple(found)) for label, found in (roles | places).items() if found]
