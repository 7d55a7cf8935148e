"""Patterns of official numbers: `{unit}-XQ-{year}-{serial:4}`. Pure.

What stands around the serial is the *stem*: each stem is counted by itself, so a number under a
pattern is never made twice, however its width changes. Of two patterns it can be told whether
some number could be made by both.
"""

import re
from collections import deque
from dataclasses import dataclass
from datetime import date
from functools import cached_property

DIGITS = frozenset("0123456789")
CODE = DIGITS | frozenset("abcdefghijklmnopqrstuvwxyz-")
PART = re.compile(r"\{(unit|year|month|serial:[1-9])\}|([^{}])")
SERIAL = "serial"
LONGEST = 60


@dataclass(frozen=True)
class Atom:
    """One character of these, or with `repeats` one or more."""

    chars: frozenset[str]
    repeats: bool = False


@dataclass(frozen=True)
class Pattern:
    """Literal characters and names in order; `width` is that of the serial, with leading zeros."""

    parts: tuple[str, ...]
    width: int

    def number(self, unit: str, day: date, serial: int) -> str:
        return self._filled(unit, day, f"{serial:0{self.width}}")

    def stem(self, unit: str, day: date) -> str:
        return self._filled(unit, day, "{serial}")

    def _filled(self, unit: str, day: date, serial: str) -> str:
        words = {
            "{unit}": unit,
            "{year}": f"{day.year:04}",
            "{month}": f"{day.month:02}",
            "{serial}": serial,
        }
        return "".join(words.get(part, part) for part in self.parts)

    @property
    def names_unit(self) -> bool:
        return "{unit}" in self.parts

    @cached_property
    def atoms(self) -> tuple[Atom, ...]:
        found: list[Atom] = []
        for part in self.parts:
            if part == "{unit}":
                found.append(Atom(CODE, repeats=True))
            elif part == "{serial}":
                found += [Atom(DIGITS)] * (self.width - 1) + [Atom(DIGITS, repeats=True)]
            elif part in FIXED:
                found += [Atom(DIGITS)] * FIXED[part]
            else:
                found.append(Atom(frozenset(part)))
        return tuple(found)


FIXED = {"{year}": 4, "{month}": 2}


def parse(text: str) -> Pattern:
    """Raises: ValueError, told in a sentence."""
    if not text or len(text) > LONGEST or any(one.isspace() or ord(one) < 32 for one in text):
        raise ValueError(f"规则最多 {LONGEST} 个字，里面不能有空格。")
    found = PART.findall(text)
    if "".join(f"{{{name}}}" if name else char for name, char in found) != text:
        raise ValueError("花括号里只能写 unit、year、month 和 serial:4（4 是位数，1 到 9）。")
    serials = [name for name, _ in found if name.startswith(SERIAL)]
    if len(serials) != 1:
        raise ValueError("要有一处 {serial:4}，而且只能有一处：它是顺序号。")
    names = {name for name, _ in found}
    if "month" in names and "year" not in names:
        raise ValueError("写了 {month} 就要写 {year}，不然明年同月的编号会重复。")
    parts = tuple(
        "{serial}" if name.startswith(SERIAL) else f"{{{name}}}" if name else char
        for name, char in found
    )
    return Pattern(parts, int(serials[0].partition(":")[2]))


def meeting(one: Pattern, other: Pattern) -> str | None:
    """A number that both could make, the shortest; None if there is none."""
    seen = {(0, 0)}
    waiting = deque([(0, 0, "")])
    ends = (len(one.atoms), len(other.atoms))
    while waiting:
        here, there, said = waiting.popleft()
        if (here, there) == ends:
            return said
        if here == ends[0] or there == ends[1]:
            continue
        mine, theirs = one.atoms[here], other.atoms[there]
        both = mine.chars & theirs.chars
        if not both:
            continue
        for place in (
            (here + 1, there + 1),
            *([(here, there + 1)] if mine.repeats else []),
            *([(here + 1, there)] if theirs.repeats else []),
            *([(here, there)] if mine.repeats and theirs.repeats else []),
        ):
            if place not in seen:
                seen.add(place)
                waiting.append((*place, said + min(both)))
    return None
