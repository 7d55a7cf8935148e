"""The sheet of a list: telephone, area, and a column for each blank of the template."""

from collections.abc import Iterator

from app.core import tables
from app.messaging.audience.types import Wanted

PHONE, AREA, OPERATOR = "手机号", "区市", "运营商"
PHONE_ALIASES = ("手机", "手机号码", "联系电话", "电话", "移动电话")
AREA_ALIASES = ("所属区市", "地区", "区县", "县市")
BLANK = "blank:"  # fields of blanks, so that none is taken for phone or area


def field_of(name: str) -> str:
    return f"{BLANK}{name}"


def layout(wanted: Wanted) -> tables.Layout:
    """Columns that are not asked for are refused: a list holds no more than the message needs.

    A blank that only some versions have may be left out: rows that need it say so.
    """
    blanks = {field_of(one.name): one.name for one in wanted.variables}
    aliases = dict.fromkeys(PHONE_ALIASES, "phone") | dict.fromkeys(AREA_ALIASES, "area")
    needed = ["phone", *(["area"] if wanted.needs_area else [])]
    needed += [field_of(one.name) for one in wanted.variables if one.name in wanted.shared]
    return tables.Layout(
        labels={"phone": PHONE, "area": AREA, "operator": OPERATOR} | blanks,
        heads=("phone",),
        needed=needed,
        aliases={title: field for title, field in aliases.items() if title not in blanks.values()},
        things="收信人",
    )


def lines_of(data: bytes, media_type: str, wanted: Wanted) -> Iterator[tables.Line]:
    """Raises: SheetRefused, where the file as a whole cannot be read."""
    return tables.lines_of(data, media_type, layout(wanted))
