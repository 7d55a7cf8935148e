"""What a progress page tells, and how it refuses."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.errors import NotFound, TooMany
from app.tickets.types import LABELS, TicketState

WINDOW = timedelta(hours=1)
# An office has one address for all its people; a number has one person who asks for it.
MOST_BY_ADDRESS, MOST_FOR_NUMBER = 60, 10
TAIL = re.compile(r"[0-9]{4}")
LONGEST_NUMBER = 60


@dataclass(frozen=True)
class Passed:
    """A stage that it came to: the times are of one stay there, `until` None while it lasts."""

    stage: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Progress:
    """Nothing in it says who: no name, no telephone, no word of the form."""

    number: str
    process_title: str
    state: TicketState
    submitted_at: datetime
    closed_at: datetime | None
    stages: tuple[Passed, ...]  # in the order in which it came there

    @property
    def state_label(self) -> str:
        return LABELS[self.state]


class ProgressUnknown(NotFound):
    """No such number, another telephone, or nothing that is told here: all one answer."""

    code = "progress_unknown"
    message = "没有查到。请核对编号，和申请表上联系人电话的后四位。"


class AskedTooOften(TooMany):
    code = "progress_too_many"
    message = "查得太频繁了，请过一会儿再查；着急的，请问受理的单位。"


def number_of(typed: str) -> str:
    """As numbers are written: full-width characters folded, no blanks, capitals."""
    return "".join(unicodedata.normalize("NFKC", typed).split()).upper()[:LONGEST_NUMBER]


def tail_of(typed: str) -> str:
    """Four digits, or nothing that any telephone ends with."""
    folded = "".join(unicodedata.normalize("NFKC", typed).split())
    return folded if TAIL.fullmatch(folded) else ""
