"""Statements that every act asks: put together once, handed to psycopg without a detour (ADR 94).

SQLAlchemy works out at each use what a statement needs: its place in a cache, a dictionary of its
values, an answer that can do everything. That costs as much again as sending it and reading what
comes back.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from psycopg import RawCursor
from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.types import TypeEngine

Process = Callable[[Any], Any]

# The dialect of the engines, with values by place: psycopg takes such a text as it is, however many
# values it has. One with names it reads first, and remembers it up to fifty values only.
BY_PLACE: Dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


class Prepared:
    """A SELECT that names its values (`bindparam`) or has known them from the beginning.

    No `IN` over a list that is given: the text would change with it.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self.statement = statement

    def rows(self, on: Connection, given: Mapping[str, Any]) -> Sequence[Any]:
        """What it answers, as tuples. Raises: what SQLAlchemy raises."""
        if on.dispatch.before_cursor_execute:  # whoever listens hears it from SQLAlchemy
            return on.execute(self.statement, given).all()
        form = self._form
        values = form.known.copy()
        for place, name, process in form.asked:
            value = given[name]
            values[place] = value if process is None else process(value)
        cursor: Any = RawCursor(on.connection.driver_connection)  # type: ignore[arg-type]
        try:
            found = cursor.execute(form.text, values).fetchall()
        except BaseException as error:
            # SQLAlchemy knows what it is called here, and whether it ends the connection.
            on._handle_dbapi_exception(error, form.text.decode(), values, cursor, None)  # noqa: SLF001
        return found if form.reads is None else [form.reads(row) for row in found]

    @cached_property
    def _form(self) -> "_Form":
        """Looked through at the first use, when all tables are known."""
        return _Form(self.statement.compile(dialect=BY_PLACE), self.statement)


class _Form:
    """The text, and what becomes of each value on its way to the database and back."""

    def __init__(self, compiled: Any, statement: Select[*tuple[Any, ...]]) -> None:
        if "POSTCOMPILE" in compiled.string:
            raise TypeError("the text of this statement depends on its values")
        self.text: bytes = compiled.string.encode()
        self.known: list[Any] = []
        self.asked: list[tuple[int, str, Process | None]] = []
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        for place, name in enumerate(compiled.positiontup or ()):
            process = _own(binds[name].type).bind_processor(BY_PLACE)
            if binds[name].required:
                self.known.append(None)
                self.asked.append((place, name, process))
            else:
                value = binds[name].effective_value
                self.known.append(value if process is None else process(value))
        self.reads = _reader(
            [
                _own(column.type).result_processor(BY_PLACE, None)
                for column in statement.selected_columns
            ]
        )


def _reader(ways: Sequence[Process | None]) -> Callable[[Sequence[Any]], tuple[Any, ...]] | None:
    """None where everything stays as psycopg reads it."""
    changed = [(place, process) for place, process in enumerate(ways) if process is not None]
    if not changed:
        return None

    def read(row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for place, process in changed:
            values[place] = process(values[place])
        return tuple(values)

    return read


def _own(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return kind.dialect_impl(BY_PLACE)
