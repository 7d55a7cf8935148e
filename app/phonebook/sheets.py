"""Files of the book: the empty sheet of an import, the report of its rows, the book itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core import clock
from app.core.sheets import Sheet, as_xlsx
from app.messaging.types import OPERATORS, UNKNOWN_OPERATOR_LABEL
from app.phonebook.judging import TITLES
from app.phonebook.models import PhoneEntry, PhoneFinding
from app.phonebook.reading import NEEDED
from app.phonebook.types import KINDS, MOST_EXPORTED, SOURCES, STATES, VERIFICATIONS


@dataclass(frozen=True)
class Column:
    label: str
    kind: str = "text"


HELP = {
    "kind": f"填{'或'.join(KINDS.values())}",
    "name": "个人的姓名，或者用人单位、参保单位的名称",
    "phone": "11 位手机号。这一列请设为文本",
    "operator": "移动、联通、电信；不知道就不填，不要照号段猜",
    "area": "哪个区市的，照单位名称写；本区市只有一个的可以不填",
    "source": f"填{'、'.join(SOURCES.values())}",
    "collected_on": "写成 2026-09-30",
    "verification": f"填{'、'.join(VERIFICATIONS.values())}；不填就是未核实",
    "verified_on": "核实过的填",
    "group_name": "例如求职登记、重点企业",
}


def columns() -> list[tuple[str, str]]:
    """(title, what to write there), in the order of the sheet."""
    return [
        (title, f"{'必填' if field in NEEDED else '可以不填'}，{HELP[field]}")
        for field, title in TITLES.items()
    ]


def empty_sheet() -> bytes:
    titles = columns()
    notes = "从第 4 行起每行一个号码。" + "；".join(f"{name}：{words}" for name, words in titles)
    return as_xlsx(Sheet("通讯录", notes, [Column(title) for title, _ in titles], ()))


def report(found: Iterable[PhoneFinding]) -> bytes:
    """A line for each fault of a row that was not taken."""
    titles = [Column("行号", "num"), Column("列"), Column("原因")]
    rows = ([str(one.row), one.column_title, one.message] for one in found)
    notes = "行号是您上传的表格里的行号。没有列在这里的行都收进通讯录了。"
    return as_xlsx(Sheet("没有收进通讯录的行", notes, titles, rows))


def line_of(one: PhoneEntry, phone: str, area: str) -> list[str]:
    """An entry as a row of the book's file."""
    return [
        KINDS[one.kind],
        one.name,
        phone,
        OPERATORS[one.operator] if one.operator else UNKNOWN_OPERATOR_LABEL,
        area,
        SOURCES[one.source],
        one.collected_on.isoformat(),
        VERIFICATIONS[one.verification],
        one.verified_on.isoformat() if one.verified_on else "",
        one.group_name,
        STATES[one.state],
        one.state_reason,
    ]


def book_sheet(rows: Sequence[Sequence[str]], *, by: str, now: datetime) -> bytes:
    titles = [Column(title) for title in (*TITLES.values(), "状态", "状态的原因")]
    most = f"；一次最多 {MOST_EXPORTED} 个，请缩小范围" if len(rows) == MOST_EXPORTED else ""
    taken = clock.local(now).strftime("%Y-%m-%d %H:%M")
    notes = f"{by} {taken} 导出，共 {len(rows)} 个，手机号只有头三位和后四位{most}。"
    return as_xlsx(Sheet("通讯录", notes, titles, rows))
