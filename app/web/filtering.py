"""What a list is narrowed to, as chips: each says one condition and is taken away by its ×."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for

Choices = Mapping[str, Mapping[Any, str]]
WORDS = {"q": "含“{}”", "person": "姓名：{}", "unit": "单位：{}", "from": "{} 起", "to": "到 {}"}
WORDS |= {"whole_from": "整件 {} 起到期", "whole_to": "整件到 {} 到期"}


@dataclass(frozen=True)
class Chip:
    label: str
    href: str


def address(endpoint: str, box: str, given: Mapping[str, str]) -> str:
    """The list, narrowed down so."""
    words: dict[str, Any] = {"box": box, **given}
    return url_for(endpoint, **words)


def chips(endpoint: str, box: str, given: Mapping[str, str], choices: Choices) -> list[Chip]:
    """`given`: the words of the address; `choices`: what the values of some of them are called."""
    return [
        Chip(_told(name, value, choices), address(endpoint, box, _without(given, name)))
        for name, value in given.items()
    ]


def _without(given: Mapping[str, str], but: str) -> dict[str, str]:
    """Where no condition is left it says that all is wanted, and not what is seen first."""
    return {name: value for name, value in given.items() if name != but} or {"all": "1"}


def _told(name: str, value: str, choices: Choices) -> str:
    if name in choices:
        return choices[name].get(value, value)
    return WORDS[name].format(value)
