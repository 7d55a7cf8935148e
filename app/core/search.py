"""Finding Chinese text by its pairs of signs, with what every PostgreSQL has: a tsvector and GIN.

A text is found by any part of it of two signs or more, a name by a single sign too, a number whole,
by its beginning or its end. The words narrow down; the caller compares the texts besides.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, cast, func, select, text, true
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.orm import Session

NUMBER = re.compile(r"[a-z]+(?:-[a-z]+)*-\d{4}-\d+")  # of a ticket, whole
MANY = 500  # records by which a search is narrowed down
NAME = "*"  # before a part of a name, so that texts that have it are told apart
LONGEST = 3  # signs of a part of a name: most names are found whole, and nobody else's


def words_of(
    *, number: str, texts: Iterable[str], names: Iterable[str], tags: Iterable[str] = ()
) -> str:
    """What is kept of a record, as PostgreSQL writes a tsvector. By `tags` a search stays among
    some of the records: each is kept whole and before every part of a name, so that a name is
    looked up among those records alone and its bearers everywhere else are never met.
    """
    tags = tuple(tags)
    found = _ends(number) | set(tags)
    for one in texts:
        found |= _pairs(one)
    for name in names:
        found |= {f"{NAME}{part}" for part in _parts(name)}
        found |= {f"{tag}{NAME}{part}" for tag in tags for part in _parts(name) if len(part) > 1}
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
    ways = list(_ways(asked, tuple(tags)))
    if not NUMBER.fullmatch(ways[0].words[0]) and _held_by(session, words, ways) > MANY:
        return true()
    query = " | ".join(way.query for way in ways)
    served_by_gin = words.op("@@", is_comparison=True)(cast(query, TSQUERY))
    found = session.scalars(select(key).where(served_by_gin).limit(MANY + 1)).all()
    if len(found) > MANY:
        return true()
    place = key if column is None else column
    condition: ColumnElement[bool] = place == func.any(cast(found, ARRAY(key.type)))
    return condition


@dataclass(frozen=True)
class _Way:
    """All of `words`, and one of `tags`, if any: one of the things that may have been meant."""

    words: Sequence[str]
    tags: Sequence[str] = ()

    @property
    def query(self) -> str:
        every = " & ".join(map(_quoted, self.words))
        among = " | ".join(map(_quoted, self.tags))
        return f"({every} & ({among}))" if among else f"({every})"

    def share(self, shares: Mapping[str, float]) -> float:
        """Of all records, by those of its words; nothing if one of them is not common."""
        among = min(sum(shares.get(tag, 0) for tag in self.tags), 1) if self.tags else 1
        return min(shares.get(word, 0) for word in self.words) * among


def _ways(asked: str, tags: tuple[str, ...]) -> Iterator[_Way]:
    """A number or its end, a part of a text, a part of a name."""
    plain = _plain(asked)
    if NUMBER.fullmatch(plain):  # its pairs are those of every number, and there is only one
        yield _Way([plain])
        return
    yield _Way([plain.strip("-") or plain], tags)
    if pairs := sorted(_pairs(asked)):
        yield _Way(pairs, tags)
    longest = sorted(part for part in _parts(asked) if len(part) == min(len(plain), LONGEST))
    if len(plain) < 2 or not tags:
        yield _Way([f"{NAME}{part}" for part in longest], tags)
        return
    for tag in tags:
        yield _Way([f"{tag}{NAME}{part}" for part in longest])


def _held_by(session: Session, words: Any, ways: Sequence[_Way]) -> float:
    """How many records hold what is asked, as PostgreSQL noted of common words when it looked last;
    0 for what is not common. Its index would count them one by one, and every page of them.
    """
    named = {word for way in ways for word in (*way.words, *way.tags)}
    given = {"table": words.table.name, "column": words.name, "words": sorted(named)}
    noted = session.execute(_NOTED, given).all()
    if not noted:
        return 0
    shares = {word: share for word, share, _ in noted}
    total: float = noted[0].total
    return total * max(way.share(shares) for way in ways)


def _plain(text: str) -> str:
    return "".join(text.lower().split())


@lru_cache(maxsize=4_096)
def _pairs(text: str) -> frozenset[str]:
    plain = _plain(text)
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1))


@lru_cache(maxsize=4_096)
def _parts(name: str) -> frozenset[str]:
    plain = _plain(name)
    return frozenset(
        plain[at : at + size] for at in range(len(plain)) for size in range(1, LONGEST + 1)
    )


def _ends(number: str) -> set[str]:
    """qx-czy-2026-00015 up to each dash and from each dash on, whole, and 15."""
    parts = _plain(number).split("-")
    ends = {"-".join(parts[at:]) for at in range(len(parts))}
    heads = {"-".join(parts[:at]) for at in range(1, len(parts))}
    return ends | heads | {parts[-1].lstrip("0") or parts[-1]} if number else set()


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


_NOTED = text(
    """
    SELECT word, share, (SELECT reltuples FROM pg_class WHERE oid = to_regclass(:table)) AS total
    FROM pg_stats,
      unnest(most_common_elems::text::text[], most_common_elem_freqs) AS noted(word, share)
    WHERE schemaname = current_schema() AND tablename = :table AND attname = :column
      AND word = ANY(CAST(:words AS text[]))
    """
)
