"""Words of the room: how a 督办 stands, what lists are narrowed to, and what can go wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.calendar.lights import Shown
from app.core.errors import Conflict, Forbidden, Malformed, NotFound

MOST_WORDS = 500
LONGEST = 366  # days that somebody may be given to answer
LONGEST_FILTER = 100


class State(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


STATE_LABELS: Mapping[State, str] = {
    State.OPEN: "等答复",
    State.ANSWERED: "已答复",
    State.CLOSED: "已办结",
}


class What(StrEnum):
    """Whose deadlines are listed."""

    STEPS = "steps"
    WHOLE = "whole"
    ASKED = "asked"  # no deadlines: what leaders have asked for


WHAT_LABELS: Mapping[What, str] = {
    What.STEPS: "环节",
    What.WHOLE: "整件",
    What.ASKED: "督办件",
}


class Lamp(StrEnum):
    """Which deadlines are listed; without one those that are near or over."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    ALL = "all"


LAMP_LABELS: Mapping[Lamp, str] = {
    Lamp.RED: "已超期（红）",
    Lamp.YELLOW: "快到期（黄）",
    Lamp.GREEN: "以后到期（绿）",
    Lamp.ALL: "全部有时限的",
}


@dataclass(frozen=True)
class Asked:
    """What a list is narrowed to."""

    lamp: Lamp | None = None
    process: str = ""
    unit: str = ""
    person: str = ""
    escalated: bool = False

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> "Asked":
        """Raises: Malformed."""
        try:
            lamp = Lamp(given["light"]) if given.get("light") else None
        except ValueError as error:
            raise Malformed("没有这样的筛选。") from error
        words = {
            name: given.get(name, "").replace("\0", "").strip()[:LONGEST_FILTER]
            for name in ("process", "unit", "person")
        }
        return cls(lamp, **words, escalated=given.get("escalated") == "1")

    @property
    def given(self) -> dict[str, str]:
        named = {
            "light": self.lamp,
            "process": self.process,
            "unit": self.unit,
            "person": self.person,
            "escalated": "1" if self.escalated else "",
        }
        return {name: str(value) for name, value in named.items() if value}


EVERYTHING = Asked()


@dataclass(frozen=True)
class DueRow:
    """A deadline that runs: of a step, or of a whole ticket."""

    number: str
    title: str
    process_title: str
    what: str
    unit_name: str
    requester_name: str
    holders: str
    shown: Shown
    is_escalated: bool  # it went up to the reader
    supervision: State | None  # of the one that stands


@dataclass(frozen=True)
class AnswerRow:
    name: str
    text: str
    at: datetime


@dataclass(frozen=True)
class SupervisionRow:
    """A 督办 as pages and REST show it."""

    id: int
    number: str
    title: str
    unit_name: str
    what: str
    demand: str
    answer_by: date
    is_late: bool
    state: State
    version: int
    opened_by: str
    opened_unit: str
    opened_at: datetime
    answers: tuple[AnswerRow, ...] = ()
    closed_by: str = ""
    closed_at: datetime | None = None
    closing: str = ""
    may_answer: bool = False
    may_close: bool = False


@dataclass(frozen=True)
class SupervisionOpened:
    """`people` have the steps in hand, or may take them."""

    supervision_id: int
    instance_id: int
    number: str
    what: str
    answer_by: date
    people: tuple[int, ...]
    at: datetime


@dataclass(frozen=True)
class SupervisionAnswered:
    supervision_id: int
    instance_id: int
    number: str
    what: str
    opened_by_id: int
    at: datetime


@dataclass(frozen=True)
class SupervisionClosed:
    supervision_id: int
    instance_id: int
    number: str
    what: str
    people: tuple[int, ...]
    at: datetime


class SupervisionNotFound(NotFound):
    code = "supervision_not_found"
    message = "没有这项督办，或者它的办件不归您看。"


class MayNotList(Forbidden):
    code = "not_yours"
    message = "督办由部门负责人、单位领导和审计员看。"


class MayNotSupervise(Forbidden):
    code = "not_yours"
    message = "这件不由您督办：督办的是申请单位或者办理单位的领导，和超期以后报到的上一级领导。"


class MayNotAnswer(Forbidden):
    code = "not_yours"
    message = "督办由现在办这件的人答复。"


class InYourHands(Conflict):
    code = "in_your_hands"
    message = "这一步就在您手里，直接办理就行，不用督办。"


class NothingToSupervise(Conflict):
    code = "nothing_open"
    message = "这件没有在办理中，或者您选的环节已经办过了，不用督办。"


class SupervisedAlready(Conflict):
    code = "supervised_already"
    message = "这里已经有一项督办没有办结，没有再开。请在那一项里看答复，或者先办结它。"


class StaleSupervision(Conflict):
    code = "stale"
    message = "您打开页面以后，这项督办有了变化。请看一下现在的情况再写，您写的没有提交。"


class SupervisionOver(Conflict):
    code = "supervision_closed"
    message = "这项督办已经办结了。"
