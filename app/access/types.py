"""Words of the room: kinds and states, one row of 附件2, what stands against it."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from app.core import crypto
from app.core.errors import Conflict


class AccountKind(StrEnum):
    OPERATOR = "operator"
    ACCOUNT_ADMIN = "account_admin"
    PERMISSION_ADMIN = "permission_admin"


KIND_LABELS = {
    AccountKind.OPERATOR: "操作员",
    AccountKind.ACCOUNT_ADMIN: "账户管理员",
    AccountKind.PERMISSION_ADMIN: "权限管理员",
}


class AccountState(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class GrantState(StrEnum):
    ACTIVE = "active"
    REVOKED = "revoked"


class RowKind(StrEnum):
    ADD = "add"
    CHANGE = "change"
    CLOSE = "close"


ROW_LABELS = {RowKind.ADD: "新增", RowKind.CHANGE: "修改", RowKind.CLOSE: "注销"}


@dataclass(frozen=True)
class FormRow:
    """One person's line of the form. `no` counts from 1, `person_ref` is the blind index."""

    no: int
    kind: RowKind
    name: str
    id_number: str
    phone: str
    post: str
    requirement: str
    person_ref: bytes

    @property
    def keeps_account(self) -> bool:
        return self.kind is not RowKind.CLOSE


class Post(NamedTuple):
    subsystem: str
    post: str


@dataclass(frozen=True)
class Known:
    """What the platform knows of a person; the state is None without an account.

    `name` is the account's, `person_name` that of the office's own people (identity).
    """

    state: AccountState | None = None
    kind: AccountKind | None = None
    name: str = ""
    unit_name: str = ""
    unit_path: str = ""
    division_id: int | None = None
    opened_ticket: str = ""
    person_name: str = ""
    posts: frozenset[Post] = field(default_factory=frozenset)
    admin_position: str | None = None

    @property
    def is_open(self) -> bool:
        return self.state in (AccountState.ACTIVE, AccountState.SUSPENDED)

    def registered_name(self, ticket: str | None) -> str:
        """The name a form must give; empty if any will do.

        What `ticket` itself opened is no authority: its applicant may have mistyped the name.
        """
        account_name = "" if ticket and self.opened_ticket == ticket else self.name
        if self.is_open and account_name:
            return account_name
        return self.person_name or account_name


@dataclass(frozen=True)
class Ground:
    """Whose open accounts a unit may name in its forms: those of its 州 or 县市 below `path`."""

    division_id: int
    path: str

    def holds(self, known: Known) -> bool:
        return known.division_id == self.division_id and known.unit_path.startswith(self.path)


@dataclass(frozen=True)
class Problem:
    """Why a row may not stand, at which field, and how to mend it."""

    row: FormRow
    field: str
    code: str
    message: str


@dataclass(frozen=True)
class AccountActed:
    """One row that took effect: what became of whose account, or of which permission."""

    kind: str
    account_id: int
    row_no: int
    subsystem: str
    post: str


@dataclass(frozen=True)
class AccountsActed:
    """News: what a form did to accounts and permissions, in its order."""

    ticket: str
    submission: int
    acts: tuple[AccountActed, ...]
    at: datetime


class RowRefused(Conflict):
    """Found at execution: things have changed since the form was submitted."""

    code = "row_refused"

    def __init__(self, problems: Sequence[Problem]) -> None:
        lines = "；".join(
            f"第{found.row.no}行{found.row.name}：{found.message}" for found in problems
        )
        super().__init__(
            f"{lines}。这份申请现在不能办理，请退回申请人修改。",
            rows=[{"row": found.row.no, "code": found.code} for found in problems],
        )


class ActsOnSelf(Conflict):
    """R6, R7: nobody carries out a row that concerns himself."""

    code = "acts_on_self"

    def __init__(self, row: FormRow) -> None:
        super().__init__(
            f"第{row.no}行是您本人，不能由您办理。请转给另一位管理员（AB角）办理，或者退回。",
            row=row.no,
        )


class AccountNotThere(Conflict):
    code = "no_account"
    message = "这个人现在没有可以停用的账户，可能刚刚注销。请核对以后再办。"


class AlreadySuspended(Conflict):
    code = "already_suspended"
    message = "这个账户已经停用，不用再停。"


class NotSuspended(Conflict):
    code = "not_suspended"
    message = "这个账户现在没有停用，可能已经解除。"


class NotYetAuthorised(Conflict):
    """Permissions wait for the account, closing waits for the account admin's word."""

    code = "account_first"

    def __init__(self, row: FormRow) -> None:
        super().__init__(
            f"第{row.no}行{row.name}的账户环节还没有办理，请先退回账户管理员办理。", row=row.no
        )


class RefusalProblem(NamedTuple):
    """What is wrong with the rows that were left aside."""

    code: str
    message: str


REFUSED = re.compile(r"第\s*([0-9]{1,3})\s*行\s*未办理")


def read_refused(answers: Mapping[str, Any]) -> list[int]:
    """The rows that an executor's words leave aside: “第5行未办理：资料不齐”, in their order.

    Words and not fields of their own: they are what the paper form has room for, and who answers
    the form without a thought for them refuses nothing.
    """
    result = answers.get("result")
    text = unicodedata.normalize("NFKC", result) if isinstance(result, str) else ""
    return [int(no) for no in REFUSED.findall(text)]


def refused_numbers(results: Iterable[Mapping[str, Any]]) -> frozenset[int]:
    return frozenset(no for answers in results for no in read_refused(answers))


def person_ref(id_number: str) -> bytes:
    """The person behind an ID number, found without storing it. Same index as identity's."""
    return crypto.blind_index("id_number", id_number)


def clean_id_number(raw: str) -> str:
    return re.sub(r"[\s-]+", "", unicodedata.normalize("NFKC", raw)).lstrip("'").upper()


def read_rows(answers: Mapping[str, Any]) -> tuple[FormRow, ...]:
    """The rows that say who and what. Others are left to the form's own rules, not judged here."""
    return tuple(_read(answers))


def _read(answers: Mapping[str, Any]) -> Iterator[FormRow]:
    people = answers.get("people")
    for no, raw in enumerate(people if isinstance(people, list) else [], start=1):
        if not isinstance(raw, Mapping):
            continue
        kind = raw.get("kind")
        number = clean_id_number(_text(raw, "id_number"))
        if number and isinstance(kind, str) and kind in set(RowKind):
            yield FormRow(
                no=no,
                kind=RowKind(kind),
                name=_text(raw, "name"),
                id_number=number,
                phone=_text(raw, "phone"),
                post=_text(raw, "post"),
                requirement=_text(raw, "requirement"),
                person_ref=person_ref(number),
            )


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    return value.strip() if isinstance(value, str) else ""
