"""The lists of the installed region, read from the database: subsystems, posts, titles."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.identity.models import Region
from app.identity.types import BadRegion

TEXTS = ("name", "site_name")
LISTS = ("subsystems", "posts", "form_titles", "levels")
BAD_HOURS = "地区文件的 office_hours 要写成 08:30-12:00 这样，一段一行，先早后晚："
SIGNATURE = re.compile(r"[^\W_]{2,12}")  # what operators file: letters and digits alone
BAD_SIGNATURE = "地区文件的 signatures 要写成备案的短信签名，2 至 12 个字，不带【】和别的符号："


@dataclass(frozen=True)
class Entry:
    """One value of a list. `name` is the long name where the form's label is a short one."""

    value: str
    label: str
    name: str
    aliases: tuple[str, ...] = ()
    system: str = ""  # of a subsystem: the managed system it belongs to, else the first one


@dataclass(frozen=True)
class OpenHours:
    """办公时间: a half-day of the office."""

    opens: time
    closes: time


@dataclass(frozen=True)
class RegionLists:
    code: str
    name: str
    site_name: str
    form_titles: Mapping[str, str]
    levels: Mapping[int, str]  # what the levels of the tree are called here: 2 州 or 市, 3 …
    lists: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    counterparts: Mapping[str, str] = field(default_factory=dict)  # 对口: unit code -> unit code
    office_hours: tuple["OpenHours", ...] = ()
    # Of a unit and all below it that has other ones: by its code.
    unit_hours: Mapping[str, tuple["OpenHours", ...]] = field(default_factory=dict)
    # 短信签名 as filed with the operators, by the code of the unit it stands for.
    signatures: Mapping[str, str] = field(default_factory=dict)
    # Shipped processes that are not for this region: by their keys.
    without: frozenset[str] = frozenset()

    def entries(self, key: str) -> tuple[Entry, ...]:
        """The values of a list (`subsystems`, `posts`); empty for a list nobody filled."""
        return self.lists.get(key, ())

    def label(self, key: str, value: str) -> str:
        """The label on the form, or the value itself if the list does not know it (any more)."""
        return next((entry.label for entry in self.entries(key) if entry.value == value), value)


def read_region(session: Session) -> RegionLists:
    """The one region of this installation, read once a session.

    Raises: NotFound before the first import.
    """
    known: RegionLists | None = session.info.get("region")
    if known is not None:
        return known
    row = session.scalars(select(Region).order_by(Region.code)).first()
    if row is None:
        raise NotFound("还没有导入地区文件，请先运行 region import。")
    lists = {key: _entries(row.data[key]) for key in row.data if _is_list(row.data[key])}
    session.info["region"] = found = RegionLists(
        row.code,
        row.data["name"],
        row.data["site_name"],
        row.data["form_titles"],
        {int(level): word for level, word in row.data.get("levels", {}).items()},
        lists,
        row.data.get("counterparts", {}),
        parse_hours(row.data.get("office_hours") or ()),
        hours_of_units(row.data.get("unit_hours") or {}),
        row.data.get("signatures") or {},
        frozenset(row.data.get("without") or ()),
    )
    return found


def parse_hours(texts: Sequence[str]) -> tuple[OpenHours, ...]:
    """`08:30-12:00`, one after the other. Raises: BadRegion."""
    hours: list[OpenHours] = []
    for text in texts:
        opens, _, closes = str(text).partition("-")
        try:
            part = OpenHours(time.fromisoformat(opens), time.fromisoformat(closes))
        except ValueError as error:
            raise BadRegion(message=f"{BAD_HOURS}“{text}”读不懂。") from error
        if part.opens >= part.closes or (hours and hours[-1].closes > part.opens):
            raise BadRegion(message=f"{BAD_HOURS}“{text}”的先后不对。")
        hours.append(part)
    return tuple(hours)


def hours_of_units(given: Mapping[str, Sequence[str]]) -> dict[str, tuple[OpenHours, ...]]:
    """Raises: BadRegion."""
    found = {str(code): parse_hours(texts) for code, texts in given.items()}
    for code, hours in found.items():
        if not hours:
            raise BadRegion(message=f"{BAD_HOURS}{code} 一段也没有写。")
    return found


def signatures_of_units(given: Mapping[str, str]) -> dict[str, str]:
    """Raises: BadRegion."""
    found = {str(code): str(text) for code, text in given.items()}
    for code, text in found.items():
        if not SIGNATURE.fullmatch(text):
            raise BadRegion(message=f"{BAD_SIGNATURE}{code} 写的是“{text}”。")
    return found


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)


def _entries(values: list[dict[str, Any]]) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            str(entry["value"]),
            entry["label"],
            entry.get("name", entry["label"]),
            tuple(entry.get("aliases", ())),
            str(entry.get("system", "")),
        )
        for entry in values
    )
