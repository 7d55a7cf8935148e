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
