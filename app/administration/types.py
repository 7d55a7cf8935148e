"""Words of the room, and what is refused to an administrator."""

from dataclasses import dataclass
from datetime import datetime

from app.core.errors import Conflict, Forbidden, Invalid
from app.identity.types import FieldError, Position


class Refused(Invalid):
    """What was typed must be mended; each error names its field."""

    code = "refused"

    def __init__(self, *errors: tuple[str, str]) -> None:
        super().__init__([FieldError(path, "wrong", words) for path, words in errors])


class StalePerson(Conflict):
    code = "stale_person"
    message = "这个人的登记在您打开页面以后有人改过，刚才的操作没有生效。请看一下现在的样子再办。"


class StaleUnit(Conflict):
    code = "stale_unit"
    message = "这个单位在您打开页面以后有人改过，刚才的操作没有生效。请看一下现在的样子再办。"


class OwnLogin(Forbidden):
    code = "own_login"
    message = "不能改自己的登记、登录和岗位。请另一名系统管理员办，或者请上一级的系统管理员办。"


class Overseer(Forbidden):
    code = "overseer"
    message = (
        "这个人是审计员，监督系统管理员，所以不由系统管理员管。"
        "请审计员所在单位书面通知运行维护人员，在服务器上办。"
    )


class ByForm(Forbidden):
    code = "by_form"
    message = "账户管理员和权限管理员只由审批通过的申请表任免。请发起相应的办件。"


class NoCodeForAdmins(Forbidden):
    code = "no_code"
    message = (
        "这个人有管理岗位，又没有设置动态口令：给您一次性代码，等于让您能替他登录。"
        "请运行维护人员在服务器上发代码，直接交给本人。"
    )


class AlreadyHeld(Conflict):
    code = "already_held"


@dataclass(frozen=True)
class PositionRow:
    """A position on the person's page. `note`: why it cannot be taken away here, or empty."""

    id: int
    position: Position
    label: str
    unit_code: str
    unit_name: str
    starts_at: datetime
    ends_at: datetime | None
    source: str
    state: str  # coming, held, over
    note: str
