"""Words of the room, and what is refused to an administrator."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
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
    message = "行政区划和您自己的单位不能在这里关闭。"


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
    UnitKind.DIVISION: "行政区划",
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


class PlanKind(StrEnum):
    RENAME = "rename"
    MERGE = "merge"
    CLOSE = "close"


class PlanState(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DONE = "done"
    WITHDRAWN = "withdrawn"


PLAN_LABELS: Mapping[PlanKind, str] = {
    PlanKind.RENAME: "更名",
    PlanKind.MERGE: "并入",
    PlanKind.CLOSE: "撤销",
}
PLAN_STATE_LABELS: Mapping[PlanState, str] = {
    PlanState.PROPOSED: "等另一个人确认",
    PlanState.CONFIRMED: "已经确认，等生效的日子",
    PlanState.DONE: "已经生效",
    PlanState.WITHDRAWN: "已经撤回",
}


@dataclass(frozen=True)
class Effect:
    """What a reorganisation moves, in figures."""

    people: int
    positions: int
    tickets: int
    drafts: int
    tasks: int
    keys: int
    pairs: int
    mandates: int
    functions: int

    @property
    def lines(self) -> tuple[tuple[str, str, str], ...]:
        """What it is, how much, and what becomes of it where another unit takes over."""
        return (
            ("人员", f"{self.people} 人", "登记改到承接的单位，要重新登录一次"),
            ("岗位", f"{self.positions} 个", "在承接的单位接着任，到期的日子不变"),
            ("没办结的件", f"{self.tickets} 件", "仍显示原来的单位名称，由承接单位的岗位接着办"),
            ("草稿", f"{self.drafts} 份", "以承接单位的名义提交"),
            (
                "等着办的步骤",
                f"{self.tasks} 步",
                "谁手上的还是谁的；没人签收的，承接单位的人都能签收",
            ),
            ("等着的岗位", f"{self.keys} 种", "换成承接单位的同一种岗位；那里没有人的，报运行异常"),
            ("AB角", f"{self.pairs} 对", "转到承接的单位"),
            ("委托", f"{self.mandates} 份", "跟着人走，不变"),
            ("流程图和对口表", f"{self.functions} 处", "写着这个单位的，都找承接的单位"),
        )

    @property
    def mark(self) -> str:
        """By which a page that shows other figures is known."""
        return ".".join(map(str, astuple(self)))


class PlanNotFound(NotFound):
    code = "reorganisation_not_found"
    message = "没有这次机构调整，或者不在您的管理范围内。"


class PlanLive(Conflict):
    code = "reorganisation_live"


class PlanOver(Conflict):
    code = "reorganisation_over"


class PlanMoved(Conflict):
    code = "reorganisation_moved"
    message = "会动到的人、岗位或者件和您看到的不一样了，刚才的操作没有生效。请看一下现在的再办。"


class PlanOwn(Forbidden):
    code = "own_reorganisation"
    message = "机构调整要由另一名系统管理员确认：提出的人不能自己确认。"


class PlanTooFar(Forbidden):
    code = "reorganisation_too_far"
    message = "承接的单位不归您管。请由管这两个单位的系统管理员确认。"


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
