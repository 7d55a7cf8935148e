"""The sheet of an import: a column for each field of an entry."""

from collections.abc import Iterator

from app.core import tables
from app.phonebook.judging import TITLES

ALIASES = {
    "姓名": "name",
    "单位名称": "name",
    "名称": "name",
    "手机": "phone",
    "手机号码": "phone",
    "联系电话": "phone",
    "移动电话": "phone",
    "地区": "area",
    "所属区市": "area",
    "区县": "area",
    "采集渠道": "source",
    "采集时间": "collected_on",
    "收集日期": "collected_on",
    "标签": "group_name",
}
NEEDED = ("kind", "name", "phone", "source", "collected_on")
LAYOUT = tables.Layout(
    labels=TITLES, heads=("phone",), needed=NEEDED, aliases=ALIASES, things="号码"
)


def lines_of(data: bytes, media_type: str) -> Iterator[tables.Line]:
    """Raises: SheetRefused, where the file as a whole cannot be read."""
    return tables.lines_of(data, media_type, LAYOUT)
