"""Sealing anew under the current key, batch by batch, while the site runs.

Nothing is remembered between batches: what is left is what does not begin with the current
key's header. So it may be stopped, started again, or run twice at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Table, func, select, update
from sqlalchemy.orm import Session

from app.attachments import service as attachments
from app.core import crypto
from app.core.db import Base
from app.keys.types import SEALED

BATCH = 200


@dataclass(frozen=True)
class Left:
    """What one column still has under other keys, or clear."""

    column: str
    rows: int


def sealed_columns() -> Iterator[Column[bytes]]:
    """The registered columns that this installation's tables have."""
    for name in sorted(SEALED):
        table, _, column = name.partition(".")
        yield Base.metadata.tables[table].c[column]


def count_left(session: Session) -> list[Left]:
    files = Left("DATA_DIR/files", attachments.count_under_old_keys(session))
    columns = [
        Left(
            f"{column.table.name}.{column.name}",
            session.scalar(select(func.count()).select_from(column.table).where(_is_old(column)))
            or 0,
        )
        for column in sealed_columns()
    ]
    return [*columns, files]


def rotate_batch(session: Session, column: Column[bytes], limit: int = BATCH) -> int:
    """Seal up to `limit` rows anew; answers how many. Rows in use now are left for later.

    Raises: crypto.Unreadable, when a key that sealed a row is missing.
    """
    table = column.table
    assert isinstance(table, Table)  # noqa: S101 - columns of the metadata hang on tables
    (key,) = table.primary_key.columns
    rows = session.execute(
        select(key, column)
        .where(_is_old(column))
        .order_by(key)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for one, data in rows:
        plain = data if crypto.is_clear(data) else crypto.unseal(data)
        session.execute(update(table).where(key == one).values({column.name: crypto.seal(plain)}))
    return len(rows)


def rotate_files(session: Session, limit: int = BATCH) -> int:
    """Seal up to `limit` files on disk anew; answers how many.

    Raises: FileDamaged, when a key is missing, or the file.
    """
    return attachments.reseal_batch(session, limit=limit)


def unopened(session: Session) -> list[str]:
    """Columns whose oldest or newest row our keys do not open: a key is missing or another's."""
    found = []
    for column in sealed_columns():
        table = column.table
        assert isinstance(table, Table)  # noqa: S101 - columns of the metadata hang on tables
        (key,) = table.primary_key.columns
        for order in (key, key.desc()):
            row = select(column).where(column.is_not(None)).order_by(order).limit(1)
            if not _opens(session.scalar(row)):
                found.append(f"{table.name}.{column.name}")
                break
    return found


def _opens(data: bytes | None) -> bool:
    if data is None or crypto.is_clear(data):
        return True
    try:
        crypto.unseal(data)
    except crypto.Unreadable:
        return False
    return True


def _is_old(column: Column[bytes]) -> ColumnElement[bool]:
    header = crypto.current_header()
    return column.is_not(None) & (func.substring(column, 1, len(header)) != header)
