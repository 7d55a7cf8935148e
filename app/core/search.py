"""Finding Chinese text by its pairs of signs, with what every PostgreSQL has: a tsvector and GIN.

A text is found by any part of it of two signs or more, a name by a single sign too, a number whole,
by its beginning or its end. The words narrow down; the caller compares the texts besides.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, cast, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.orm import Session

NUMBER = re.compile(r"[a-z]+(?:-[a-z]+)*-\d{4}-\d+")  # of a ticket, whole
MANY = 500  # records by which a search is narrowed down
NAME = "*"  # before a part of a name, so that texts that have it are told apart
LONGEST = 3  # signs of a part of a name: most names are found whole, and nobody else's


def words_of(
    *, number: str, texts: Iterable[str], names: Iterable[str], tags: Iterable[str] = ()
) -> str:
    """All words of a record that keeps them in one column, as PostgreSQL writes a tsvector."""
    return f"{texts_of(texts, tags)} {names_of(number, names, tags)}".strip()


def texts_of(texts: Iterable[str], tags: Iterable[str] = ()) -> str:
    """By `tags` a search stays among some of the records."""
    return _written({*tags}.union(*map(_pairs, texts)))


def names_of(number: str, names: Iterable[str], tags: Iterable[str] = ()) -> str:
    """Parts of names stand once more behind each tag, so that a name is looked up among those
    records alone and its bearers everywhere else are never met.
    """
    tags = tuple(tags)
    parts = set[str]().union(*map(_parts, names))
    behind = {f"{tag}{NAME}{part}" for tag in tags for part in parts if len(part) > 1}
    return _written(_ends(number) | set(tags) | {f"{NAME}{part}" for part in parts} | behind)


@dataclass(frozen=True)
class Words:
    """Which records (`key`) hold which words. Texts that repeat themselves are best kept apart from
    names and numbers: an index of few words is not deep. `column` is the key where it is compared.
    A tag that most records have narrows names only: the index would look up each record found among
    all that have it.
    """

    key: Any
    of_texts: Any
    of_names: Any
    column: Any
    tags_are_rare: bool = True


def mentions(
    session: Session,
    words: Words,
    asked: str,
    *,
    texts: ColumnElement[bool],
    names: ColumnElement[bool],
    tags: Iterable[str] = (),
) -> ColumnElement[bool]:
    """Whether the `texts` or `names` of a record hold what is asked: both are comparisons, made for
    those records only whose words may hold it, and one of `tags`, if any. What very many hold
    narrows nothing down: those are met soon enough in the order of the list.
    """
    own = tuple(tags)
    among_own = own if words.tags_are_rare else ()
    in_texts, in_names = _in_texts(asked, among_own), _in_names(asked, own, among_own)
    common = _common(session, words, in_texts, in_names)
    rare = [way for ways in (in_texts, in_names) if ways not in common for way in ways]
    if not rare:
        return texts | names
    found = session.scalars(select(words.key).where(_held(words, rare)).limit(MANY + 1)).all()
    if len(found) > MANY:
        return texts | names
    among: ColumnElement[bool] = words.column == func.any(cast(found, ARRAY(words.key.type)))
    if in_texts in common:
        return texts | (among & names)
    if in_names in common:
        return names | (among & texts)
    return among & (texts | names)


def _held(words: Words, ways: Sequence["_Way"]) -> ColumnElement[bool]:
    """Served by GIN."""
    columns = {words.of_texts: list[str](), words.of_names: list[str]()}
    for way in ways:
        columns[words.of_names if way.is_of_names else words.of_texts].append(way.query)
    return or_(
        *(
            column.op("@@", is_comparison=True)(cast(" | ".join(queries), TSQUERY))
            for column, queries in columns.items()
            if queries
        )
    )


@dataclass(frozen=True)
class _Way:
    """All of `words`, and one of `tags`, if any: one of the things that may have been meant."""

    words: Sequence[str]
    tags: Sequence[str] = ()
    is_of_names: bool = True

    @property
    def query(self) -> str:
        every = " & ".join(map(_quoted, self.words))
        among = " | ".join(map(_quoted, self.tags))
        return f"({every} & ({among}))" if among else f"({every})"

    def share(self, shares: Mapping[str, float]) -> float:
        """Of all records, by those of its words; nothing if one of them is not common."""
        among = min(sum(shares.get(tag, 0) for tag in self.tags), 1) if self.tags else 1
        return min(shares.get(word, 0) for word in self.words) * among


def _in_texts(asked: str, tags: tuple[str, ...]) -> list[_Way]:
    """A number, its beginning or its end; a part of a text."""
    plain, pairs = _plain(asked), sorted(_pairs(asked))
    if NUMBER.fullmatch(plain):  # its pairs are those of every number, and there is only one
        return [_Way([plain])]
    number = _Way([plain.strip("-") or plain], tags)
    return [number, _Way(pairs, tags, is_of_names=False)] if pairs else [number]


def _in_names(asked: str, tags: tuple[str, ...], rare: tuple[str, ...]) -> list[_Way]:
    """Of one sign the bearers are many: they are looked up as texts are."""
    plain = _plain(asked)
    if NUMBER.fullmatch(plain):
        return []
    size = min(len(plain), LONGEST)
    longest = sorted(f"{NAME}{part}" for part in _parts(asked) if len(part) == size)
    if size == 1 or not tags:
        return [_Way(longest, rare)]
    return [_Way([f"{tag}{part}" for part in longest]) for tag in tags]


def _common(session: Session, words: Words, *asked: list[_Way]) -> list[list[_Way]]:
    """What more than MANY records hold, as PostgreSQL noted of common words when it looked last.

    Its index of words would name them one by one, and every page of them.
    """
    named = {word for ways in asked for way in ways for word in (*way.words, *way.tags)}
    if all(map(NUMBER.fullmatch, named)):
        return []
    columns = {words.of_texts.name, words.of_names.name}
    given = {"table": words.of_texts.table.name, "columns": [*columns], "words": [*named]}
    noted = session.execute(_NOTED, given).all()
    shares = {word: share for word, share, _ in noted}
    return [
        ways
        for ways in asked
        if noted and noted[0].total * max(way.share(shares) for way in ways) > MANY
    ]


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


def _written(words: Iterable[str]) -> str:
    return " ".join(map(_quoted, sorted(words)))


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


_NOTED = text(
    """
    SELECT word, share, (SELECT reltuples FROM pg_class WHERE oid = to_regclass(:table)) AS total
    FROM pg_stats,
      unnest(most_common_elems::text::text[], most_common_elem_freqs) AS noted(word, share)
    WHERE schemaname = current_schema() AND tablename = :table
      AND attname = ANY(CAST(:columns AS text[])) AND word = ANY(CAST(:words AS text[]))
    """
)
