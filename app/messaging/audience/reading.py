"""The sheet of a list: telephone, area, and a column for each blank of the template."""

from collections.abc import Iterator, Sequence

from app.core import tables
from app.messaging.text.types import Variable

PHONE, AREA = "手机号", "区市"
PHONE_ALIASES = ("手机", "手机号码", "联系电话", "电话", "移动电话")
AREA_ALIASES = ("所属区市", "地区", "区县", "县市")
BLANK = "blank:"  # fields of blanks, so that none is taken for phone or area


def field_of(name: str) -> str:
    return f"{BLANK}{name}"


def layout(variables: Sequence[Variable], *, needs_area: bool) -> tables.Layout:
    """Columns that are not asked for are refused: a list holds no more than the message needs."""
    blanks = {field_of(one.name): one.name for one in variables}
    aliases = dict.fromkeys(PHONE_ALIASES, "phone") | dict.fromkeys(AREA_ALIASES, "area")
    needed = ["phone", *blanks, *(["area"] if needs_area else [])]
    return tables.Layout(
        labels={"phone": PHONE, "area": AREA} | blanks,
        heads=("phone",),
        needed=needed,
        aliases={title: field for title, field in aliases.items() if title not in blanks.values()},
        things="收信人",
    )


def lines_of(
    data: bytes, media_type: str, variables: Sequence[Variable], *, needs_area: bool
) -> Iterator[tables.Line]:
    """Raises: SheetRefused, where the file as a whole cannot be read."""
    return tables.lines_of(data, media_type, layout(variables, needs_area=needs_area))
