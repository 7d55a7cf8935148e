"""The property `deadline`, read: `5wd from field:event_date`, `3mo`, `2wd; pause on return`,
`{leader_signing} from opened`.

And the moments beside it at which somebody is told of it: `1wd, 0, +1wd`, `50%, 80%`.

What a working day is, is not known here: a calendar counts. Nor is what a parameter is set to.
"""

import re
from dataclasses import dataclass
from typing import Literal

Unit = Literal["wd", "d", "h", "mo"]
DEADLINE = re.compile(
    r"(?:(?P<count>\d{1,3})(?P<unit>wd|d|h|mo)|\{(?P<parameter>[a-z][a-z0-9_]*)\})"
    r"(?:\s+from\s+(?:opened|field:(?P<field>[a-z][a-z0-9_]*)"
    r"|variable:(?P<variable>[a-z][a-z0-9_]*)))?"
    r"(?P<pauses>\s*[;\n]\s*pause\s+on\s+return)?"
)


WHEN = re.compile(r"(?P<field>[a-z][a-z0-9_]*)=(?P<word>[a-z][a-z0-9_-]*):\s*(?P<rule>.+)")
MOMENT = re.compile(r"(?:(?P<count>\+?\d{1,2})(?P<unit>wd|d|h)|(?P<share>[1-9]\d?|100)%|0)")
SHARE = "%"
BETWEEN = re.compile(r"[,，;；\n]")
NONE = "none"
MOST_MOMENTS = 9
LAPSED = "lapsed:"


@dataclass(frozen=True)
class Deadline:
    """So many working days (wd), days (d), hours (h) or months (mo).

    From the day an answer of the start form names, or a variable, else from the opening. With
    `pauses` the clock stops while the applicant mends, and goes on when the ticket comes back. A
    `parameter` says how many of what; the count is 0 then.
    """

    count: int
    unit: Unit
    field: str | None = None
    pauses: bool = False
    parameter: str | None = None
    variable: str | None = None


def deadline(text: str) -> Deadline:
    """Raises: ValueError, told in a sentence for who drew it."""
    found = DEADLINE.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            "应写作 3wd from opened、5wd from field:event_date、2wd; pause on return"
            " 或 {leader_signing} from opened"
        )
    units: dict[str, Unit] = {"wd": "wd", "d": "d", "h": "h", "mo": "mo"}
    read = Deadline(
        int(found["count"] or 0),
        units[found["unit"] or "wd"],
        found["field"],
        bool(found["pauses"]),
        found["parameter"],
        found["variable"],
    )
    is_day = read.unit == "d" and (read.field or read.variable)  # 0d: on that very day
    if read.parameter is None and not read.count and not is_day:
        raise ValueError("时限至少是 1")
    if read.unit == "h" and (read.field or read.variable):
        raise ValueError("小时只能从 opened 起算:日期没有钟点,请改用 d 或 wd")
    return read


@dataclass(frozen=True)
class When:
    """Another deadline where a field of the start form has this value."""

    field: str
    word: str
    rule: str


def when(text: str) -> When:
    """`urgency=urgent: {evaluation_urgent} from opened`. Raises: ValueError, told in a sentence."""
    found = WHEN.fullmatch(text.strip())
    if found is None:
        raise ValueError("应写作 urgency=urgent: 2wd from opened")
    deadline(found["rule"])
    return When(found["field"], found["word"], found["rule"])


@dataclass(frozen=True)
class Moment:
    """So many working days (wd), days (d) or hours (h) after a deadline; before it below nought.

    With the unit % when so much of the time is over that was given from the opening to it.
    """

    count: int
    unit: str


def moments(text: str) -> tuple[Moment, ...]:
    """`1wd` is before the deadline, `0` its own day, `+1wd` after it, `80%` when so much of its
    time is over; `none` is no moment at all.

    Raises: ValueError, told in a sentence for who drew it.
    """
    if text.strip() == NONE:
        return ()
    found = [MOMENT.fullmatch(part.strip()) for part in BETWEEN.split(text)]
    if not all(found):
        raise ValueError("应写作 1wd, 0, +1wd 或 50%, 80%;不要就写 none")
    read = [_moment(one) for one in found if one]
    if len(set(read)) < len(read) or len(read) > MOST_MOMENTS:
        raise ValueError(f"同一个时刻只能写一次,最多 {MOST_MOMENTS} 个")
    return tuple(read)


def later(text: str) -> tuple[Moment, ...]:
    """As `moments`, of what may only come once the day is there. Raises: ValueError."""
    read = moments(text)
    if len(read) > 1 or any(one.count < 0 or one.unit == SHARE for one in read):
        raise ValueError("应写作 +1wd:到期以后才报上一级,只能写一个;不要就写 none")
    return read


def lapse(text: str) -> tuple[Moment, ...]:
    """The moment from which on nobody is waited for any more. Raises: ValueError."""
    read = moments(text)
    if len(read) != 1 or read[0].count < 0 or read[0].unit == SHARE:
        raise ValueError("应写作 +2wd:到期以后多久还没有办就不再等,只能写一个")
    return read


def lapsed(node: str) -> str:
    """The signal that comes then; it is caught on the boundary of the node."""
    return f"{LAPSED}{node}"


def _moment(found: re.Match[str]) -> Moment:
    if found["share"] is not None:
        return Moment(int(found["share"]), SHARE)
    if found["count"] is None:
        return Moment(0, "")
    count = int(found["count"])
    after = found["count"].startswith("+")
    return Moment(count if after else -count, found["unit"] if count else "")
