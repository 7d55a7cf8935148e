"""What is asked for, and what the screens show of it: nothing sealed, numbers masked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from app.access.types import KIND_LABELS, AccountKind, AccountState
from app.core.errors import Conflict, Malformed, NotFound
from app.core.paging import Page

STATE_LABELS: Mapping[AccountState, str] = {
    AccountState.ACTIVE: "在用",
    AccountState.SUSPENDED: "已停用",
    AccountState.CLOSED: "已注销",
}
CATEGORY = "账户与权限"  # of the processes whose open requests are counted
ID_LIKE = re.compile(r"\d{15}")


class Lamp(StrEnum):
    """As the pages colour it (R5)."""

    GREEN = "ok"
    YELLOW = "soon"
    RED = "late"


@dataclass(frozen=True)
class Light:
    lamp: Lamp
    words: str


@dataclass(frozen=True)
class Filters:
    """`q` is part of a name, `unit` a code and takes its subtree, `subsystem` and `post` are codes
    of the region's lists, held now.
    """

    q: str = ""
    unit: str = ""
    subsystem: str = ""
    post: str = ""
    state: AccountState | None = None
    kind: AccountKind | None = None

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> "Filters":
        """From the words of an address. Raises: Malformed."""
        plain = {name: given.get(name, "").strip() for name in ("q", "unit", "subsystem", "post")}
        if ID_LIKE.search(re.sub(r"[\s-]", "", plain["q"])):
            raise Malformed("身份证号不能放在网址里，请填在“按身份证号查”那一栏。")
        try:
            state = AccountState(given["state"]) if given.get("state") else None
            kind = AccountKind(given["kind"]) if given.get("kind") else None
        except ValueError as error:
            raise Malformed("没有这样的账户状态或账户类型，请从列出的里面选。") from error
        return cls(**plain, state=state, kind=kind)

    @property
    def given(self) -> dict[str, str]:
        """As an address says it, for the next page."""
        named: dict[str, Any] = dict(vars(self))
        return {name: str(value) for name, value in named.items() if value}

    def as_facts(self) -> dict[str, str]:
        """For the audit trail. What was searched may be a name: only that there was something."""
        found = {name: value for name, value in self.given.items() if name != "q"}
        return found | ({"searched": "是"} if self.q else {})

    def in_words(self, labels: Mapping[str, str]) -> str:
        """What was chosen, for the head of a file; `labels` name subsystems and posts."""
        words = [
            f"含“{self.q}”" if self.q else "",
            f"单位 {self.unit}" if self.unit else "",
            labels.get(self.subsystem, self.subsystem),
            labels.get(self.post, self.post),
            STATE_LABELS[self.state] if self.state else "",
            KIND_LABELS[self.kind] if self.kind else "",
        ]
        return "，".join(filter(None, words)) or "全部"


@dataclass(frozen=True)
class Given:
    """One post that is, or was, given."""

    subsystem: str
    subsystem_label: str
    post: str
    post_label: str
    since: datetime
    ticket: str
    row_no: int
    until: datetime | None = None
    taken_by: str = ""  # the ticket that took it away


@dataclass(frozen=True)
class Holding:
    """One account with what it holds now. `ticket` touched it last."""

    id: int
    name: str
    id_number: str
    phone: str
    unit_code: str
    unit_name: str
    kind: AccountKind
    state: AccountState
    opened_at: datetime
    closed_at: datetime | None
    ticket: str
    row_no: int
    at: datetime
    grants: tuple[Given, ...] = ()

    @property
    def kind_label(self) -> str:
        return KIND_LABELS[self.kind]

    @property
    def state_label(self) -> str:
        return STATE_LABELS[self.state]

    @property
    def posts(self) -> list[tuple[str, str]]:
        """Each subsystem with its posts, as a list shows them."""
        found: dict[str, list[str]] = {}
        for one in self.grants:
            found.setdefault(one.subsystem_label, []).append(one.post_label)
        return [(subsystem, "、".join(posts)) for subsystem, posts in found.items()]


@dataclass(frozen=True)
class Administrator:
    """Who is 账户管理员 or 权限管理员 of a unit now; `account_id`: his account as that, if any."""

    person_id: int
    name: str
    unit_code: str
    unit_name: str
    division_id: int
    kind: AccountKind
    since: datetime
    account_id: int | None
    subsystems: frozenset[str] = frozenset()  # those he serves; none named: all

    @property
    def kind_label(self) -> str:
        return KIND_LABELS[self.kind]


@dataclass(frozen=True)
class Booked:
    """One row of a book as the history of a person shows it."""

    id: int
    book: str
    title: str
    serial: int
    year: int
    at: datetime
    act: str
    detail: str
    executor: str
    ticket: str
    row_no: int
    is_void: bool


@dataclass(frozen=True)
class Asked:
    """A ticket that names the person."""

    number: str
    title: str
    state: str
    state_label: str
    at: datetime


@dataclass(frozen=True)
class Waiting:
    """A task in the person's hands."""

    number: str
    title: str
    node: str
    since: datetime
    due_at: datetime | None


@dataclass(frozen=True)
class Portrait:
    """Everything a person page shows. Whoever only administers may have no account."""

    name: str
    id_number: str
    phone: str
    unit_code: str
    unit_name: str
    account: Holding | None
    roles: tuple[Administrator, ...]
    former: tuple[Given, ...]
    history: Page[Booked]
    tickets: tuple[Asked, ...]
    waiting: tuple[Waiting, ...]
    # As the managed system told last; None where it never did.
    login_on: date | None = None
    act_on: date | None = None
    pushes: Sequence[Any] = ()  # `app.managed` hangs them here


@dataclass(frozen=True)
class Counts:
    """Of a unit with those below it. Requests are those that are not over."""

    active: int = 0
    suspended: int = 0
    closed: int = 0
    grants: int = 0
    requests: int = 0


@dataclass(frozen=True)
class County:
    """One 州 or 县市: its lights, its figures."""

    code: str
    name: str
    account_admins: tuple[Administrator, ...]
    permission_admins: tuple[Administrator, ...]
    pair: Light
    permissions: Light
    unserved: tuple[str, ...]  # labels of subsystems without a permission administrator
    counts: Counts


@dataclass(frozen=True)
class UnitView:
    """One unit: who administers it, what it holds, what lies below."""

    code: str
    name: str
    county: County
    is_served_from_above: bool  # a township or an office: its county administers
    counts: Counts
    below: tuple[tuple[str, str, Counts], ...]


@dataclass(frozen=True)
class Export:
    """A finished file, as it was recorded."""

    name: str
    data: bytes
    media: str
    rows_count: int
    sha256: str


class AccountNotFound(NotFound):
    code = "account_not_found"
    message = "没有这个账户，或者不在您的查看范围内。"


class NobodyFound(NotFound):
    code = "nobody_found"
    message = "这个身份证号没有账户，也不是管理员，或者不在您的查看范围内。请核对号码。"


class TooManyAccounts(Conflict):
    code = "too_many_rows"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"一次最多导出 {limit} 个账户，现在选中的更多。"
            "请按单位、子系统或状态缩小范围，分几次导出。",
            limit=limit,
        )
