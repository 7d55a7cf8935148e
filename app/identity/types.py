"""Words of the room: kinds of units, positions, sessions, and what can go wrong at the door."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated


class UnitKind(StrEnum):
    DIVISION = "division"
    BUREAU = "bureau"
    SECTION = "section"
    INFO_CENTER = "info_center"
    AGENCY = "agency"
    TOWNSHIP = "township"
    COMPANY = "company"


class Position(StrEnum):
    CLERK = "clerk"
    DEPT_HEAD = "dept_head"
    UNIT_LEADER = "unit_leader"
    BUREAU_LEADER = "bureau_leader"
    ACCOUNT_ADMIN = "account_admin"
    PERMISSION_ADMIN = "permission_admin"
    OPERATOR = "operator"
    INFO_CENTER = "info_center"
    COMPANY_MANAGER = "company_manager"
    COMPANY_TESTER = "company_tester"
    TESTER = "tester"
    MESSAGE_CLERK = "message_clerk"
    MESSAGE_REVIEWER = "message_reviewer"
    SECOND_REVIEWER = "second_reviewer"
    FILING_CLERK = "filing_clerk"
    HOTLINE_AGENT = "hotline_agent"
    DATA_PROPOSER = "data_proposer"
    DATA_APPROVER = "data_approver"
    DATA_EDITOR = "data_editor"
    DATA_CHECKER = "data_checker"
    AUDITOR = "auditor"
    SYSTEM_ADMIN = "system_admin"
    PROCESS_DESIGNER = "process_designer"
    PROCESS_PUBLISHER = "process_publisher"
    PROCESS_TESTER = "process_tester"
    SEAL_CUSTODIAN = "seal_custodian"


POSITION_LABELS = {
    Position.CLERK: "联系人",
    Position.DEPT_HEAD: "部门负责人",
    Position.UNIT_LEADER: "单位分管领导",
    Position.BUREAU_LEADER: "主要领导",
    Position.ACCOUNT_ADMIN: "账户管理员",
    Position.PERMISSION_ADMIN: "权限管理员",
    Position.OPERATOR: "操作员",
    Position.INFO_CENTER: "信息中心经办人",
    Position.COMPANY_MANAGER: "运维公司项目负责人",
    Position.COMPANY_TESTER: "运维公司测试人员",
    Position.TESTER: "验证人员",
    Position.MESSAGE_CLERK: "信息发送经办人",
    Position.MESSAGE_REVIEWER: "信息审核人",
    Position.SECOND_REVIEWER: "信息复审人",
    Position.FILING_CLERK: "备案经办人",
    Position.HOTLINE_AGENT: "12333值守人员",
    Position.DATA_PROPOSER: "数据申报岗",
    Position.DATA_APPROVER: "数据审批岗",
    Position.DATA_EDITOR: "数据修改岗",
    Position.DATA_CHECKER: "数据复核岗",
    Position.AUDITOR: "审计员",
    Position.SYSTEM_ADMIN: "系统管理员",
    Position.PROCESS_DESIGNER: "流程设计员",
    Position.PROCESS_PUBLISHER: "流程发布员",
    Position.PROCESS_TESTER: "流程测试员",
    Position.SEAL_CUSTODIAN: "印章管理员",
}

# S22 and E23A §6: whoever holds one of these holds no other of them, in any unit.
EXCLUSIVE = frozenset(
    {
        Position.ACCOUNT_ADMIN,
        Position.PERMISSION_ADMIN,
        Position.OPERATOR,
        Position.SYSTEM_ADMIN,
        Position.AUDITOR,
    }
)
# Logins that can change what others may do go idle sooner (S14).
ADMINS = EXCLUSIVE - {Position.OPERATOR}
# S7: administrators, and who can take much out of the system or send to many.
SECOND_FACTOR = ADMINS | {
    Position.PROCESS_PUBLISHER,
    Position.SEAL_CUSTODIAN,
    Position.MESSAGE_CLERK,
    Position.MESSAGE_REVIEWER,
    Position.SECOND_REVIEWER,
    Position.DATA_EDITOR,
    Position.DATA_CHECKER,
}


class LoginState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


class SessionKind(StrEnum):
    BROWSER = "browser"
    TOKEN = "token"  # noqa: S105 - the name of a kind


@dataclass(frozen=True)
class PersonRef:
    """What lists and timelines show of a person; nothing sealed."""

    id: int
    name: str
    username: str
    unit_id: int
    unit_code: str
    unit_name: str


@dataclass(frozen=True)
class Holder:
    """A person holding a position now, and the unit it is held in.

    `is_covered`: away, or somebody else has his mandate; who acts then, `standins` tells.
    """

    person: PersonRef
    position: str
    unit_id: int
    unit_code: str
    is_covered: bool = False

    @property
    def person_id(self) -> int:
        return self.person.id

    @property
    def key(self) -> str:
        return f"{self.position}:{self.unit_code}"


@dataclass(frozen=True)
class PositionGained:
    """News: this person can act for these positions now (`position:unit`)."""

    person_id: int
    keys: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class PositionLost:
    """News: this person can no longer act for these positions (`position:unit`)."""

    person_id: int
    keys: tuple[str, ...]
    at: datetime


def keys_in(unit_code: str) -> list[str]:
    """By which tasks wait for somebody of this unit, whatever the position."""
    return [f"{position}:{unit_code}" for position in Position]


@dataclass(frozen=True)
class UnitSucceeded:
    """News: a unit was merged or closed, and another does its work from now on."""

    unit_id: int
    unit_code: str
    successor_id: int
    successor_code: str
    at: datetime


@dataclass(frozen=True)
class Client:
    """Where a request came from."""

    ip: str = ""
    user_agent: str = ""


@dataclass(frozen=True)
class Issued:
    """A new session. `token` leaves the server once; only its hash is kept."""

    token: str
    expires_at: datetime
    person_id: int
    displaced: int = 0  # other sessions of the same login that had to end


@dataclass(frozen=True)
class Challenge:
    """A right password was given; the second factor is waited for. `token` is for the browser."""

    token: str
    expires_at: datetime


@dataclass(frozen=True)
class Setup:
    """What a phone must learn for the second factor, for a page that nobody keeps."""

    secret: str
    address: str  # otpauth://, for the QR code


@dataclass(frozen=True)
class FieldError:
    """A field of the room's own pages that must be mended."""

    path: str
    code: str
    message: str


class WrongCredentials(Unauthenticated):
    """Unknown name, wrong password, disabled login: one answer for all, so that nobody can ask."""

    code = "wrong_credentials"
    message = "用户名或密码不对，或者登录已停用。请检查后再试，忘记密码请找系统管理员。"


class TooManyAttempts(TooMany):
    code = "too_many_attempts"
    message = "登录失败次数太多，请过一会儿再试。"


class PasswordMustChange(Forbidden):
    code = "password_change"
    message = "密码已经到期，请先在网页上登录并修改密码。"


class SecondFactorDue(Forbidden):
    code = "second_factor"
    message = "您的岗位要求使用动态口令，请先在网页上登录并设置。"


class OtpNeeded(Forbidden):
    """The password is right; the second factor is asked for."""

    code = "step_up"
    message = "请同时提供手机上的动态口令（otp）。"

    def __init__(self, login_id: int) -> None:
        super().__init__()
        self.login_id = login_id


class WrongOtp(Unauthenticated):
    code = "wrong_otp"
    message = "动态口令不对，或者已经用过。请等手机上换成下一个再输入。"


class WrongProof(Invalid):
    """What was given to confirm who sits there is wrong; the session itself stays."""

    code = "wrong_proof"
    message = "没有确认成功，请检查后再输一次。"


class ChallengeOver(Unauthenticated):
    code = "challenge_over"
    message = "等得太久，或者试的次数太多，请从用户名和密码重新开始。"


class WrongCode(Unauthenticated):
    """Unknown name, wrong, used or old code: one answer for all."""

    code = "wrong_code"
    message = "用户名或一次性代码不对，或者代码已经用过、过期。请核对，或请管理员重新发起。"


class WeakPassword(Invalid):
    code = "weak_password"


class LastAdministrator(Conflict):
    code = "last_administrator"
    message = (
        "这是本地最后一名能登录的系统管理员，不能停用、免去，也不能给登录设到期日。"
        "请先任命另一名系统管理员，再办这一步。"
    )


class PositionsExclude(Conflict):
    code = "positions_exclude"
    message = (
        "账户管理员、权限管理员、操作员、系统管理员和审计员不能由同一人兼任，请先撤销原来的岗位。"
    )


class PersonExists(Conflict):
    code = "person_exists"
    message = "这个身份证号已经登记过，每人只能登记一次。"


class UsernameTaken(Conflict):
    code = "username_taken"
    message = "这个用户名已有人使用，请换一个。"


class NoSuchUnit(NotFound):
    code = "no_such_unit"
    message = "没有这个单位，或者不在您的查看范围内。"


class BadRegion(Invalid):
    code = "bad_region"
    message = "地区文件有错，没有导入。"
