"""What is said of days, by whom, and what goes wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.calendar.days import DayKind
from app.core.errors import Conflict, Forbidden, Invalid, NotFound

KIND_LABELS: Mapping[DayKind, str] = {
    DayKind.OFF: "放假",
    DayKind.WORK: "上班",
    DayKind.HALF: "下午放假",
}
FIRST_YEAR, LAST_YEAR = 2000, 2100
MOST_DAYS = 100
LONGEST_NUMBER = 60
LONGEST_TITLE = 200
LONGEST_TEXT = 20_000
LONGEST_NAME = 30
LONGEST_REASON = 500


class NoticeSource(StrEnum):
    LIBRARY = "library"
    ENTERED = "entered"
    IMPORTED = "imported"


SOURCE_LABELS: Mapping[NoticeSource, str] = {
    NoticeSource.LIBRARY: "系统自带",
    NoticeSource.ENTERED: "录入",
    NoticeSource.IMPORTED: "从文件导入",
}


@dataclass(frozen=True)
class Said:
    """What a notice says of one day."""

    day: date
    kind: DayKind
    name: str = ""


@dataclass(frozen=True)
class Draft:
    """A notice as somebody writes it down; `unit_id` None is the whole nation.

    `replaces_library`: it stands instead of what the program came with for that year.
    """

    unit_id: int | None
    year: int
    number: str
    title: str
    days: tuple[Said, ...]
    text: str = ""
    replaces_library: bool = False


@dataclass(frozen=True)
class CalendarChanged:
    """From `first` to `last` days may count otherwise, for the unit and all below it (None: all).

    Published within the act that entered or withdrew the notice.
    """

    unit_id: int | None
    first: date
    last: date
    notice_id: int
    at: datetime


class NoticeNotFound(NotFound):
    code = "notice_not_found"
    message = "没有这份通知，或者不在您的查看范围内。"


class NotYourLayer(Forbidden):
    code = "not_yours"
    message = "这一级的通知不由您录入和撤销，请找管这一级的系统管理员。"


class BadNotice(Invalid):
    code = "notice"
    message = "通知没有录入，有几处要改。"


class NoticeTwice(Conflict):
    code = "notice_twice"
    message = "这一级已经录入过同一文号的通知，没有再录。"


class StaleNotice(Conflict):
    code = "stale"
    message = "这份通知刚才有人动过。请看一下现在的情况，再决定要不要撤销。"


class NoticeWithdrawn(Conflict):
    code = "notice_withdrawn"
    message = "这份通知已经撤销了，不用再撤。"
