"""Finding Chinese text by its pairs of signs, with what every PostgreSQL has: a tsvector and GIN.

A text is found by any part of it of two signs or more, a name by a single sign too, a number whole,
by its beginning or its end. The pairs narrow down; the caller compares the texts besides.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, cast, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.orm import Session

NUMBER = re.compile(r"[a-z]+(?:-[a-z]+)*-\d{4}-\d+")  # of a ticket, whole
MANY = 500  # records by which a search is narrowed down


def words_of(
    *, number: str, texts: Iterable[str], names: Iterable[str], tags: Iterable[str] = ()
) -> str:
    """What is kept of a record, as PostgreSQL writes a tsvector. `tags` are kept whole: by them a
    search stays among some of the records.
    """
    found = _ends(number) | set(tags)
    for text in texts:
        found |= _pairs(text)
    for name in names:
        found |= _pairs(name) | set(_plain(name))
    return " ".join(map(_quoted, sorted(found)))


def narrowed(
    session: Session,
    key: Any,
    words: Any,
    asked: str,
    *,
    column: Any = None,
    tags: Iterable[str] = (),
) -> ColumnElement[bool]:
    """A condition on `column` (or `key` itself), which names records whose `words` may hold what
    is asked, and one of `tags`, if any. What very many hold narrows nothing down: those are met
    soon enough in the order of the list. The caller compares the texts besides.
    """
    query = _query(asked, tags)
    served_by_gin = words.op("@@", is_comparison=True)(cast(query, TSQUERY))
    found = session.scalars(select(key).where(served_by_gin).limit(MANY + 1)).all()
    if len(found) > MANY:
        return true()
    place = key if column is None else column
    condition: ColumnElement[bool] = place == func.any(cast(found, ARRAY(key.type)))
    return condition


def _query(asked: str, tags: Iterable[str]) -> str:
    plain = _plain(asked)
    if NUMBER.fullmatch(plain):  # its pairs are those of every number, and there is only one
        return _quoted(plain)
    pairs = " & ".join(map(_quoted, sorted(_pairs(asked))))
    query = f"{_quoted(plain.strip('-') or plain)} | ({pairs})" if pairs else _quoted(plain)
    among = " | ".join(map(_quoted, tags))
    return f"({query}) & ({among})" if among else query


def _plain(text: str) -> str:
    return "".join(text.lower().split())


@lru_cache(maxsize=4_096)
def _pairs(text: str) -> frozenset[str]:
    plain = _plain(text)
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))


def _ends(number: str) -> set[str]:
    """qx-czy-2026-00015 up to each dash and from each dash on, whole, and 15."""
    parts = _plain(number).split("-")
    ends = {"-".join(parts[at:]) for at in range(len(parts))}
    heads = {"-".join(parts[:at]) for at in range(1, len(parts))}
    return ends | heads | {parts[-1].lstrip("0") or parts[-1]} if number else set()


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
