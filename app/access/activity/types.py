"""A sheet of last logins, row by row, and an account that nobody has used for long."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.core.tables import Layout

LAYOUT = Layout(
    labels={
        "id_number": "身份证号",
        "name": "姓名",
        "login_on": "最近登录",
        "act_on": "最近业务操作",
    },
    heads=("id_number", "login_on"),
    needed=("id_number", "login_on"),
    aliases={"最近登录日期": "login_on", "最近登录时间": "login_on", "最近业务操作日期": "act_on"},
    things="账户",
)


class ToldState(StrEnum):
    READY = "ready"
    OLDER = "older"
    UNKNOWN = "unknown"
    REFUSED = "refused"


@dataclass(frozen=True)
class Told:
    """What one row says. `words` tell why it is not taken; the number stays out of them."""

    n: int
    name: str
    state: ToldState
    words: str = ""
    account_id: int | None = None
    login_on: date | None = None
    act_on: date | None = None


@dataclass(frozen=True)
class Idle:
    """Days count from the last use, or from the day the account was opened where there is none."""

    account_id: int
    name: str
    id_number: str
    unit_code: str
    unit_name: str
    opened_at: datetime
    login_on: date | None
    act_on: date | None
    days: int
