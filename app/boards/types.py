"""What a board shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.calendar.lights import Shown
from app.core.errors import NotFound

NODES = tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """A ticket where it stands; `shown` is None where the step has no deadline."""

    number: str
    title: str
    unit_name: str
    what: str
    holders: str
    since: datetime
    shown: Shown | None


@dataclass(frozen=True)
class Column:
    """One stage, what is due first on top; `next_cursor` leads on to those that have no room."""

    stage: str
    cards: Sequence[Card]
    next_cursor: str | None


@dataclass(frozen=True)
class Plan:
    """The stages of a process in their order, each with its nodes, over all versions that run."""

    process: str
    title: str
    stages: Mapping[str, NODES]


class BoardNotFound(NotFound):
    code = "board_not_found"
    message = "没有这个看板，或者没有这个阶段。"
