"""Words of 附件1: one row, what is known of the person in it, what the office has now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.access.types import AccountKind, Known, RowKind, clean_id_number, person_ref
from app.core.errors import Conflict
from app.identity.types import Position, UnitKind

ROLES = (AccountKind.ACCOUNT_ADMIN, AccountKind.PERMISSION_ADMIN)
ELIGIBLE = frozenset({UnitKind.INFO_CENTER, UnitKind.AGENCY})
# What a permission admin holds in each subsystem that he gives permissions in.
ADMIN_POST = AccountKind.PERMISSION_ADMIN.value
PAIR = 2


class Level(StrEnum):
    """Whose administrators a form is about: it decides the road (E23A §11)."""

    PREFECTURE = "prefecture"
    COUNTY = "county"


@dataclass(frozen=True)
class AdminRow:
    """One person's line of 附件1. `unit` is a unit's code, given by the bootstrap only."""

    no: int
    kind: RowKind
    name: str
    id_number: str
    phone: str
    post: str
    requirement: str
    person_ref: bytes
    subsystems: tuple[str, ...] = ()
    unit: str = ""

    @property
    def role(self) -> AccountKind:
        return AccountKind(self.post)

    @property
    def keeps_account(self) -> bool:
        return self.kind is not RowKind.CLOSE


@dataclass(frozen=True)
class Worker:
    """What identity knows of somebody; the id is None for who is not on record."""

    id: int | None = None
    unit_id: int | None = None
    unit_name: str = ""
    unit_kind: UnitKind | None = None
    division_id: int | None = None
    positions: frozenset[Position] = frozenset()


@dataclass(frozen=True)
class Place:
    """Where a form comes from: its unit, and its 州 or 县市."""

    unit_id: int
    unit_kind: UnitKind
    division_id: int
    division_name: str


@dataclass(frozen=True)
class Home:
    """A unit that a row of the bootstrap names; `begun` are the roles its level has already."""

    unit_id: int
    kind: UnitKind
    division_id: int
    division_name: str
    begun: frozenset[AccountKind] = frozenset()


@dataclass(frozen=True)
class Facts:
    """All that the rules ask about the people of one form.

    `pending` names for a person another form that is underway, `handed_over` who has finished his
    handover, `admins` who is an account admin of the 州 or 县市 now.
    """

    place: Place
    people: Mapping[bytes, Known]
    workers: Mapping[bytes, Worker]
    pending: Mapping[bytes, str] = field(default_factory=dict)
    handed_over: frozenset[bytes] = frozenset()
    admins: frozenset[bytes] = frozenset()

    def known(self, row: AdminRow) -> Known:
        return self.people.get(row.person_ref, Known())

    def worker(self, row: AdminRow) -> Worker:
        return self.workers.get(row.person_ref, Worker())


@dataclass(frozen=True)
class AdminProblem:
    """Why a row may not stand, at which field of it, and how to mend it."""

    row: AdminRow
    field: str
    code: str
    message: str


class SignerOnForm(Conflict):
    """R6-R8, R10: somebody who decided of it stands on the form."""

    code = "acts_on_self"

    def __init__(self, row: AdminRow) -> None:
        super().__init__(
            f"第{row.no}行{row.name}本人参与了这份申请的签批或办理，不能生效。"
            "请退回，由AB角的另一位或者上一级领导重新办理。",
            row=row.no,
        )


def read_admin_rows(answers: Mapping[str, Any]) -> tuple[AdminRow, ...]:
    """The rows that say who and what; others are left to the form's own rules."""
    return tuple(_read(answers))


def _read(answers: Mapping[str, Any]) -> Iterator[AdminRow]:
    people = answers.get("people")
    for no, raw in enumerate(people if isinstance(people, list) else [], start=1):
        if not isinstance(raw, Mapping):
            continue
        kind, post = raw.get("kind", RowKind.ADD.value), raw.get("post")
        number = clean_id_number(_text(raw, "id_number"))
        if number and kind in set(RowKind) and post in ROLES:
            given = raw.get("subsystems")
            yield AdminRow(
                no=no,
                kind=RowKind(kind),
                name=_text(raw, "name"),
                id_number=number,
                phone=_text(raw, "phone"),
                post=str(post),
                requirement=_text(raw, "requirement"),
                person_ref=person_ref(number),
                subsystems=tuple(given) if isinstance(given, list) else (),
                unit=_text(raw, "unit"),
            )


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    return value.strip() if isinstance(value, str) else ""
