"""The books that exist, what a row is made of, and what a screen shows of it."""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.core.errors import Conflict, Forbidden, Malformed, NotFound

DECEMBER = 12
PERIOD = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")

NAME = "name"  # of the values of a row: the person's
# What was imported from paper has this and the number of the import in place of a form's number.
OLD_BOOKS = "旧台账-"


@dataclass(frozen=True)
class Column:
    """`kind` tells a page how to set the cell: text, num or ticket (leads to the ticket)."""

    key: str
    label: str
    kind: str = "text"


@dataclass(frozen=True)
class Ledger:
    """One book. Its columns are filled from a row's values or from the row itself (`_…`).

    `search` are the values that the search box looks into, `keepers` the positions that read the
    rows of their whole 州 or 县市; everybody else reads the own unit's.
    """

    name: str
    title: str
    help: str
    columns: tuple[Column, ...]
    search: tuple[str, ...] = ("name", "unit")
    keepers: frozenset[str] = frozenset()

    @property
    def searched(self) -> str:
        """What the search box looks into, in words."""
        labels = [column.label for column in self.columns if column.key in self.search]
        return f"{'、'.join(labels)}或编号"

    @property
    def texts(self) -> tuple[str, ...]:
        """What of it is no name: names are found by a sign and whole, texts by two signs."""
        return tuple(key for key in self.search if key != NAME)


@dataclass(frozen=True, order=True)
class Period:
    """A month of the office's calendar; an address says `2026-09`."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Raises: Malformed."""
        found = PERIOD.fullmatch(text)
        if found is None or int(found[1]) < date.min.year:
            raise Malformed("月份要写成 2026-09 的样子。")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> "Period":
        return cls(day.year, day.month)

    @property
    def since(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def until(self) -> date:
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    @property
    def next(self) -> "Period":
        return Period.of(self.until + timedelta(days=1))

    @property
    def label(self) -> str:
        return f"{self.year}年{self.month}月"

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"


@dataclass(frozen=True)
class Stand:
    """What a month of one book holds: how many rows, and from which serial to which."""

    rows_count: int
    first_serial: int
    last_serial: int

    @property
    def in_words(self) -> str:
        if not self.rows_count:
            return "没有一行"
        return f"共 {self.rows_count} 行，序号 {self.first_serial} 至 {self.last_serial}"


@dataclass(frozen=True)
class Entry:
    """What a room above asks to book. `source` names the approved row: it is booked once.

    `corrects` is the source of an earlier row that this one makes void, `account_id` the managed
    account that the row speaks of, if it speaks of one.
    """

    ledger: str
    source: str
    ticket: str
    row_no: int
    values: Mapping[str, str]
    corrects: str | None = None
    account_id: int | None = None


@dataclass(frozen=True)
class Line:
    """One row as lists show it: a text for each column of its ledger."""

    serial: int
    year: int
    unit_code: str
    unit_name: str
    ticket: str
    row_no: int
    at: str
    cells: tuple[str, ...]
    values: Mapping[str, str]
    void: bool

    @property
    def has_ticket(self) -> bool:
        return bool(self.ticket) and not self.ticket.startswith(OLD_BOOKS)


@dataclass(frozen=True)
class Offer:
    """One book in the list of those an actor may open, with the rows within reach."""

    name: str
    title: str
    help: str
    rows_count: int


class LedgerNotFound(NotFound):
    code = "ledger_not_found"
    message = "没有这本台账，或者不在您的查看范围内。"


class TooManyRows(Conflict):
    code = "too_many_rows"

    def __init__(self, count: int, limit: int) -> None:
        super().__init__(
            f"一次最多导出 {limit} 行，现在选中的有 {count} 行。"
            "请用姓名、单位、编号或起止日期缩小范围，分几次导出。",
            rows=count,
            limit=limit,
        )


@dataclass(frozen=True)
class Export:
    """A finished file, as it was recorded."""

    name: str
    data: bytes
    rows_count: int
    sha256: str


class NotKeeper(Forbidden):
    code = "not_keeper"
    message = "封存由记这本台账的岗位提出，您的岗位不能提出。"


class SecondPerson(Forbidden):
    """Who proposed may not confirm, nor may somebody who neither keeps the book nor leads there."""

    code = "second_person"


class MonthRunning(Conflict):
    code = "month_running"

    def __init__(self, period: Period) -> None:
        begins = period.next.since
        super().__init__(
            f"{period.label}还没有过完，{begins.month}月{begins.day}日起才能封存。",
            month=str(period),
        )


class NoSuchMonth(NotFound):
    code = "no_such_month"
    message = "那时还没有这本台账，没有可以封存的月份。请从台账页上选一个月。"


class MonthFrozen(Conflict):
    code = "month_frozen"


class MonthProposed(Conflict):
    code = "month_proposed"


class NotProposed(Conflict):
    code = "not_proposed"
    message = "这个月还没有人提出封存。请先由记台账的人提出，再由另一个人确认。"


class NotFrozen(NotFound):
    code = "not_frozen"
    message = "这个月还没有封存，没有封存件可以下载。"


class RowsChanged(Conflict):
    """Other rows than the page showed; the acting person has to look again."""

    code = "rows_changed"

    def __init__(self, period: Period, now: Stand) -> None:
        super().__init__(
            f"{period.label}的行数和您看到的不一样了，现在{now.in_words}。请核对这些行；提出以后又记了行的，要重新提出封存。",
            rows=now.rows_count,
            last_serial=now.last_serial,
        )


class SealBroken(Conflict):
    code = "seal_broken"
    message = "封存件和封存时的校验码不一致，不能下载。请告诉系统管理员，从备份里找回原件。"


class LedgerTaken(Conflict):
    code = "ledger_taken"

    def __init__(self, name: str, process: str) -> None:
        super().__init__(
            f"台账 {name} 已经由流程 {process} 使用。请在流程图里换一个台账代号再发布。",
            ledger=name,
            process=process,
        )


_KEEPERS = frozenset({"account_admin", "permission_admin"})
_HEAD = (
    Column("_serial", "序号", "num"),
    Column("_date", "日期", "num"),
    Column("unit", "单位"),
    Column("name", "姓名"),
    Column("id_number", "身份证号", "num"),
)
_TAIL = (
    Column("_row", "申请表编号及行号", "ticket"),
    Column("executor", "执行人"),
    Column("_at", "执行时间", "num"),
)

ACCOUNTS = Ledger(
    "accounts",
    "账户管理台账",
    "账户的创建、变更、更正、撤销、停用和恢复，一行一笔。",
    (
        *_HEAD,
        Column("phone", "联系方式", "num"),
        Column("account_kind", "账户类型"),
        Column("act", "操作"),
        Column("reason", "原因"),
        *_TAIL,
        Column("remark", "备注"),
    ),
    keepers=_KEEPERS,
)
GRANTS = Ledger(
    "grants",
    "权限管理台账",
    "权限的授予、变更和收回，一行一笔。",
    (
        *_HEAD,
        Column("subsystem", "子系统"),
        Column("post", "岗位角色"),
        Column("change", "权限项（增/减）"),
        Column("before", "变更前"),
        Column("after", "变更后"),
        Column("reason", "原因"),
        *_TAIL,
    ),
    keepers=_KEEPERS,
)
# The books of the house; those that processes describe stand in the database.
CATALOGUE: Mapping[str, Ledger] = {ledger.name: ledger for ledger in (ACCOUNTS, GRANTS)}
