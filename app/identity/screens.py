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
    """The people of the login page under the role they are known for; nobody twice."""
    groups: dict[str, list[Entry]] = {POSITION_LABELS[role]: [] for role in ROLES}
    groups[OTHERS] = []
    for login in logins:
        held = [Position(position) for position, _ in login.positions]
        role = next((role for role in ROLES if role in held), None)
        label = POSITION_LABELS[role] if role else OTHERS
        words = "、".join(POSITION_LABELS[position] for position in held)
        groups[label].append(Entry(login.username, login.name, login.unit_name, words))
    return [Group(label, tuple(entries)) for label, entries in groups.items() if entries]
