"""The books that exist, what a row is made of, and what a screen shows of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.errors import Conflict, NotFound

NAME = "name"  # of the values of a row: the person's


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


@dataclass(frozen=True)
class Entry:
    """What a room above asks to book. `source` names the approved row: it is booked once.

    `corrects` is the source of an earlier row that this one makes void.
    """

    ledger: str
    source: str
    ticket: str
    row_no: int
    values: Mapping[str, str]
    corrects: str | None = None


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
