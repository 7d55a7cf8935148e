"""What PostgreSQL says of its tables, and their rows in and out by COPY; core features only."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, cast

import psycopg
from psycopg import sql
from sqlalchemy import Boolean, Column, DateTime, Integer, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.backup.types import Counter

VERSION_TABLE = "alembic_version"
# Verifying follows each chain without holding all of them in memory.
ORDERS = {"event": "chain, seq"}
# Rows that a migration puts into every database: one that holds nothing else is empty.
BUILT_IN = {
    "calendar_notice": "WHERE source <> 'library' OR withdrawn_at IS NOT NULL",
    "calendar_day": "JOIN calendar_notice n ON n.id = notice_id WHERE n.source <> 'library'",
}
ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
TRIGGER_MODES = {"O": "ENABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}

# One spelling of every value, whatever the server's or the role's settings are.
SPELLING = """
SET LOCAL DateStyle = 'ISO';
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL TimeZone = 'UTC';
SET LOCAL bytea_output = 'hex';
SET LOCAL extra_float_digits = 1;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0
"""
TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
  AND NOT relispartition AND relname <> %s
ORDER BY relname
"""
COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum
"""
SEQUENCES = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'S' ORDER BY relname
"""
RELATIONS = """
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
ORDER BY relname
"""
FOREIGN_KEYS = """
SELECT t.relname, c.conname, pg_get_constraintdef(c.oid)
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace AND c.conparentid = 0
ORDER BY t.relname, c.conname
"""
TRIGGERS = """
SELECT t.relname, g.tgname, g.tgenabled
FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
WHERE NOT g.tgisinternal AND g.tgenabled <> 'D'
  AND t.relnamespace = current_schema()::regnamespace
ORDER BY t.relname, g.tgname
"""

Row = tuple[Any, ...]


def raw(session: Session) -> psycopg.Connection[Row]:
    """The driver's connection inside the session's transaction; who has COPY."""
    return cast("psycopg.Connection[Row]", session.connection().connection.driver_connection)


def one_moment(session: Session) -> None:
    """Everything read afterwards is as it was at one moment; nothing can be written."""
    connection = raw(session)
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    spell(connection)


def spell(connection: psycopg.Connection[Row]) -> None:
    for line in SPELLING.split(";"):
        connection.execute(line.strip().encode())


def table_names(connection: psycopg.Connection[Row]) -> list[str]:
    return [row[0] for row in connection.execute(TABLES, [VERSION_TABLE])]


def relation_names(connection: psycopg.Connection[Row]) -> list[str]:
    return [row[0] for row in connection.execute(RELATIONS)]


def column_names(connection: psycopg.Connection[Row], table: str) -> tuple[str, ...]:
    """Those that are stored; generated ones are made again."""
    quoted = sql.Identifier(table).as_string(connection)
    return tuple(row[0] for row in connection.execute(COLUMNS, [quoted]))


def lock(connection: psycopg.Connection[Row], tables: Sequence[str], mode: str) -> None:
    if tables:
        names = sql.SQL(", ").join(map(sql.Identifier, tables))
        connection.execute(sql.SQL("LOCK TABLE {} IN ").format(names) + _word(mode))


def is_empty(connection: psycopg.Connection[Row], table: str) -> bool:
    besides = _word(BUILT_IN.get(table, ""))
    asked = sql.SQL("SELECT EXISTS (SELECT 1 FROM {} {})").format(sql.Identifier(table), besides)
    found = connection.execute(asked).fetchone()
    return found is not None and not found[0]


def copy_out(
    connection: psycopg.Connection[Row], table: str, columns: Sequence[str]
) -> Iterator[bytes]:
    """The rows as PostgreSQL's text format, one line a row."""
    order = f" ORDER BY {ORDERS[table]}" if table in ORDERS else ""
    statement = sql.SQL("COPY (SELECT {} FROM {}{}) TO STDOUT").format(
        _list(columns), sql.Identifier(table), _word(order)
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in copy:
            yield bytes(block)


def copy_in(
    connection: psycopg.Connection[Row], table: str, columns: Sequence[str], data: Iterable[bytes]
) -> int:
    """Load rows; answers how many there were."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), _list(columns))
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for block in data:
                copy.write(block)
        return cursor.rowcount


def counters(connection: psycopg.Connection[Row]) -> tuple[Counter, ...]:
    """Sequences are of no moment: theirs is at or behind what the rows need, never before it."""
    found = []
    for (name,) in connection.execute(SEQUENCES).fetchall():
        asked = sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(name))
        last, is_called = connection.execute(asked).fetchone() or (1, False)
        found.append(Counter(name=name, last=last, is_called=is_called))
    return tuple(found)


def set_counter(connection: psycopg.Connection[Row], counter: Counter) -> None:
    quoted = sql.Identifier(counter.name).as_string(connection)
    connection.execute(
        "SELECT setval(%s::regclass, %s, %s)", [quoted, counter.last, counter.is_called]
    )


@contextmanager
def unguarded(connection: psycopg.Connection[Row]) -> Iterator[None]:
    """Load without triggers and foreign keys; afterwards the keys are made anew, which proves
    every row. The owner of the tables may do this; no superuser is needed.
    """
    keys = connection.execute(FOREIGN_KEYS).fetchall()
    triggers = connection.execute(TRIGGERS).fetchall()
    for table, name, _ in keys:
        _alter(connection, table, sql.SQL("DROP CONSTRAINT {}").format(sql.Identifier(name)))
    for table, name, _ in triggers:
        _alter(connection, table, sql.SQL("DISABLE TRIGGER {}").format(sql.Identifier(name)))
    yield
    for table, name, definition in keys:
        added = sql.SQL("ADD CONSTRAINT {} ").format(sql.Identifier(name))
        _alter(connection, table, added + _word(definition))
    for table, name, mode in triggers:
        words = _word(f"{TRIGGER_MODES[_text(mode)]} TRIGGER ")
        _alter(connection, table, words + sql.Identifier(name))


def empty(connection: psycopg.Connection[Row], tables: Sequence[str]) -> None:
    """Take out what migrations put in; only while `unguarded` in a database proven empty."""
    if tables:
        names = sql.SQL(", ").join(map(sql.Identifier, tables))
        connection.execute(sql.SQL("TRUNCATE {}").format(names))


def parse(column: Column[Any], text: bytes) -> Any:
    """One value of a COPY line as the model would have it."""
    if text == b"\\N":
        return None
    value = _unescape(text.decode())
    match column.type:
        case DateTime():
            return datetime.fromisoformat(value)
        case LargeBinary():
            return bytes.fromhex(value.removeprefix("\\x"))
        case Boolean():
            return value == "t"
        case Integer():
            return int(value)
        case JSONB():
            return json.loads(value)
    return value


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    out, rest = [], iter(text)
    for letter in rest:
        if letter == "\\":
            escaped = next(rest, "")
            out.append(ESCAPES.get(escaped, escaped))
        else:
            out.append(letter)
    return "".join(out)


def _alter(connection: psycopg.Connection[Row], table: str, change: sql.Composable) -> None:
    connection.execute(sql.SQL("ALTER TABLE {} ").format(sql.Identifier(table)) + change)


def _list(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _text(value: str | bytes) -> str:
    """PostgreSQL's "char" comes as bytes."""
    return value.decode() if isinstance(value, bytes) else value


def _word(text: str) -> sql.SQL:
    """Words of ours or of PostgreSQL's own catalogue, never of a user."""
    return sql.SQL(cast("Any", text))
