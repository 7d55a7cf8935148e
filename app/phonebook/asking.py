"""What a page or a program narrows the book to, from the words of its address."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from app.messaging.types import UNKNOWN_OPERATOR, Operator
from app.phonebook.types import Chosen, Kind, Source, State, Verification

E = TypeVar("E", bound=StrEnum)
VERIFIED = "verified"  # in whatever way
OPERATORS_ASKED = frozenset({*(one.value for one in Operator), UNKNOWN_OPERATOR})
LONGEST = 100
WORDS = ("kind", "source", "operator", "verification", "state", "group", "name")


def chosen_of(given: Mapping[str, str]) -> Chosen:
    """A word that is no choice narrows nothing."""
    told = {name: given.get(name, "").replace("\0", "").strip()[:LONGEST] for name in WORDS}
    return Chosen(
        kind=_one(Kind, told["kind"]),
        source=_one(Source, told["source"]),
        operator=told["operator"] if told["operator"] in OPERATORS_ASKED else "",
        state=_one(State, told["state"]),
        verification=_one(Verification, told["verification"]),
        is_verified=told["verification"] == VERIFIED,
        group=told["group"],
        name=told["name"],
    )


def words_of(chosen: Chosen) -> dict[str, str]:
    """The address of what was chosen."""
    how = chosen.verification.value if chosen.verification else ""
    found = {
        "kind": chosen.kind.value if chosen.kind else "",
        "source": chosen.source.value if chosen.source else "",
        "operator": chosen.operator,
        "verification": VERIFIED if chosen.is_verified else how,
        "state": chosen.state.value if chosen.state else "",
        "group": chosen.group,
        "name": chosen.name,
    }
    return {name: word for name, word in found.items() if word}


def _one(kind: type[E], word: str) -> E | None:
    return kind(word) if word in set(kind) else None
