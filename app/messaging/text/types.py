"""Words of the texts: variables, what is wrong with a text, how long it gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """信息类别; the region's rules name the classes, these are what the texts differ in."""

    TRIGGERED = "triggered"
    DIRECTED = "directed"
    PUBLICITY = "publicity"
    SUBSCRIPTION = "subscription"


PURPOSES: Mapping[Purpose, str] = {
    Purpose.TRIGGERED: "业务触发",
    Purpose.DIRECTED: "定向告知",
    Purpose.PUBLICITY: "宣传公告",
    Purpose.SUBSCRIPTION: "订制订阅",
}
# Whoever gets these did not ask for just this one, so the text says how to be left alone.
REFUSABLE = frozenset({Purpose.PUBLICITY, Purpose.SUBSCRIPTION})


@dataclass(frozen=True)
class Text:
    """A filed text, with its blanks."""

    signature: str
    body: str


@dataclass(frozen=True)
class Variable:
    """A blank of a template. `longest` counts as operators do: a rare character is two."""

    name: str
    example: str
    longest: int


@dataclass(frozen=True)
class Extent:
    """How long a message is at the most: UTF-16 units with the signature, and 计费条数."""

    units: int
    segments: int
