"""What the table says of an address: who may use it, on whose things."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.errors import Forbidden
from app.identity.types import Position


class Who(StrEnum):
    ANYBODY = "任何人，不用登录"
    SIGNED_IN = "登录的人"
    POSITION = "只有列出的岗位"
    STARTER = "流程定义里的发起岗位"
    REQUESTER = "申请人"
    PART = "申请人和经办人"
    FILE = "上传的人；附到办件以后，看得到那件（扫描件：可以打印）的人"
    TURN = "轮到办理的人"
    HOLDER = "签收了它的人"
    DECIDER = "刚办过它的人，后面的人还没有办"
    OWNER = "提出它的人"
    ASKER = "申请人和他的单位领导"
    LEADER = "申请单位和办理单位的领导，超期以后报到的上一级领导"
    LINKER = "关联它们的人"
    WRITER = "写它的人，2 分钟以内"
    COLLEAGUE = "登记它的人，那个单位的联系人和部门负责人"
    AWAY = "请假的本人和他单位的领导"
    PRINCIPAL = "写委托的本人"
    KEEPER = "记这本台账的岗位"
    SECOND = "提出人以外，记这本台账的岗位，或提出人单位和上级单位的分管领导"
    OTHER = "提出人以外，管这一级的系统管理员，或提出人单位和上级单位的分管领导"
    PROPOSER = "提出人，和可以确认它的人"
    PREFECTURE = "全地区那一级的系统管理员"
    CONFIRMER = "上传的人以外，同级的另一位账户管理员"
    WHOLE = "记这本台账的岗位和审计员，上级的也看下级的；看各月的情况，还有那里的分管领导"


class Scope(StrEnum):
    """Whose things. Out of scope answers like missing (S19)."""

    NONE = "不涉及单位的数据"
    OWN = "本人的"
    OWN_UNIT = "本单位的"
    PART = "本人发起、经手或轮到的办件"
    REACH = "本人的办件、抄送给本人的，和本行政区划或本公司的"
    UNITS = "本行政区划或本公司"
    OTHERS = "本行政区划或本公司，自己发起或经手的除外"
    BOOKS = "管这本台账的岗位和审计员看本行政区划，其他人看任职单位；运维公司只看写明给它的"
    STAFF = (
        "本单位的；管账户和权限的、领导和审计员看本行政区划的；接受调查的只给分管领导和权限管理员"
    )
    LAYERS = "国家的、上级单位的，和本行政区划或本公司的"
    LED = "领导看任职的单位和下面的单位，审计员和系统管理员看本行政区划；每个人的数只给领导"
    COVER = "本人的；单位领导看本单位的请假，主要领导还看委托，系统管理员看本行政区划的"
    KEPT = "本级记的那本"
    LEVEL = "本级的"
    CODE = "持有校验码或文件的人"
    KNOWN = "知道编号和联系人电话后四位的人；只有到过的阶段和日期"
    DEMO = "只在演示系统里；别处没有这个地址"
    FIGURES = "持有 METRICS_TOKEN 的监控程序；没有设置就没有这个地址"


@dataclass(frozen=True)
class Right:
    """`positions` are the only ones (POSITION), or may do it besides `who`."""

    who: Who
    scope: Scope
    positions: frozenset[Position] = frozenset()


class Unlisted(Forbidden):
    code = "unlisted"
    message = "这个地址没有登记权限，不能使用。请告诉管理员。"


class NotYourPosition(Forbidden):
    code = "position"
    message = "您的岗位不能这样做。"


P = Position
ALL = frozenset(Position)
AUTHORS = frozenset({P.PROCESS_DESIGNER, P.PROCESS_PUBLISHER, P.PROCESS_TESTER})


def only(*positions: Position, scope: Scope) -> Right:
    return Right(Who.POSITION, scope, frozenset(positions))


OPEN = Right(Who.ANYBODY, Scope.NONE)
CHECK = Right(Who.ANYBODY, Scope.CODE)
KNOWN = Right(Who.ANYBODY, Scope.KNOWN)
OWN = Right(Who.SIGNED_IN, Scope.OWN)
OWNED = Right(Who.OWNER, Scope.OWN)
LISTS = Right(Who.SIGNED_IN, Scope.NONE)
UNITS = Right(Who.SIGNED_IN, Scope.UNITS)
SEE = Right(Who.SIGNED_IN, Scope.REACH)
START = Right(Who.STARTER, Scope.OWN)
MINE = Right(Who.REQUESTER, Scope.REACH)
PRINT = Right(Who.PART, Scope.REACH, frozenset({P.AUDITOR}))
URGE = Right(Who.ASKER, Scope.REACH)
DUES = only(*(P.DEPT_HEAD, P.UNIT_LEADER, P.BUREAU_LEADER, P.AUDITOR), scope=Scope.UNITS)
SUPERVISE = Right(Who.LEADER, Scope.REACH)
LINKER = Right(Who.LINKER, Scope.REACH, frozenset({P.SYSTEM_ADMIN}))
SAID = Right(Who.WRITER, Scope.REACH)
TURN = Right(Who.TURN, Scope.PART)
DECIDED = Right(Who.DECIDER, Scope.PART)
HELD = Right(Who.HOLDER, Scope.PART)
FILE = Right(Who.FILE, Scope.REACH)
BOOKS = only(*ALL - {P.COMPANY_TESTER}, scope=Scope.BOOKS)
HINTED = (P.ACCOUNT_ADMIN, P.PERMISSION_ADMIN, P.UNIT_LEADER, P.BUREAU_LEADER)
HINTS = only(*HINTED, P.AUDITOR, scope=Scope.UNITS)
MEND_HINTS = only(*HINTED, scope=Scope.UNITS)
CATALOGUE = only(*ALL - {P.COMPANY_MANAGER, P.COMPANY_TESTER}, scope=Scope.UNITS)
PUSHED = Right(Who.PREFECTURE, Scope.NONE)
WHOLE_BOOKS = Right(Who.WHOLE, Scope.KEPT)
KEEPERS = Right(Who.KEEPER, Scope.KEPT)
SECOND = Right(Who.SECOND, Scope.KEPT)
OTHER = Right(Who.OTHER, Scope.LAYERS)
PROPOSER = Right(Who.PROPOSER, Scope.LAYERS, frozenset({P.SYSTEM_ADMIN}))
FIGURES = only(
    *(P.UNIT_LEADER, P.DEPT_HEAD, P.BUREAU_LEADER, P.AUDITOR, P.SYSTEM_ADMIN), scope=Scope.LED
)
AUDIT = only(P.AUDITOR, scope=Scope.UNITS)
COVER = Right(Who.SIGNED_IN, Scope.COVER)
LAYERS = Right(Who.SIGNED_IN, Scope.LAYERS)
AWAY = Right(Who.AWAY, Scope.COVER, frozenset({P.SYSTEM_ADMIN}))
PRINCIPAL = Right(Who.PRINCIPAL, Scope.COVER, frozenset({P.BUREAU_LEADER, P.SYSTEM_ADMIN}))
STAFF = only(*(P.ACCOUNT_ADMIN, P.PERMISSION_ADMIN, P.SYSTEM_ADMIN, P.AUDITOR), scope=Scope.UNITS)
CHANGES = only(
    *(P.CLERK, P.DEPT_HEAD, P.ACCOUNT_ADMIN, P.PERMISSION_ADMIN, P.UNIT_LEADER, P.BUREAU_LEADER),
    P.AUDITOR,
    scope=Scope.STAFF,
)
ENTERS = only(
    *(P.CLERK, P.DEPT_HEAD, P.ACCOUNT_ADMIN, P.UNIT_LEADER, P.PERMISSION_ADMIN),
    scope=Scope.STAFF,
)
CHANGED = Right(
    Who.COLLEAGUE,
    Scope.STAFF,
    frozenset({P.ACCOUNT_ADMIN, P.PERMISSION_ADMIN, P.UNIT_LEADER, P.BUREAU_LEADER, P.AUDITOR}),
)
TAKES_BACK = Right(Who.COLLEAGUE, Scope.STAFF, frozenset({P.ACCOUNT_ADMIN}))
KEEP = only(P.SYSTEM_ADMIN, scope=Scope.UNITS)
OLD_BOOKS = only(*HINTED, P.AUDITOR, scope=Scope.UNITS)
KEEPS_BOOKS = only(P.ACCOUNT_ADMIN, scope=Scope.LEVEL)
CONFIRMS = Right(
    Who.CONFIRMER,
    Scope.LEVEL,
    frozenset({P.PERMISSION_ADMIN, P.UNIT_LEADER, P.BUREAU_LEADER}),
)
TELLS = only(P.ACCOUNT_ADMIN, scope=Scope.UNITS)
ASK_DEPARTMENTS = only(P.ACCOUNT_ADMIN, scope=Scope.UNITS)
IDLE = only(P.ACCOUNT_ADMIN, P.AUDITOR, scope=Scope.UNITS)
KEPT = only(P.SYSTEM_ADMIN, scope=Scope.OWN)
WATCH = only(P.SYSTEM_ADMIN, P.PROCESS_PUBLISHER, scope=Scope.UNITS)
STUDY = only(*AUTHORS, P.SYSTEM_ADMIN, scope=Scope.NONE)
CALL = only(P.PROCESS_TESTER, scope=Scope.REACH)
REPAIR = only(P.SYSTEM_ADMIN, scope=Scope.UNITS)
MEND = only(P.SYSTEM_ADMIN, scope=Scope.OTHERS)
MAKES_LISTS = only(P.MESSAGE_CLERK, scope=Scope.OWN_UNIT)
READS_LISTS = only(
    *(P.MESSAGE_CLERK, P.MESSAGE_REVIEWER, P.SECOND_REVIEWER, P.UNIT_LEADER, P.AUDITOR),
    scope=Scope.UNITS,
)
BLOCKS = only(P.MESSAGE_CLERK, P.MESSAGE_REVIEWER, P.HOTLINE_AGENT, scope=Scope.UNITS)
KEEPS_PHONES = only(P.MESSAGE_CLERK, scope=Scope.UNITS)
READS_PHONES = READS_LISTS
READS_BLOCKS = only(
    P.MESSAGE_CLERK, P.MESSAGE_REVIEWER, P.HOTLINE_AGENT, P.AUDITOR, scope=Scope.UNITS
)
LIFTS = only(P.MESSAGE_REVIEWER, scope=Scope.UNITS)
READS_WORDS = only(
    *(P.MESSAGE_CLERK, P.MESSAGE_REVIEWER, P.SECOND_REVIEWER, P.UNIT_LEADER, P.AUDITOR),
    P.SYSTEM_ADMIN,
    scope=Scope.NONE,
)
SENDINGS = READS_LISTS
STEERERS = (P.MESSAGE_CLERK, P.UNIT_LEADER, P.MESSAGE_REVIEWER, P.SECOND_REVIEWER)
STEERS = only(*STEERERS, scope=Scope.UNITS)
ARCHIVES = only(*STEERERS, P.AUDITOR, scope=Scope.UNITS)
