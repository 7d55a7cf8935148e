"""Words of the address book, what is written into it, and what goes wrong."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.core.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from app.messaging.types import Operator

LONGEST_NAME = 100
LONGEST_GROUP = 40
FEWEST_WORDS, MOST_WORDS = 2, 200
MOST_SHOWN = 100  # faults told at once of a sheet without one good row
MOST_EXPORTED = 20_000


class Kind(StrEnum):
    PERSON = "person"
    EMPLOYER = "employer"


KINDS: Mapping[Kind, str] = {Kind.PERSON: "个人", Kind.EMPLOYER: "单位"}


class Source(StrEnum):
    """The channels that the regulations of both agencies name, and any other."""

    HALL = "hall"
    PLATFORM = "platform"
    PORTAL = "portal"
    DECLARED = "declared"
    APP = "app"
    WECHAT = "wechat"
    KIOSK = "kiosk"
    MEDICAL = "medical"
    OTHER = "other"


SOURCES: Mapping[Source, str] = {
    Source.HALL: "服务大厅",
    Source.PLATFORM: "基层平台",
    Source.PORTAL: "网上服务大厅",
    Source.DECLARED: "网上申报",
    Source.APP: "手机APP",
    Source.WECHAT: "微信公众号",
    Source.KIOSK: "自助终端",
    Source.MEDICAL: "定点医药机构",
    Source.OTHER: "其他",
}


class Verification(StrEnum):
    """Whether somebody made sure that the number is theirs, and how."""

    NONE = "none"
    IN_PERSON = "in_person"
    CALLED = "called"
    CODE = "code"


VERIFICATIONS: Mapping[Verification, str] = {
    Verification.NONE: "未核实",
    Verification.IN_PERSON: "当面核实",
    Verification.CALLED: "电话核实",
    Verification.CODE: "短信验证码",
}


class State(StrEnum):
    ACTIVE = "active"
    WRONG = "wrong"
    STOPPED = "stopped"


STATES: Mapping[State, str] = {
    State.ACTIVE: "在用",
    State.WRONG: "错号",
    State.STOPPED: "停用",
}


@dataclass(frozen=True)
class Draft:
    """What somebody writes down of one number, judged. `area`: the code of its 区市.

    `operator` None: not known. It is never taken from the number: people keep theirs (携号转网).
    """

    kind: Kind
    name: str
    phone: str
    operator: Operator | None
    area: str
    source: Source
    collected_on: date
    verification: Verification
    verified_on: date | None
    group_name: str


@dataclass(frozen=True)
class Chosen:
    """What the book is narrowed to; empty words narrow nothing. `is_verified`: by whatever way."""

    kind: Kind | None = None
    source: Source | None = None
    operator: str = ""
    state: State | None = None
    verification: Verification | None = None
    is_verified: bool = False
    group: str = ""
    name: str = ""


class EntryNotFound(NotFound):
    code = "phone_entry_not_found"
    message = "通讯录里没有这个号码，或者不是本区市的。"


class ImportNotFound(NotFound):
    code = "phone_import_not_found"
    message = "没有这次导入，或者不是本区市的。"


class NotYourBook(Forbidden):
    code = "not_yours"
    message = "通讯录由本区市的信息发送经办人维护。"


class BadEntry(Invalid):
    code = "phone_entry"
    message = "没有保存，有几处要改。"


class EntryTwice(Conflict):
    code = "phone_entry_twice"
    message = "这个号码已经在本区市的通讯录里了，没有再登。请在通讯录里找到它，改那一条。"


class StaleEntry(Conflict):
    code = "phone_entry_changed"
    message = "这期间已经有人改过这一条，这次没有保存。请看一下现在的内容，再改。"


class SameState(Conflict):
    code = "phone_entry_state"
    message = "这个号码已经是这个状态，没有再改。"


class NothingTaken(Invalid):
    """Not one row can be kept; the first faults are told."""

    code = "nothing_taken"

    def __init__(self, faults: Collection[Fault], read: int) -> None:
        super().__init__(
            tuple(faults)[:MOST_SHOWN],
            f"表格里 {read} 行，没有一行可以收进通讯录。请照下面的原因改好，再上传。",
        )
