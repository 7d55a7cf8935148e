"""What the pages of the room show, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core import clock
from app.identity.dormancy import Dormant, Fate
from app.identity.models import LoginSession
from app.identity.queries import DemoLogin
from app.identity.types import POSITION_LABELS, Position, SessionKind

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
# What the login page says to somebody whose session is over, by the reason beside it.
ENDED = {
    "displaced": "您的账号刚在别处登录，这里已经退出。不是您本人的话，请马上改密码，并告诉管理员。",
    "idle": "很久没有操作，已经自动退出，请重新登录。",
    "by_owner": "您在另一处把这里的登录退出了。",
    "positions": "您的岗位有变动，请重新登录。",
    "password": "密码已修改，请用新密码登录。",
    "password_reset": "管理员已发起重设密码，请用一次性代码设新密码。",
    "second_factor": "动态口令有变动，请重新登录。",
    "disabled": "这个登录已停用，有疑问请找管理员。",
}
BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


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


@dataclass(frozen=True)
class SessionRow:
    id: int
    what: str
    began: datetime
    seen: datetime | None
    ip: str
    is_here: bool


def rows_of_sessions(sessions: Sequence[LoginSession], here: int | None) -> list[SessionRow]:
    """One's live sessions; a token's last use is not noted."""
    return [
        SessionRow(
            row.id,
            "程序接口（令牌）" if row.kind is SessionKind.TOKEN else _device(row.user_agent),
            row.created_at,
            row.seen_at if row.kind is SessionKind.BROWSER else None,
            row.ip,
            row.id == here,
        )
        for row in sessions
    ]


def _device(user_agent: str) -> str:
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "浏览器")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return f"{browser}，{system}" if system else browser


def last_used(one: Dormant) -> str:
    day = clock.local(one.used_at).date().isoformat()
    return f"从未登录，{day} 开通" if one.is_never else day


def fate_of(one: Dormant) -> str:
    """What has become of a login that nobody uses, or what follows, in a sentence."""
    when = clock.local(one.next_at).date().isoformat() if one.next_at else ""
    return {
        Fate.SOON: f"再不登录，{when} 起停用",
        Fate.DUE: "就要停用",
        Fate.KEPT: "没有停用：停了，这里就没有系统管理员了；请另设一名系统管理员",
        Fate.DISABLED: f"已经停用，{when} 起收回岗位",
        Fate.REMOVED: "已经停用，没有岗位",
    }[one.fate]
