"""Paging by key: a page is found by the last row of the one before, never by counting rows."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import Session

from app.core.errors import Malformed

R = TypeVar("R")
T = TypeVar("T")
MAX_CURSOR = 1_000


@dataclass(frozen=True)
class Page(Generic[T]):
    items: tuple[T, ...]
    next_cursor: str | None = None

    def map(self, function: Callable[[T], R]) -> "Page[R]":
        return Page(tuple(function(item) for item in self.items), self.next_cursor)


def page_by_key(
    session: Session,
    statement: Select[*tuple[Any, ...]],
    *,
    key: Sequence[Any],
    cursor: str | None,
    limit: int,
    descending: bool = True,
) -> Page[Any]:
    """Rows after `cursor` in the order of `key` (columns, the last one unique).

    Each row must end with the values of `key`, in that order; the caller's mapping drops them.
    Raises Malformed for a cursor that is not ours.
    """
    width = len(key)
    if cursor:
        place: ColumnElement[Any] = tuple_(*key)
        values = tuple_(*_fitting(decode(cursor, width), key))
        statement = statement.where(place < values if descending else place > values)
    order = [column.desc() if descending else column.asc() for column in key]
    rows = session.execute(statement.order_by(*order).limit(limit + 1)).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(tuple(rows), encode(tuple(rows[-1])[-width:]) if more else None)


def encode(values: Sequence[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def decode(cursor: str, width: int) -> list[Any]:
    if len(cursor) > MAX_CURSOR:
        raise Malformed("翻页的位置读不懂，请从第一页看起。")
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != width:
            raise Malformed("翻页的位置读不懂，请从第一页看起。")
        return [_moment(value) for value in values]
    except (ValueError, binascii.Error, TypeError) as error:
        raise Malformed("翻页的位置读不懂，请从第一页看起。") from error


def _fitting(values: list[Any], key: Sequence[Any]) -> list[Any]:
    """A cursor of another list fits no column here, and PostgreSQL would stumble over it."""
    kinds = [column.type.python_type for column in key]
    if any(not isinstance(value, kind) for value, kind in zip(values, kinds, strict=True)):
        raise Malformed("翻页的位置读不懂，请从第一页看起。")
    return values


def _moment(value: Any) -> Any:
    """A value that PostgreSQL takes: an aware moment, a text without NUL, a number it counts to."""
    if isinstance(value, str) and value[4:5] == "-" and "T" in value:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment
        raise ValueError(value)
    is_text = isinstance(value, str) and "\0" not in value
    if is_text or (type(value) is int and abs(value) < 2**63):
        return value
    raise ValueError(value)
