"""What the parts of the load speak of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.core.errors import Conflict, Invalid


class MonthsFrozen(Conflict):
    code = "months_frozen"
    message = "已经有封存的台账月份，装入的历史记录会落在里面。请换一个新的数据目录，先装入再封存。"


class LoadRefused(Conflict):
    code = "load_refused"
    message = (
        "已经装入过一次大批演示数据，不再装第二次。要换一个数量，请换一个新的数据目录重新开始。"
    )


class NothingToLoad(Invalid):
    code = "nothing_to_load"

    def __init__(self, message: str) -> None:
        super().__init__([], message)


class StoryOutgrown(Exception):
    """The product writes something that a mould cannot repeat: the load must learn it first."""


@dataclass(frozen=True)
class Invented:
    """Somebody who exists in the demonstration alone."""

    name: str
    id_number: str
    phone: str


Row = dict[str, Any]


@dataclass(frozen=True)
class Recording:
    """What one played story wrote: rows by table in the order of their ids, and when it acted."""

    rows: Mapping[str, Sequence[Row]]
    instants: Sequence[datetime]
    numbers: Sequence[str]
    numberings: Sequence[str]
    people: Sequence[Invented]
    asked_by: tuple[str, str]  # the unit and the person
    texts: Mapping[str, Sequence[str]]  # book → the values besides the name that it is searched by
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """One way that tickets go. `weight`: how often; `people`: how many it names; `choices`: words
    it takes from the region's lists (name → list), others in each ticket.

    `is_open` ones stand somewhere when the story ends; only so many are loaded that people have
    a day's work before them and not a year's.
    """

    name: str
    process: str
    weight: int
    people: int
    play: Callable[..., None]
    choices: Mapping[str, str] = field(default_factory=dict)
    is_open: bool = False
