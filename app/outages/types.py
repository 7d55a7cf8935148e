"""What is said of an outage, of the paper of one, and what goes wrong with either."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.core.errors import Conflict, Forbidden, Invalid, NotFound

LONGEST = timedelta(days=30)
DAYS_TO_ENTER = 10  # working days after its end, unless somebody says otherwise
LATEST_ENTRY = timedelta(days=90)  # from the day it is declared
FEWEST_WORDS, MOST_WORDS, MOST_REMARK = 2, 500, 200


@dataclass(frozen=True)
class Draft:
    """An outage as somebody declares it; without `last_on` the house counts it."""

    unit_id: int
    from_at: datetime
    to_at: datetime
    reason: str
    last_on: date | None = None


@dataclass(frozen=True)
class Paper:
    """What was asked for on paper: when, in which outage, and by which its paper is found."""

    at: datetime
    outage_id: int
    remark: str


class OutageNotFound(NotFound):
    code = "outage_not_found"
    message = "没有这次停机登记，或者不在您的查看范围内。"


class NotYourOutage(Forbidden):
    code = "not_yours"
    message = "这个单位的停机不由您登记和撤销，请找管它的系统管理员。"


class BadOutage(Invalid):
    code = "outage"
    message = "停机没有登记，有几处要改。"


class OutageTwice(Conflict):
    code = "outage_twice"
    message = "这段时间已经登记过停机，没有再登。时间不对的，先撤销那一次。"


class StaleOutage(Conflict):
    code = "stale"
    message = "这次登记刚才有人动过。请看一下现在的情况，再决定要不要撤销。"


class OutageWithdrawn(Conflict):
    code = "outage_withdrawn"
    message = "这次登记已经撤销了，不用再撤。"


class OutageInUse(Conflict):
    code = "outage_in_use"
    message = "已经有补录的件用了这次登记，不能撤销。"


class BadPaper(Invalid):
    code = "paper"
    message = "补录的几处要改。"
