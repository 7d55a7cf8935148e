"""psycopg's cursor, telling of the columns of an answer only to who asks.

SQLAlchemy looks at each answer whether there is a description, and reads it once a statement. It
was made for every answer: five calls a column, a tenth of an approval.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, overload

from psycopg import Column, Cursor
from psycopg.rows import TupleRow


class Description(Sequence[Column]):
    """Of the answer that its cursor has now; made when it is first looked into."""

    def __init__(self, made: "LazyCursor") -> None:
        self._cursor = made

    @cached_property
    def _columns(self) -> list[Column]:
        return Cursor.description.fget(self._cursor) or []  # type: ignore[attr-defined]

    @overload
    def __getitem__(self, index: int) -> Column: ...
    @overload
    def __getitem__(self, index: slice) -> list[Column]: ...
    def __getitem__(self, index: int | slice) -> Column | list[Column]:
        return self._columns[index]

    def __len__(self) -> int:
        return len(self._columns)

    def __iter__(self) -> Iterator[Column]:
        return iter(self._columns)


class LazyCursor(Cursor[TupleRow]):
    @property
    def description(self) -> Any:  # psycopg promises a list; a sequence is what the DBAPI asks
        answer = self.pgresult
        return Description(self) if answer is not None and answer.nfields else None
