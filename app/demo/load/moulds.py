"""From what one story wrote to a form that others are cast in; pure but for unsealing.

A mould is text: the lines that COPY reads, with named places (`%(task3)s`) where tickets differ:
ids, moments, days, numbers, people, and whatever hangs on them (blind indexes, keyed hashes,
sealed values, the hashes of the audit chain).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import JSON, Table

import forms
from app.audit.models import CURRENT, SINCE_2
from app.core import clock, crypto
from app.core.crypto import blind_index
from app.core.db import Base
from app.demo.load.recording import FOLLOWERS
from app.demo.load.types import Recording, Row, Story, StoryOutgrown
from app.keys.types import SEALED
from app.processes.queries import requester_tag, unit_tag

OPEN, SHUT = "\ue000", "\ue001"  # around a place's name, until all other text is escaped
# Facts of events and payloads that are ids of rows the story wrote.
IDS_IN_JSON = {"task": "task", "account": "account", "instance": "instance"}
# Columns that are filled when rows stand in the order of time: ids there, and serials.
DATED = ("visit", "task", "ticket")  # deadlines are found when all is poured: `dating`
LATE = {"event": ("id",), "ledger_row": ("id", "year", "serial")}
WORKED_OFF = {"state": "done", "attempts": 1}
NULL = r"\N"


@dataclass(frozen=True)
class Sealed:
    """A place whose text is sealed anew for each ticket; `hash_place` gets its keyed hash."""

    place: str
    text: str
    hash_place: str = ""


@dataclass(frozen=True)
class Link:
    """One event: the text that is hashed, the line that is poured, and whose moment it has."""

    hashed: str
    line: str
    moment: str


@dataclass(frozen=True)
class Chain:
    """The events of one ticket, and the place of its last hash."""

    links: tuple[Link, ...]
    head: str


@dataclass(frozen=True)
class Booked:
    """One row of a ledger, whose id, year and serial come later."""

    book: str
    keeper: int
    moment: str
    line: str


@dataclass(frozen=True)
class Found:
    """A place for the words by which lists find a run, and what they are made of."""

    place: str
    number: str
    texts: tuple[str, ...]
    names: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mould:
    """`starts`: the act that begins each ticket; `moments`: of acts and what hangs on them."""

    story: Story
    starts: tuple[int, ...]
    acts_count: int
    numberings: tuple[str, ...]
    people_count: int
    choices: Mapping[str, tuple[str, ...]]
    counts: Mapping[str, int]
    sealed: tuple[Sealed, ...]
    chains: tuple[Chain, ...]
    booked: tuple[Booked, ...]
    found: tuple[Found, ...]
    lines: Mapping[str, str]


def columns_of(table: Table) -> list[str]:
    """In the order of the lines: what is filled late comes first."""
    late = LATE.get(table.name, ())
    return [*late, *(column.name for column in table.c if column.name not in late)]


def make_mould(story: Story, recording: Recording, labels: Mapping[str, str]) -> Mould:
    """`labels`: for each word that a ticket may choose, its label. Raises: StoryOutgrown."""
    return _Moulder(story, recording, labels).mould()


class _Moulder:
    def __init__(self, story: Story, recording: Recording, labels: Mapping[str, str]) -> None:
        self.story, self.recording = story, recording
        self.places = {
            (name, row["id"]): f"{name}{n}"
            for name, rows in recording.rows.items()
            if name not in FOLLOWERS
            for n, row in enumerate(rows)
        }
        self.texts = self._texts(labels)
        longest_first = sorted(self.texts, key=len, reverse=True)
        self.pattern = re.compile("|".join(map(re.escape, longest_first)))
        self.sealed: list[Sealed] = []

    def mould(self) -> Mould:
        rows = self.recording.rows
        lines = {
            name: "".join(self._line(Base.metadata.tables[name], row) + "\n" for row in found)
            for name, found in rows.items()
            if name not in LATE
        }
        drafts = [self.recording.instants.index(row["created_at"]) for row in rows["ticket"]]
        return Mould(
            story=self.story,
            starts=tuple(drafts),
            acts_count=len(self.recording.instants),
            numberings=tuple(self.recording.numberings),
            people_count=len(self.recording.people),
            choices=_families(self.story.choices),
            counts={
                name: len(found)
                for name, found in rows.items()
                if name not in LATE and name not in FOLLOWERS
            },
            sealed=tuple(self.sealed),
            chains=tuple(self._chain(row) for row in rows["instance"]),
            booked=tuple(self._booked(row) for row in rows["ledger_row"]),
            found=(
                *(found for row in rows["instance"] for found in self._found(row)),
                *(self._booked_words(row) for row in rows["ledger_row"]),
            ),
            lines=lines,
        )

    def _texts(self, labels: Mapping[str, str]) -> dict[str, str]:
        """What differs from ticket to ticket, wherever it stands in a text."""
        found: dict[str, str] = {}
        for n, person in enumerate(self.recording.people):
            found[person.name] = f"name{n}"
            found[person.id_number] = f"id_number{n}"
            found[person.phone] = f"phone{n}"
            found[forms.mask_text(person.id_number)] = f"masked_id{n}"
            found[forms.mask_text(person.phone)] = f"masked_phone{n}"
            found[blind_index("id_number", person.id_number).hex()] = f"index{n}"
        for n, number in enumerate(self.recording.numbers):
            found[number] = f"number{n}"
        for n, instant in enumerate(self.recording.instants):
            day = clock.local(instant).date()
            found[day.isoformat()] = f"day{n}"
            found[forms.chinese_date(day)] = f"chinese_day{n}"
        for name, value in self.recording.choices.items():
            found[value] = name
            found[labels[value]] = f"{name}_label"
        for n, row in enumerate(self.recording.rows["submission"]):
            found[row["keyed_hash"].hex()] = f"hash{n}"  # stands in events too
        return found

    def _line(self, table: Table, row: Row) -> str:
        if table.name == "outbox":
            row = {**row, **WORKED_OFF, "done_at": row["created_at"]}
        if table.name in DATED:  # a story knows the moments of its acts alone, and no calendar
            row = {**row, **{name: None for name in row if name.startswith("due_")}}
            row = {**row, "due_is_estimate": False} if "due_is_estimate" in row else row
        late = LATE.get(table.name, ())
        cells = [self._cell(table, name, row) for name in columns_of(table) if name not in late]
        return _placed("\t".join(cells))

    def _cell(self, table: Table, name: str, row: Row) -> str:
        value, column = row[name], table.c[name]
        if value is None:
            return NULL
        if table.name == "instance" and name == "audit_hash":
            return r"\\x" + _place(self._head(row))
        if name == "words" or (table.name, name) == ("instance_words", "names"):
            return _place(self._words_place(table.name, row, name))
        if f"{table.name}.{name}" in SEALED:
            return self._sealed(table, name, row)
        if name == "id":
            return _place(self.places[table.name, value])
        for key in column.foreign_keys:
            if place := self.places.get((key.column.table.name, value)):
                return _place(place)
        if isinstance(column.type, JSON):
            return escaped(_json(self._walked(value)))
        return self._plain(value)

    def _plain(self, value: Any) -> str:
        match value:
            case bool():
                return "t" if value else "f"
            case Enum():
                return str(value.value)
            case datetime():
                return _place(self._moment(value))
            case date():
                return value.isoformat()
            case bytes():
                return r"\\x" + self._marked(value.hex())
            case str():
                return escaped(self._marked(value))
            case list():
                return escaped(self._marked(_array(value)))
            case int():
                return str(value)
        raise StoryOutgrown(f"no line can hold a {type(value).__name__}")

    def _sealed(self, table: Table, name: str, row: Row) -> str:
        text = crypto.unseal(row[name]).decode()
        own = self.places[table.name, row["id"]]
        place = f"{own}_{name}"
        hash_place = f"hash{own.removeprefix(table.name)}" if table.name == "submission" else ""
        self.sealed.append(Sealed(place, _placed(self._marked(text)), hash_place))
        return r"\\x" + _place(place)

    def _moment(self, value: datetime) -> str:
        try:
            return f"t{self.recording.instants.index(value)}"
        except ValueError:
            raise StoryOutgrown(f"{value} is the moment of no act") from None

    def _marked(self, text: str) -> str:
        return self.pattern.sub(lambda found: _place(self.texts[found[0]]), text)

    def _walked(self, value: Any, key: str = "") -> Any:
        """JSON with places in it; an id among facts is one of a row of this story."""
        match value:
            case dict():
                return {name: self._walked(one, name) for name, one in value.items()}
            case list():
                return [self._walked(one) for one in value]
            case str():
                return self._marked(value)
            case int() if key in IDS_IN_JSON and not isinstance(value, bool):
                return _place(f"#{self.places[IDS_IN_JSON[key], value]}")
        return value

    def _chain(self, instance: Row) -> Chain:
        table = Base.metadata.tables["event"]
        chain = f"ticket:{instance['number']}"
        events = [row for row in self.recording.rows["event"] if row["chain"] == chain]
        if len(events) != instance["audit_seq"]:
            raise StoryOutgrown(f"{chain} has {instance['audit_seq']} events, {len(events)} seen")
        return Chain(tuple(self._link(table, row) for row in events), self._head(instance))

    def _found(self, row: Row) -> Iterator[Found]:
        """The requester's name and the unit's are the mould's own; see `running.note_words`."""
        unit, requester = self.recording.asked_by
        title, people, number = (
            _placed(self._marked(text)) for text in (row["title"], row["people"], row["number"])
        )
        own = {"instance_id": row["id"]}
        tags = requester_tag(row["requester_id"]), unit_tag(row["unit_id"])
        words, names = (self._words_place("instance_words", own, one) for one in ("words", "names"))
        yield Found(words, "", (title, unit), "", tags)
        yield Found(names, number, (), f"{requester} {people}", tags)

    def _booked_words(self, row: Row) -> Found:
        """As `ledgers.service.append_rows` takes them."""
        values = row["values"]
        number, name, *texts = (
            _placed(self._marked(text))
            for text in (
                row["ticket"],
                values.get("name", ""),
                *(values.get(key, "") for key in self.recording.texts[row["name"]]),
            )
        )
        place = self._words_place("ledger_row", row, "words")
        return Found(place, number, tuple(texts), name, (row["name"],))

    def _words_place(self, table: str, row: Row, column: str) -> str:
        leader = FOLLOWERS.get(table, table)
        own = self.places[leader, row["id" if leader == table else f"{leader}_id"]]
        return f"{column}_of_{own}"

    def _head(self, instance: Row) -> str:
        return f"head_of_{self.places['instance', instance['id']]}"

    def _link(self, table: Table, row: Row) -> Link:
        moment = self._moment(row["at"])
        if row["format"] != CURRENT:
            raise StoryOutgrown("events have another format now")
        fields = {
            "chain": self._marked(row["chain"]),
            "seq": row["seq"],
            "at": _place(moment),
            "actor": row["actor_id"],
            "name": row["actor_name"],
            "unit": row["unit_name"],
            "kind": row["kind"],
            "object": self._marked(row["object"]),
            "data": self._walked(row["data"]),
            "prev": _place("prev"),
            **{name: row[name] for name in SINCE_2},
        }
        hashes = {"prev_hash": _place("prev"), "hash": _place("hash")}
        cells = [
            r"\\x" + hashes[name] if name in hashes else self._cell(table, name, row)
            for name in columns_of(table)
            if name not in LATE["event"]
        ]
        return Link(_placed(_json(fields)), _placed("\t".join(cells)), moment)

    def _booked(self, row: Row) -> Booked:
        if row["corrects_id"] is not None:
            raise StoryOutgrown("a story may not correct a ledger row: its id is not known yet")
        table = Base.metadata.tables["ledger_row"]
        return Booked(row["name"], row["unit_id"], self._moment(row["at"]), self._line(table, row))


def _families(choices: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """List → the names of what is taken from it."""
    return {
        family: tuple(name for name, of in choices.items() if of == family)
        for family in dict.fromkeys(choices.values())
    }


def _place(name: str) -> str:
    return f"{OPEN}{name}{SHUT}"


def _placed(text: str) -> str:
    """Places become `%(name)s`; a number among quotes loses them."""
    text = text.replace("%", "%%")
    text = re.sub(rf'"{OPEN}#(\w+){SHUT}"', rf"{OPEN}\1{SHUT}", text)
    return re.sub(rf"{OPEN}([^{SHUT}]+){SHUT}", r"%(\1)s", text)


def _json(value: Any) -> str:
    """As `crypto.canonical` writes it."""
    return crypto.canonical(value).decode()


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _array(values: Sequence[Any]) -> str:
    quoted = (json.dumps(v, ensure_ascii=False) if isinstance(v, str) else str(v) for v in values)
    return "{" + ",".join(quoted) + "}"
