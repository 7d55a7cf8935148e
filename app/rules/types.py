"""What the rules of an office are, what is published of them, and what goes wrong with them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.core.errors import Conflict, Forbidden, Invalid, NotFound

KEY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
FIRST_YEAR, LAST_YEAR = 1949, 2199
MOST_ARTICLES = 300
LONGEST_KEY = 60
LONGEST_NAME = 200
LONGEST_NUMBER = 100
LONGEST_ARTICLE = 2000
LONGEST_REASON = 500


class Standing(StrEnum):
    """How a version lies to a day."""

    AHEAD = "ahead"
    IN_FORCE = "in_force"
    ENDING = "ending"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


STANDING_LABELS: Mapping[Standing, str] = {
    Standing.AHEAD: "还没有施行",
    Standing.IN_FORCE: "有效",
    Standing.ENDING: "快到期",
    Standing.ENDED: "已失效",
    Standing.WITHDRAWN: "已撤销",
}


@dataclass(frozen=True)
class Article:
    """`number` as the document has it: 第三条, 第二章."""

    number: str
    text: str


@dataclass(frozen=True)
class Draft:
    """A version as somebody writes it down; `unit_id` None is the whole nation.

    `ends_before`: the version in force ends the day before this one begins.
    """

    key: str
    unit_id: int | None
    name: str
    number: str
    issuer: str
    valid_from: date | None
    valid_to: date | None
    articles: tuple[Article, ...]
    ends_before: bool = False


@dataclass(frozen=True)
class RuleSetExpiring:
    """A version ends in so many days (0: today is its last), and nothing follows it.

    Published once for each of 90, 30 and 0 days, or of what the parameters say, by a job; a
    subscriber runs in its transaction.
    """

    version_id: int
    key: str
    unit_id: int | None
    name: str
    number: str
    last_day: date
    days_left: int
    at: datetime


class RuleNotFound(NotFound):
    code = "rule_not_found"
    message = "没有这份制度依据，或者不在您的查看范围内。"


class NotYourLayer(Forbidden):
    code = "not_yours"
    message = "这一级的制度依据、参数和编号规则不由您维护，请找管这一级的系统管理员。"


class BadRule(Invalid):
    code = "rule"
    message = "制度依据没有登记，有几处要改。"


class RuleTwice(Conflict):
    code = "rule_twice"
    message = "这一版已经登记过，没有再登记。"


class StaleRule(Conflict):
    code = "stale"
    message = "这一版刚才有人动过。请看一下现在的情况，再决定要不要撤销。"


class RuleWithdrawn(Conflict):
    code = "rule_withdrawn"
    message = "这一版已经撤销了，不用再撤。"


class ChangeState(StrEnum):
    """Of a value that somebody proposed for a parameter."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


CHANGE_LABELS: Mapping[ChangeState, str] = {
    ChangeState.PROPOSED: "等第二人确认",
    ChangeState.CONFIRMED: "已确认",
    ChangeState.WITHDRAWN: "已撤回",
}


@dataclass(frozen=True)
class Setting:
    """A parameter as it is in a unit on a day; without `since` it is as the program has it."""

    key: str
    value: int
    layer: str = ""
    since: date | None = None
    change_id: int | None = None


@dataclass(frozen=True)
class Proposal:
    key: str
    unit_id: int
    value: int | None
    since: date | None
    reason: str


class ParameterNotFound(NotFound):
    code = "parameter_not_found"
    message = "没有这个参数，或者它的改动不在您的查看范围内。"


class BadChange(Invalid):
    code = "parameter"
    message = "改动没有提出，有几处要改。"


class ChangeWaits(Conflict):
    code = "change_waits"
    message = "这个参数在这一级已经有人提出改动，等第二人确认；要改成别的，先撤回那一个。"


class StaleChange(Conflict):
    code = "stale"
    message = "这个改动刚才有人动过。请看一下现在的情况再办。"


class ChangeDecided(Conflict):
    code = "change_decided"
    message = "这个改动已经确认或者撤回了，不用再办。"


class ChangeLate(Conflict):
    code = "change_late"
    message = "生效日期已经过了，不能再确认。请撤回，换一个日期再提。"


class ChangeClashes(Conflict):
    code = "change_clashes"
    message = "提出以后另一个参数改了，两个对不上。请撤回，换一个再提。"


class SamePerson(Forbidden):
    code = "same_person"
    message = "提出和确认要由两个人办：这个改动是您提出的，请另一位系统管理员或者分管领导确认。"


@dataclass(frozen=True)
class Numbering:
    """A pattern as somebody writes it down: for the unit and all below it, from a day on."""

    name: str
    title: str
    unit_id: int
    pattern: str
    since: date | None
    first: int | None = 1
    last: int | None = None


@dataclass(frozen=True)
class Taken:
    """A number as its ticket shows it."""

    name: str
    title: str
    number: str
    taken_at: datetime
    is_void: bool


class PatternNotFound(NotFound):
    code = "pattern_not_found"
    message = "没有这条编号规则，或者不在您的查看范围内。"


class NumberNotFound(NotFound):
    code = "number_not_found"
    message = "没有这个编号，或者不在您的查看范围内。"


class BadPattern(Invalid):
    code = "pattern"
    message = "编号规则没有登记，有几处要改。"


class PatternTwice(Conflict):
    code = "pattern_twice"
    message = "这一级从那一天起已经有一条同名的编号规则。要换成别的，先撤销那一条，或者换一个日期。"


class StalePattern(Conflict):
    code = "stale"
    message = "这里刚才有人动过。请看一下现在的情况再办。"


class PatternUsed(Conflict):
    code = "pattern_used"
    message = "已经用这条规则编过号，不能撤销。要改，请登记一条从以后某天起的新规则。"


class PatternWithdrawn(Conflict):
    code = "pattern_withdrawn"
    message = "这条规则已经撤销了，不用再撤。"


class NumberVoid(Conflict):
    code = "number_void"
    message = "这个编号已经作废了，不用再作废。"


class NoPattern(Conflict):
    code = "no_pattern"
    message = "还没有编号规则，编不了号。"


class NumbersExhausted(Conflict):
    code = "numbers_exhausted"
    message = "编号用完了。"
