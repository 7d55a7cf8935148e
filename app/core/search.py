"""Finding Chinese text by its pairs of signs, with what every PostgreSQL has: a tsvector and GIN.

A text is found by any part of it of two signs or more, a name by a single sign too, a number whole,
by its beginning or its end, if there is a letter or a figure in it. The words narrow down; the
caller compares the texts besides.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, cast, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.orm import Session

NUMBER = re.compile(r"[a-z]+(?:-[a-z]+)*-\d{4}-\d+")  # of a ticket, whole
MANY = 500  # records by which a search is narrowed down
FEW = 20  # records that are looked at one by one
NAME = "*"  # before a part of a name, so that texts that have it are told apart
LONGEST = 3  # signs of a part of a name: most names are found whole, and nobody else's


def words_of(
    *, number: str, texts: Iterable[str], names: Iterable[str], tags: Iterable[str] = ()
) -> str:
    """All words of a record that keeps them in one column, as PostgreSQL writes a tsvector.

    A text that is a number itself, an official one, is found whole as that of the ticket is.
    """
    texts = tuple(texts)
    whole = {plain for plain in map(_plain, texts) if NUMBER.fullmatch(plain)}
    found = texts_of(texts, tags), _written(whole), names_of(number, names, tags)
    return " ".join(filter(None, found))


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


def name_query(asked: str) -> str:
    """Records whose names have this in them, for an index of `name_parts`; empty for blanks."""
    size = min(len(_plain(asked)), LONGEST)
    longest = sorted(f"{NAME}{part}" for part in _parts(asked) if len(part) == size)
    return " & ".join(map(_quoted, longest))


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


@dataclass(frozen=True)
class Asked:
    """What is looked for in the `texts` or the `names` of a record: both are comparisons. Without
    `texts` it is a name.
    """

    what: str
    names: ColumnElement[bool]
    texts: ColumnElement[bool] | None = None

    @property
    def compared(self) -> ColumnElement[bool]:
        return self.names if self.texts is None else self.texts | self.names


def mentions(
    session: Session, words: Words, asked: Sequence[Asked], *, tags: Iterable[str] = ()
) -> ColumnElement[bool]:
    """Whether a record holds all that is asked: compared for those records only whose words may
    hold it, and one of `tags`, if any. What very many hold narrows nothing down: those are met soon
    enough in the order of the list, or among those that hold the rest.
    """
    own = tuple(tags)
    sought = _noted(session, words, [_sought(one, words, own) for one in asked])
    if not any(one.is_narrow for one in sought):
        return and_(*(_partly(session, words, one) for one in sought))
    # Looked up at once: of many namesakes only those are met that hold the number, too.
    among = _among(session, words, [one.rare for one in sought if one.is_narrow])
    compared = and_(*(one.asked.compared for one in sought))
    return compared if among is None else among & compared


def _partly(session: Session, words: Words, sought: "_Sought") -> ColumnElement[bool]:
    """Where texts or names are common only the others are looked up."""
    asked, among = sought.asked, _among(session, words, [sought.rare]) if sought.rare else None
    if among is None or asked.texts is None:
        return asked.compared
    if sought.are_texts_common:
        return asked.texts | (among & asked.names)
    return asked.names | (among & asked.texts)


def _among(
    session: Session, words: Words, every: Sequence[Sequence["_Way"]]
) -> ColumnElement[bool] | None:
    """The records that hold one of the ways of each; None where they are too many to be named.

    Of a few records each tells quicker whether it has a tag than the index, which would look up
    each of them among all that have it.
    """
    found: Sequence[Any] | None = None
    held = and_(*(_held(words, ways) for ways in every))
    if any(way.tags for ways in every for way in ways):
        alone = (_held(words, [replace(way, tags=()) for way in ways]) for ways in every)
        met = session.execute(select(words.key, held).where(*alone).limit(FEW + 1)).all()
        found = [key for key, has_tag in met if has_tag] if len(met) <= FEW else None
    if found is None:
        found = session.scalars(select(words.key).where(held).limit(MANY + 1)).all()
    if len(found) > MANY:
        return None
    among: ColumnElement[bool] = words.column == func.any(cast(found, ARRAY(words.key.type)))
    return among


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


@dataclass(frozen=True)
class _Sought:
    """By which words something is looked up, and which of them narrow nothing down."""

    asked: Asked
    in_texts: Sequence[_Way]
    in_names: Sequence[_Way]
    are_texts_common: bool = False
    are_names_common: bool = False

    @property
    def rare(self) -> list[_Way]:
        texts = [] if self.are_texts_common else self.in_texts
        names = [] if self.are_names_common else self.in_names
        return [*texts, *names]

    @property
    def is_narrow(self) -> bool:
        """Whether those that hold its words are all that there can be."""
        return bool(self.rare) and not (self.are_texts_common or self.are_names_common)


def _sought(asked: Asked, words: Words, tags: tuple[str, ...]) -> _Sought:
    among = tags if words.tags_are_rare else ()
    if asked.texts is None:
        return _Sought(asked, [], _in_names(asked.what, tags, among))
    if NUMBER.fullmatch(_plain(asked.what)):  # nobody is called that
        return _Sought(asked, _in_texts(asked.what, among), [])
    return _Sought(asked, _in_texts(asked.what, among), _in_names(asked.what, tags, among))


def _in_texts(asked: str, tags: tuple[str, ...]) -> list[_Way]:
    """A number, its beginning or its end; a part of a text."""
    plain, pairs = _plain(asked), sorted(_pairs(asked))
    if NUMBER.fullmatch(plain):  # its pairs are those of every number, and there is only one
        return [_Way([plain])]
    ways = [_Way(pairs, tags, is_of_names=False)] if pairs else []
    if any(sign.isascii() or sign.isdigit() for sign in plain):  # else it is of no number
        ways.insert(0, _Way([plain.strip("-") or plain], tags))
    return ways


def _in_names(asked: str, tags: tuple[str, ...], rare: tuple[str, ...]) -> list[_Way]:
    """Of one sign the bearers are many: they are looked up as texts are."""
    size = min(len(_plain(asked)), LONGEST)
    longest = sorted(f"{NAME}{part}" for part in _parts(asked) if len(part) == size)
    if size == 1 or not tags:
        return [_Way(longest, rare)]
    return [_Way([f"{tag}{part}" for part in longest]) for tag in tags]


def _noted(session: Session, words: Words, every: Sequence[_Sought]) -> list[_Sought]:
    """With what more than MANY records hold, as PostgreSQL noted of common words when it looked
    last. Its index of words would name them one by one, and every page of them.
    """
    ways = [way for one in every for way in (*one.in_texts, *one.in_names)]
    named = {word for way in ways for word in (*way.words, *way.tags)}
    if all(map(NUMBER.fullmatch, named)):
        return [*every]
    columns = {words.of_texts.name, words.of_names.name}
    given = {"table": words.of_texts.table.name, "columns": [*columns], "words": [*named]}
    noted = session.execute(_NOTED, given).all()
    shares = {word: share for word, share, _ in noted}

    def are_common(ways: Sequence[_Way]) -> bool:
        most = max((way.share(shares) for way in ways), default=0)
        return bool(noted) and noted[0].total * most > MANY

    return [
        replace(
            one,
            are_texts_common=are_common(one.in_texts),
            are_names_common=are_common(one.in_names),
        )
        for one in every
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
