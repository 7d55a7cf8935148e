"""The load from end to end: record, mould, cast, pour, seal."""

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from itertools import product
from multiprocessing.connection import Connection

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.access.models import Account
from app.audit import service as audit
from app.audit.models import Event
from app.core.db import Base, reading, transaction
from app.demo.load import pouring
from app.demo.load.casting import Caster, Counters, Job, Slice
from app.demo.load.dating import date_open
from app.demo.load.moulds import Mould, make_mould
from app.demo.load.planning import MANY, Planned, first_day, plan
from app.demo.load.recording import POURED, record
from app.demo.load.stories import STORIES
from app.demo.load.types import LoadRefused, MonthsFrozen, NothingToLoad, Story
from app.identity.demo import SOURCE
from app.identity.models import Appointment, Login, Person
from app.identity.types import LoginState
from app.ledgers.models import LedgerCounter, LedgerMonth
from app.processes import engine, registry
from app.processes.models import ProcessVersion
from app.processes.types import VersionState
from app.tickets.models import TicketNumber

KIND = "demo.loaded"
FEW = 20_000  # up to here rows go past the indexes that are there, and nobody is kept waiting
PROGRESS = 5.0
MONTH = timedelta(days=30)
Lists = dict[str, list[tuple[str, str]]]


@dataclass(frozen=True)
class Ground:
    """Who can tell which story here, and the words they choose from."""

    stories: Sequence[Story]
    clerks: Sequence[int]
    lists: Lists


def fill(
    scale: int, now: datetime, say: Callable[[str], object], *, open_each: int | None = None
) -> int:
    """Load `scale` finished tickets, some open ones beside them; answers how many in all.

    `open_each`: how many open ones each clerk has, if it shall not follow from the scale.

    Raises: LoadRefused (once is enough), MonthsFrozen, NothingToLoad.
    """
    began = time.monotonic()
    with reading() as session:
        _refuse_second(session)
        ground = _ground(session, now)
    shapes = _Shapes(ground, now, scale, open_each)
    shapes.learn_lengths()
    # A large load is cast by a process of its own while this one pours.
    planned = list(shapes.plan()) if scale < MANY else None
    shapes.learn([(one.story, one.clerk) for one in planned] if planned else shapes.every())
    say(f"照着办了 {len(shapes.moulds)} 种件，用了 {time.monotonic() - began:.0f} 秒。")
    with transaction() as session:
        _refuse_second(session)
        pouring.lock(session)
        down = pouring.take_down(session) if scale > FEW else None
        caster = Caster(
            shapes.moulds,
            _counters(session),
            ground.lists,
            random.Random(scale),  # noqa: S311 - names and days, not secrets
            _known_people(session),
        )
        slices = caster.slices(shapes.jobs(planned or shapes.plan()))
        count, counters = _pour_all(session, slices if planned else ahead(slices), scale, say)
        if down:
            say("装完了，正在重建索引。")
            pouring.bring_back(session, down)
        pouring.settle(session, counters)
        date_open(session)
        _hold_since(session, now)
        audit.record(session, now=now, actor=None, kind=KIND, object="demo", data={"rows": count})
    _seal(now)
    say(f"共 {count} 件，用了 {time.monotonic() - began:.0f} 秒。")
    return count


def _seal(now: datetime) -> None:
    """Portion by portion: one seal takes in only so many heads."""
    while True:
        with transaction() as session:
            if audit.seal(session, now=now) is None:
                return


def _refuse_second(session: Session) -> None:
    if session.scalar(select(Event.id).where(Event.kind == KIND).limit(1)) is not None:
        raise LoadRefused
    if session.scalar(select(LedgerMonth.id).where(LedgerMonth.frozen_at.is_not(None)).limit(1)):
        raise MonthsFrozen


def _ground(session: Session, now: datetime) -> Ground:
    published = {
        version.key: version.id
        for version in session.scalars(
            select(ProcessVersion).where(ProcessVersion.state == VersionState.PUBLISHED)
        )
    }
    stories = [story for story in STORIES if story.process in published]
    starters = [frozenset(_starters(session, published[story.process], now)) for story in stories]
    clerks = sorted(frozenset.intersection(*starters)) if starters else []
    if not clerks:
        raise NothingToLoad("没有可以发起的人或流程：请先运行不带 --scale 的 demo load。")
    lists = {
        family: [(one.value, one.label) for one in registry.value_lists[family](session)]
        for story in stories
        for family in story.choices.values()
    }
    return Ground(stories, clerks, lists)


def _starters(session: Session, version_id: int, now: datetime) -> Iterator[int]:
    """Who may begin this process."""
    loaded = engine.load(session, version_id)
    positions = engine.split(loaded.definition.properties.get("start_positions", ""))
    yield from session.scalars(
        select(Appointment.person_id)
        .join(Login, Login.person_id == Appointment.person_id)
        .where(Appointment.position.in_(positions), Login.state == LoginState.ACTIVE)
        .where(Appointment.starts_at <= now, Appointment.ends_at.is_(None))
    )


class _Shapes:
    """The moulds of this load, made one after the other in a transaction that is thrown away."""

    def __init__(self, ground: Ground, now: datetime, scale: int, open_each: int | None) -> None:
        self.ground, self.now, self.scale, self.open_each = ground, now, scale, open_each
        self.moulds: list[Mould] = []
        self.lengths: list[int] = []
        self._places: dict[tuple[int, int], int] = {}

    def learn_lengths(self) -> None:
        """How many tickets each story has: one clerk's will do."""
        self.learn((story, 0) for story in range(len(self.ground.stories)))
        self.lengths = [len(mould.starts) for mould in self.moulds]

    def learn(self, wanted: Iterable[tuple[int, int]]) -> None:
        with reading() as session:
            for story, clerk in wanted:
                if (story, clerk) not in self._places:
                    self._places[story, clerk] = len(self.moulds)
                    self.moulds.append(self._mould(session, story, clerk))

    def every(self) -> Iterator[tuple[int, int]]:
        return product(range(len(self.ground.stories)), range(len(self.ground.clerks)))

    def plan(self) -> Iterator[Planned]:
        ground, today = self.ground, self.now.date()
        clerks = len(ground.clerks)
        return plan(ground.stories, self.lengths, clerks, self.scale, today, self.open_each)

    def jobs(self, planned: Iterable[Planned]) -> Iterator[Job]:
        return (Job(self._places[p.story, p.clerk], p.start, p.paces) for p in planned)

    def _mould(self, session: Session, story_no: int, clerk: int) -> Mould:
        story, lists = self.ground.stories[story_no], self.ground.lists
        options = {family: iter(lists[family]) for family in story.choices.values()}
        taken = {name: next(options[family]) for name, family in story.choices.items()}
        choices = {name: value for name, (value, _) in taken.items()}
        recording = record(session, story, self.ground.clerks[clerk], self.now, choices)
        return make_mould(story, recording, dict(taken.values()))


def _counters(session: Session) -> Counters:
    ids = {
        name: session.scalar(select(func.max(Base.metadata.tables[name].c.id))) or 0
        for name in POURED
    }
    numbers = session.execute(select(TicketNumber.prefix, TicketNumber.last)).all()
    serials = session.execute(
        select(LedgerCounter.name, LedgerCounter.unit_id, LedgerCounter.year, LedgerCounter.last)
    ).all()
    return Counters(
        ids,
        Counter(dict(numbers)),
        Counter({(name, keeper, year): last for name, keeper, year, last in serials}),
    )


def _known_people(session: Session) -> frozenset[bytes]:
    """Nobody invented may have the number of somebody who is here already."""
    found = session.scalars(
        select(Person.id_index)
        .where(Person.id_index.is_not(None))
        .union_all(select(Account.person_ref))
    )
    return frozenset(index for index in found if index)


def _pour_all(
    session: Session, slices: Iterable[Slice], scale: int, say: Callable[[str], object]
) -> tuple[int, Counters]:
    count, began = 0, time.monotonic()
    said = began
    counters: Counters | None = None
    for one in slices:
        pouring.pour(session, one.texts)
        count, counters = count + one.tickets, one.counters
        if (now := time.monotonic()) - said > PROGRESS:
            said = now
            say(f"{count} 件（{min(count / scale, 1):.0%}），{count / (now - began):.0f} 件/秒")
    if counters is None:
        raise NothingToLoad("没有可以装的件。")
    return count, counters


def ahead(slices: Iterator[Slice]) -> Iterator[Slice]:
    """Cast in a process of its own, so that casting and COPY each have a processor."""
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(slices, sending), daemon=True)
    child.start()
    sending.close()
    try:
        while (found := receiving.recv()) is not None:
            if isinstance(found, BaseException):
                raise found
            yield found
    finally:
        receiving.close()
        child.terminate()
        child.join()


def _send(slices: Iterator[Slice], sending: Connection) -> None:
    try:
        for one in slices:
            sending.send(one)
        sending.send(None)
    except Exception as error:  # told to the parent, which raises it
        sending.send(error)
        raise


def _hold_since(session: Session, now: datetime) -> None:
    """Who signed years ago has held the position since."""
    since = first_day(now.date()) - MONTH
    session.execute(
        update(Appointment)
        .where(Appointment.source == SOURCE, Appointment.starts_at > since)
        .values(starts_at=datetime.combine(since, clock_time.min, UTC))
    )
