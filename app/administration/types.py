"""Words of the room, and what is refused to an administrator."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.identity.types import FieldError, Position, UnitKind


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


class CodeTaken(Conflict):
    code = "code_taken"
    message = "这个单位代码已经用过，请换一个。关闭了的单位也占着它的代码。"


class UnitClosed(Conflict):
    code = "unit_closed"
    message = "这个单位已经关闭。要在下面增设单位，请先启用它。"


class MayNotClose(Conflict):
    code = "may_not_close"
    message = "州、县市和您自己的单位不能在这里关闭。"


class UnitNotEmpty(Conflict):
    code = "unit_not_empty"


class HiddenAlready(Conflict):
    code = "hidden_already"
    message = "这项业务在这里已经停止发起。"


class HiddenAbove(Conflict):
    code = "hidden_above"
    message = "这项业务不是在这里停止发起的。请到停止它的上级单位恢复。"


@dataclass(frozen=True)
class StepRow:
    """A step of a process in one unit: the rule in words, and who that is now."""

    name: str
    rule: str
    people: str


@dataclass(frozen=True)
class ProcessRow:
    """A process as one unit sees it. `hidden_by`: the unit that has stopped it here, or empty."""

    key: str
    title: str
    starters: str
    starting: str
    steps: tuple[StepRow, ...]
    hidden_by: str
    is_hidden_here: bool


class ImportState(StrEnum):
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    EXPIRED = "expired"


class RowState(StrEnum):
    READY = "ready"
    REFUSED = "refused"
    SAME = "same"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


KIND_LABELS: Mapping[UnitKind, str] = {
    UnitKind.DIVISION: "州、县市",
    UnitKind.BUREAU: "局",
    UnitKind.SECTION: "科室、股室",
    UnitKind.INFO_CENTER: "信息中心",
    UnitKind.AGENCY: "经办机构",
    UnitKind.TOWNSHIP: "乡镇、街道",
    UnitKind.COMPANY: "公司",
}
IMPORT_LABELS: Mapping[ImportState, str] = {
    ImportState.CHECKED: "检查好了，等您确认",
    ImportState.RUNNING: "正在导入",
    ImportState.DONE: "导入完了",
    ImportState.STOPPED: "已经停止",
    ImportState.EXPIRED: "一天没有确认，已经作废",
}
ROW_LABELS: Mapping[RowState, str] = {
    RowState.READY: "可以导入",
    RowState.REFUSED: "不能导入",
    RowState.SAME: "已经登记过，没有要加的",
    RowState.DONE: "已经导入",
    RowState.FAILED: "没有导入",
    RowState.SKIPPED: "停止时还没有导入",
}


class SheetRefused(Invalid):
    """The file as a whole cannot be read; the sentence says how to mend it."""

    code = "sheet_refused"


class ImportNotFound(NotFound):
    code = "import_not_found"
    message = "没有这次导入，或者不是您上传的。"


class ImportOver(Conflict):
    code = "import_over"
    message = "这次导入已经确认过、停止了或者作废了，请看现在的状态。"


class NothingToImport(Conflict):
    code = "nothing_to_import"
    message = "没有一行可以导入。请按报告改好表格，再上传一次。"


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
