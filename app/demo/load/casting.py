"""Casting tickets in moulds, in the order of time; knows no database.

Answers text that COPY reads, slice by slice: what is kept between two slices are the counters, and
those events and ledger rows that lie later than the next ticket begins.
"""

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

import forms
from app.audit.models import CURRENT, GENESIS
from app.core import crypto
from app.core.search import words_of
from app.demo import people as invented
from app.demo.load.moulds import Chain, Mould, escaped
from app.demo.load.types import Invented
from app.tickets.service import number_of, prefix_of

SLICE = 2_000
DAY = 480  # minutes of work, from half past eight
MORNING = 30  # half past eight in Shanghai, in minutes UTC; the whole day has one date in both
MONDAY = date(2000, 1, 3)
WEEK = 5
FIRST_SEED = 20_000
HEADER = b"banjian event %d\n" % CURRENT


@dataclass(frozen=True)
class Job:
    """One story about to be cast: in which mould, and from which minute of work on."""

    mould: int
    start: int
    paces: tuple[int, int] = (8, 900)


@dataclass
class Counters:
    """What the database counts. Ids and serials say which was given last."""

    ids: dict[str, int]
    numbers: Counter[str]
    serials: Counter[tuple[str, int, int]]
    seed: int = FIRST_SEED


@dataclass
class Slice:
    """Text by table, how many tickets it holds, and the counters as they are after it."""

    tickets: int
    texts: dict[str, str]
    counters: Counters


@dataclass
class Caster:
    moulds: Sequence[Mould]
    counters: Counters
    lists: Mapping[str, Sequence[tuple[str, str]]]
    rng: random.Random
    taken: frozenset[bytes] = frozenset()
    _events: list[tuple[int, int, str]] = field(default_factory=list)
    _booked: list[tuple[int, int, str, int, str]] = field(default_factory=list)
    _order: int = 0

    def slices(self, jobs: Iterator[Job], size: int = SLICE) -> Iterator[Slice]:
        """`jobs` by their starts."""
        texts: dict[str, list[str]] = defaultdict(list)
        tickets = 0
        for job in jobs:
            if tickets >= size:
                yield self._slice(tickets, texts, job.start)
                texts, tickets = defaultdict(list), 0
            mould = self.moulds[job.mould]
            self._cast(mould, job, texts)
            tickets += len(mould.starts)
        yield self._slice(tickets, texts, None)

    def _cast(self, mould: Mould, job: Job, texts: dict[str, list[str]]) -> None:
        minutes = self._minutes(mould, job)
        places = self._places(mould, minutes)
        for sealed in mould.sealed:
            plain = sealed.text % places
            places[sealed.place] = crypto.seal(plain).hex()
            if sealed.hash_place:
                places[sealed.hash_place] = crypto.keyed_hash(json.loads(plain)).hex()
        for chain in mould.chains:
            self._link(chain, places, minutes)
        for found in mould.found:
            words = words_of(
                number=found.number % places,
                texts=[text % places for text in found.texts],
                names=(found.names % places).split(" "),
                tags=found.tags,
            )
            places[found.place] = escaped(words)
        for name, text in mould.lines.items():
            texts[name].append(text % places)
        for row in mould.booked:
            self._order += 1
            at = minutes[int(row.moment[1:])]
            self._booked.append((at, self._order, row.book, row.keeper, row.line % places))

    def _minutes(self, mould: Mould, job: Job) -> list[int]:
        """When each act happens: a later ticket of the same story comes a week or two after."""
        at, found = job.start, [job.start]
        for act in range(1, mould.acts_count):
            if act in mould.starts:
                at += self.rng.randint(4 * DAY, 9 * DAY)
            elif act - 1 in mould.starts:
                at += self.rng.randint(3, 40)
            else:
                at += self.rng.randint(*job.paces)
            found.append(at)
        return found

    def _places(self, mould: Mould, minutes: Sequence[int]) -> dict[str, Any]:
        places: dict[str, Any] = {}
        for n, minute in enumerate(minutes):
            day, places[f"t{n}"] = moment(minute)
            places[f"day{n}"] = day.isoformat()
            places[f"chinese_day{n}"] = forms.chinese_date(day)
        for n, (start, numbering) in enumerate(zip(mould.starts, mould.numberings, strict=True)):
            prefix = prefix_of(numbering, moment(minutes[start])[0].year)
            self.counters.numbers[prefix] += 1
            places[f"number{n}"] = number_of(prefix, self.counters.numbers[prefix])
        ids = self.counters.ids
        for name, count in mould.counts.items():
            last = ids[name]
            for n in range(count):
                places[f"{name}{n}"] = last + 1 + n
            ids[name] = last + count
        self._choose(mould, places)
        for n in range(mould.people_count):
            self._introduce(places, n)
        return places

    def _choose(self, mould: Mould, places: dict[str, Any]) -> None:
        """Other words of the same lists; what was different in the story stays different."""
        for family, names in mould.choices.items():
            chosen = self.rng.sample(self.lists[family], len(names))
            for name, (value, label) in zip(names, chosen, strict=True):
                places[name], places[f"{name}_label"] = value, label

    def _introduce(self, places: dict[str, Any], n: int) -> None:
        person, index = self._somebody()
        places[f"name{n}"] = person.name
        places[f"id_number{n}"] = person.id_number
        places[f"phone{n}"] = person.phone
        places[f"masked_id{n}"] = forms.mask_text(person.id_number)
        places[f"masked_phone{n}"] = forms.mask_text(person.phone)
        places[f"index{n}"] = index.hex()

    def _somebody(self) -> tuple[Invented, bytes]:
        """Nobody that the database knows already."""
        while True:
            seed = self.counters.seed = self.counters.seed + 1
            number = invented.id_number(seed)
            index = crypto.blind_index("id_number", number)
            if index not in self.taken:
                phone = f"154{seed % 10**8:08d}"
                return Invented(invented.many_names(seed), number, phone), index

    def _link(self, chain: Chain, places: dict[str, Any], minutes: Sequence[int]) -> None:
        """Each event is hashed with the one before, as `audit.models.event_hash` does."""
        last = GENESIS.hex()
        for link in chain.links:
            places["prev"] = last
            last = sha256(HEADER + (link.hashed % places).encode()).hexdigest()
            places["hash"] = last
            self._order += 1
            at = minutes[int(link.moment[1:])]
            self._events.append((at, self._order, link.line % places))
        places[chain.head] = last

    def _slice(self, tickets: int, texts: Mapping[str, list[str]], until: int | None) -> Slice:
        """Events and ledger rows up to `until` go along: their ids rise with the time."""
        found = {name: "".join(parts) for name, parts in texts.items()}
        self._events.sort()
        self._booked.sort()
        found["event"] = "".join(self._numbered_events(_up_to(self._events, until)))
        found["ledger_row"] = "".join(self._numbered_rows(_up_to(self._booked, until)))
        return Slice(tickets, found, self.counters)

    def _numbered_events(self, events: Sequence[tuple[int, int, str]]) -> Iterator[str]:
        last = self.counters.ids["event"]
        self.counters.ids["event"] += len(events)
        for n, (_, _, line) in enumerate(events, start=last + 1):
            yield f"{n}\t{line}\n"

    def _numbered_rows(self, rows: Sequence[tuple[int, int, str, int, str]]) -> Iterator[str]:
        ids, serials = self.counters.ids, self.counters.serials
        for at, _, book, keeper, line in rows:
            year = moment(at)[0].year
            ids["ledger_row"] += 1
            serials[book, keeper, year] += 1
            yield f"{ids['ledger_row']}\t{year}\t{serials[book, keeper, year]}\t{line}\n"


def _up_to(rows: list[Any], until: int | None) -> list[Any]:
    """Take away from sorted `rows` what lies before `until`, all of it without one."""
    end = len(rows)
    if until is not None:
        end = next((n for n, row in enumerate(rows) if row[0] >= until), end)
    taken = rows[:end]
    del rows[:end]
    return taken


@lru_cache(maxsize=8_192)
def _day(day: int) -> tuple[date, str]:
    found = MONDAY + timedelta(days=day // WEEK * 7 + day % WEEK)
    return found, found.isoformat()


def moment(minute: int) -> tuple[date, str]:
    """The date of a minute of work, and the moment as the audit trail hashes it."""
    found, text = _day(minute // DAY)
    at = MORNING + minute % DAY
    return found, f"{text}T{at // 60:02d}:{at % 60:02d}:00+00:00"


def minute_of(day: date) -> int:
    """The first minute of work of this day, or of the Friday before."""
    passed = (day - MONDAY).days
    return (passed // 7 * WEEK + min(passed % 7, WEEK - 1)) * DAY
