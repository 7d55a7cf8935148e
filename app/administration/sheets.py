"""Which columns a sheet of people has."""

from collections.abc import Iterator

from app.administration.judging import LABELS, PEOPLE
from app.core import tables

PEOPLE_SHEET = tables.Layout(
    labels={field: LABELS[field] for field in PEOPLE},
    heads=("name", "username"),
    needed=("name", "unit", "username"),
    aliases=dict.fromkeys(("手机", "手机号", "手机号码", "联系电话"), "phone"),
)


def lines_of(data: bytes, media_type: str) -> Iterator[tables.Line]:
    """Raises: SheetRefused, where the file as a whole cannot be read."""
    return tables.lines_of(data, media_type, PEOPLE_SHEET)
