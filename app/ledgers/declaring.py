"""Books that a process describes itself: the properties of its service task, read and judged.

A column says where its cell comes from: `document` is a field of the start form, `register.used_on`
one of the form at node `register`, `people.name` one of the list that is booked row by row, and
`register.signer` whoever completed that node, `register.outcome` what was decided there, and
`official_number` the 编号.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.ledgers.types import CATALOGUE, Column, Ledger
from app.processes import engine
from forms import Component

OPERATION = "ledgers.append"
MASKED, SEARCH = "masked", "search"
FLAGS = frozenset({MASKED, SEARCH})
SIGNER, OUTCOME = "signer", "outcome"
NUMBER, TAKING = "official_number", "numbers.take"
MOST_COLUMNS = 30
UNBOOKABLE = frozenset({"filepicker", "signature"})
NUMBERS = frozenset({"number", "datetime", "id_number", "phone"})
DESCRIBING = ("ledger_title", "ledger_help", "ledger_rows", "ledger_keepers")

HEAD = (
    Column("_serial", "序号", "num"),
    Column("_date", "日期", "num"),
    Column("_unit", "单位"),
)
TAIL = (
    Column("_row", "办件编号及行号", "ticket"),
    Column("_executor", "登记人"),
    Column("_at", "登记时间", "num"),
    Column("_remark", "备注"),
)


@dataclass(frozen=True)
class Place:
    """Where a value stands: the node whose form asks for it, the list it is in, the field.

    Without a field it is the name of whoever completed the node, the label of its outcome, or the
    编号 that the ticket was given.
    """

    node: str
    list_key: str = ""
    leaf: Component | None = None
    is_outcome: bool = False
    is_number: bool = False


@dataclass(frozen=True)
class Cell:
    """One column as the author wrote it: `key=label,flag,flag`."""

    key: str
    label: str
    flags: frozenset[str]
    place: Place | None

    @property
    def is_masked(self) -> bool:
        return MASKED in self.flags

    @property
    def column(self) -> Column:
        leaf = self.place.leaf if self.place else None
        return Column(self.key, self.label, "num" if leaf and leaf.type in NUMBERS else "text")


@dataclass(frozen=True)
class Description:
    """One book of a process, and the list whose every row is a row of it (`rows`), if any."""

    name: str
    title: str
    help: str
    keepers: frozenset[str]
    cells: tuple[Cell, ...]
    rows: str
    rows_place: Place | None

    @property
    def ledger(self) -> Ledger:
        return Ledger(
            self.name,
            self.title,
            self.help,
            (*HEAD, *(cell.column for cell in self.cells), *TAIL),
            search=("_unit", *(cell.key for cell in self.cells if SEARCH in cell.flags)),
            keepers=self.keepers,
        )


def descriptions(loaded: engine.Loaded) -> dict[str, Description]:
    """The books that a version describes, by name."""
    return {
        node.properties["ledger"]: _read(loaded, node)
        for node in engine.nodes_with(loaded, OPERATION)
        if "ledger_columns" in node.properties and "ledger" in node.properties
    }


def _read(loaded: engine.Loaded, node: engine.Node) -> Description:
    given = node.properties
    rows = given.get("ledger_rows", "")
    return Description(
        name=given["ledger"],
        title=given.get("ledger_title", ""),
        help=given.get("ledger_help", ""),
        keepers=frozenset(engine.split(given.get("ledger_keepers", ""))),
        cells=tuple(_cell(loaded, part) for part in engine.split(given["ledger_columns"])),
        rows=rows,
        rows_place=_locate(loaded, rows) if rows else None,
    )


def _cell(loaded: engine.Loaded, written: str) -> Cell:
    key, _, rest = written.partition("=")
    label, *flags = (part.strip() for part in rest.split(","))
    return Cell(key.strip(), label, frozenset(flags), _locate(loaded, key.strip()))


def _locate(loaded: engine.Loaded, path: str) -> Place | None:
    """None where no form of the process has such a field."""
    node, parts = loaded.start.id, path.split(".")
    if path == NUMBER and engine.nodes_with(loaded, TAKING):
        return Place(node, is_number=True)
    lists = {leaf.key for leaf in _leaves(loaded, node) if leaf.type == "dynamiclist"}
    known = loaded.definition.nodes.get(parts[0])
    if len(parts) > 1 and parts[0] not in lists and known is not None and known.kind == "user":
        node, *parts = parts
    found = {leaf.key: leaf for leaf in _leaves(loaded, node)}
    first = found.get(parts[0])
    if len(parts) == 1:
        if first is None and parts[0] in (SIGNER, OUTCOME) and node != loaded.start.id:
            return Place(node, is_outcome=parts[0] == OUTCOME)
        return Place(node, leaf=first) if first else None
    inner = {leaf.key: leaf for leaf in first.leaves} if first else {}
    return Place(node, parts[0], inner[parts[1]]) if parts[1] in inner else None


def _leaves(loaded: engine.Loaded, node: str) -> tuple[Component, ...]:
    form = loaded.form(node)
    return form.leaves if form else ()


def judge(loaded: engine.Loaded, nodes: Sequence[engine.Node]) -> list[engine.Finding]:
    """What keeps these service tasks from booking, with the remedy."""
    described = descriptions(loaded)
    found: list[engine.Finding] = []
    for node in nodes:
        found += [
            engine.Finding(node.id, "error", message, remedy)
            for message, remedy in _faults(loaded, node, described)
        ]
    twice = [node.properties["ledger"] for node in nodes if "ledger_columns" in node.properties]
    return found + [
        engine.Finding(loaded.key, "error", f"台账 {name} 描述了几次。", "请只留一处描述。")
        for name in sorted({name for name in twice if twice.count(name) > 1})
    ]


def _faults(
    loaded: engine.Loaded, node: engine.Node, described: dict[str, Description]
) -> Iterator[tuple[str, str]]:
    given = node.properties
    name = given.get("ledger", "")
    if not name:
        yield "没有属性 ledger。", f"请填写登记到哪本台账，如 {loaded.key}。"
    elif name in CATALOGUE:
        yield f"{name} 是系统自己的台账。", f"请另起一个代号，如 {loaded.key}。"
    elif name != loaded.key and not name.startswith(f"{loaded.key}-"):
        remedy = f"代号请写作 {loaded.key}，或以 {loaded.key}- 开头。"
        yield f"台账 {name} 不以流程的代号开头。", remedy
    elif name not in described:
        yield f"没有描述过名为 {name} 的台账。", "请填写 ledger_title 和 ledger_columns。"
    elif "ledger_columns" in given:
        yield from _description_faults(loaded, described[name])
    elif lone := [key for key in DESCRIBING if key in given]:
        yield f"{lone[0]} 要和 ledger_columns 写在同一个任务上。", "请移过去，或删去。"


def _description_faults(loaded: engine.Loaded, book: Description) -> Iterator[tuple[str, str]]:
    if not book.title:
        yield "没有属性 ledger_title。", "请填写台账的名称，如 用印登记台账。"
    if len(book.cells) > MOST_COLUMNS:
        yield f"台账有 {len(book.cells)} 栏。", f"请减到 {MOST_COLUMNS} 栏以内。"
    place = book.rows_place
    if book.rows and (place is None or place.leaf is None or place.leaf.type != "dynamiclist"):
        yield (
            f"{book.rows} 不是表单里逐行填写的表。",
            "请改为 dynamiclist 的 key，或删去 ledger_rows。",
        )
    for cell in book.cells:
        for message, remedy in _cell_faults(loaded, book, cell):
            yield f"台账栏目 {cell.key}：{message}", remedy


def _cell_faults(loaded: engine.Loaded, book: Description, cell: Cell) -> Iterator[tuple[str, str]]:
    place = cell.place
    leaf = place.leaf if place else None
    if not cell.label:
        yield "没有名称。", "请写作 栏目=名称。"
    if unknown := sorted(cell.flags - FLAGS):
        yield f"不认识的标记 {unknown[0]}。", f"可用的标记：{'、'.join(sorted(FLAGS))}。"
    if cell.flags >= FLAGS:
        yield "遮盖的内容查不到。", "请去掉 search 或 masked。"
    if place is None:
        fields = "、".join(leaf.key for leaf in _leaves(loaded, loaded.start.id))
        yield "表单里没有这一栏。", f"申请表的栏目有：{fields or '无'}；环节的栏目写作 环节.栏目。"
    elif place.list_key and not _is_within(place, book.rows_place):
        yield "在逐行填写的表里。", "请用 ledger_rows 指明这张表，一行登记一笔。"
    if leaf is None:
        return
    if leaf.type == "dynamiclist":
        yield "是逐行填写的表。", f"请写 ledger_rows={leaf.key}，并列出表里的栏目。"
    if leaf.type in UNBOOKABLE:
        yield "是文件或签名，不能登记。", "请删去这一栏；文件在办件里看。"
    if leaf.visible_to:
        yield "只给部分岗位看，不能登记到台账。", "请删去这一栏，或去掉 visible_to。"
    if leaf.sensitive and not cell.is_masked:
        yield "是敏感信息，只能遮盖后登记。", f"请写作 {cell.key}={cell.label},{MASKED}。"


def _is_within(place: Place, rows: Place | None) -> bool:
    return (
        rows is not None
        and rows.leaf is not None
        and (place.node, place.list_key) == (rows.node, rows.leaf.key)
    )
