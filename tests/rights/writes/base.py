"""What a row of the table is: who sends what, and which bad input fits it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.demo import people as invented
from tests.rights.counties import LAIFENG
from tests.support.office import Office

WORDS = "写了很久的话"


class Case(StrEnum):
    DOUBLE = "double click"
    STALE = "stale page"
    SECOND = "second person"
    STRANGER = "stranger from another county"
    LOGGED_OUT = "cookie after logout"
    DISABLED = "disabled person with an open page"
    OVERNIGHT = "page kept open overnight"
    NO_TOKEN = "form without token, cookie on REST"
    TYPE = "wrong content type"
    SIZE = "5 MB"
    LIST = "list where a text belongs"
    UNKNOWN = "unknown field"
    READ_ONLY = "read-only field"
    MONTH = "month 13"
    ROWS = "rows over the most"


Values = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One request: what stands in the address, and the body or the fields."""

    values: Values = field(default_factory=dict)
    sent: Values = field(default_factory=dict)
    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)


Prepare = Callable[[Office], Asked]


@dataclass(frozen=True)
class Write:
    """`again`: what a second click answers, `same` or a refusal; `answers`: where they stand;
    `seen`: the number by which a page that is old is known.
    """

    by: str
    prepare: Prepare
    why: Mapping[Case, str]
    second: str = ""
    again: str = "refused"
    answers: str | None = None  # "" for fields of a page, the name of a member over REST
    stranger: str = LAIFENG.holders[0]
    seen: str = "version"


def plain(**sent: Any) -> Prepare:
    return lambda _office: Asked({}, sent)


def because(reason: str, *cases: Case) -> dict[Case, str]:
    return dict.fromkeys(cases, reason)


def fields(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as the form's page sends them."""
    found = {key: value for key, value in answers.items() if key != "people"}
    for n, row in enumerate(answers["people"]):
        found |= {f"people-{n}-{key}": value for key, value in row.items()}
    return found


def too_many(most: int = 60) -> list[dict[str, str]]:
    """Sixty rows more than the form allows."""
    return [invented.row(n, post="review") for n in range(3000, 3000 + 2 * most)]
