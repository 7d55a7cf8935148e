"""Files of lists: the empty sheet with the columns a template wants, and the report of its rows."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.sheets import Sheet, as_xlsx
from app.messaging.audience import reading
from app.messaging.audience.types import Wanted
from app.messaging.types import OPERATORS
from app.recipients.models import ListFinding


@dataclass(frozen=True)
class Column:
    label: str
    kind: str = "text"


def columns(wanted: Wanted) -> list[tuple[str, str]]:
    """(title, what to write there), in the order of the sheet."""
    found = [(reading.PHONE, "必填，11 位手机号")]
    if wanted.needs_area:
        found.append((reading.AREA, "必填，这个人是哪个区市的，照单位名称写，例如荣成市"))
    if wanted.asks_operator:
        found.append((reading.OPERATOR, _told_of_operator(wanted)))
    for one in wanted.variables:
        told = "必填" if one.name in wanted.shared else "这个运营商的正文里有这一项的必填"
        found.append((one.name, f"{told}，最长 {one.longest} 字；例如：{one.example}"))
    return found


def _told_of_operator(wanted: Wanted) -> str:
    """Texts differ by operator, or one has none on file."""
    unserved = [label for one, label in OPERATORS.items() if one not in wanted.versions]
    told = "移动、联通或者电信；" + ("不知道的空着" if None in wanted.versions else "必填")
    told += "，不要照号段猜，号码可能携号转网"
    return told + (f"；{'、'.join(unserved)}没有备案，不能发" if unserved else "")


def empty_sheet(wanted: Wanted) -> bytes:
    titles = columns(wanted)
    notes = "从第 4 行起每行一个收信人。" + "；".join(f"{name}：{words}" for name, words in titles)
    return as_xlsx(Sheet("收信名单", notes, [Column(title) for title, _ in titles], ()))


def report(found: Iterable[ListFinding], number: str, *, is_from_book: bool) -> bytes:
    """A line for each row that is not on the list: where, and why."""
    titles = [Column("编号" if is_from_book else "行号", "num"), Column("列"), Column("原因")]
    rows = ([str(one.row), one.column_title, one.message] for one in found)
    of_sheet = "行号是您上传的表格里的行号"
    where = "编号是通讯录里那一条的编号，在它的网址里" if is_from_book else of_sheet
    notes = f"{where}。没有列在这里的都在名单里。"
    return as_xlsx(Sheet(f"名单 {number} 没有采用的行", notes, titles, rows))
