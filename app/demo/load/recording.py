"""Playing a story through the services and reading back every row that it wrote."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from PIL import Image
from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.db import Base
from app.demo import people as invented
from app.demo.load.types import Invented, Recording, Row, Story, StoryOutgrown
from app.demo.service import decide, who
from app.identity.demo import draw_signature
from app.identity.models import Person
from app.identity.queries import actor_of
from app.identity.signatures import Signing
from app.ledgers.queries import every_ledger
from app.processes import engine
from app.tasks.models import Task
from app.tasks.queries import active_tasks
from app.tickets import service as tickets
from app.tickets.models import Ticket

# What a mould can repeat. `document` is left out: an original is a file for each ticket; `untold`
# too: nobody is told of what is poured; `holding_count` is kept by the database itself.
POURED = (
    *("instance", "ticket", "submission", "ticket_person", "node_log", "visit", "task"),
    *("account", "grant", "agreement", "event", "ledger_row", "outbox"),
)
# Tables without an id of their own: a row goes with one of another table.
FOLLOWERS = {"instance_words": "instance"}
LEFT_OUT = frozenset({"document", "untold", "holding_count"})
SMALL = (96, 37)
LONG_AGO = timedelta(days=200)
FIRST_SEED = 9_000  # of the people a story is played with; nobody keeps them


@dataclass
class Stage:
    """Where a story is played. Each act has a day of its own, so that a day says which act."""

    session: Session
    clerk: Actor
    now: datetime
    people: Sequence[Invented]
    choices: Mapping[str, str]
    instants: list[datetime] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    numberings: list[str] = field(default_factory=list)

    def tick(self) -> datetime:
        self.now += timedelta(days=1)
        self.instants.append(self.now)
        return self.now

    def draft(self, process: str, answers: Mapping[str, Any]) -> Ticket:
        ticket = tickets.create_draft(
            self.session, actor=self.clerk, now=self.tick(), process=process, answers=answers
        )
        self.numbers.append(ticket.number)
        loaded = engine.load(self.session, ticket.instance.version_id)
        self.numberings.append(tickets.numbering_of(loaded))
        return ticket

    def submit(self, ticket: Ticket, answers: Mapping[str, Any] | None = None) -> Ticket:
        return tickets.submit(
            self.session, actor=self.clerk, now=self.tick(), number=ticket.number, answers=answers
        )

    def acts(self, ticket: Ticket, *acts: str) -> Ticket:
        """What the others do, one after the other: `approve`, `return:reason`, `refuse:reason`."""
        for act in acts:
            (task,) = active_tasks(self.session, ticket.instance_id)
            decide(self.session, task, act, self.tick(), self._signing(task))
        return ticket

    def finish(self, ticket: Ticket) -> Ticket:
        """Everybody agrees until it is over."""
        while active_tasks(self.session, ticket.instance_id):
            self.acts(ticket, "approve")
        return ticket

    def withdraw(self, ticket: Ticket, reason: str) -> Ticket:
        return tickets.withdraw(
            self.session, actor=self.clerk, now=self.tick(), number=ticket.number, reason=reason
        )

    def cancel(self, ticket: Ticket, reason: str) -> Ticket:
        return tickets.cancel(
            self.session, actor=self.clerk, now=self.tick(), number=ticket.number, reason=reason
        )

    def _signing(self, task: Task) -> Signing:
        person = self.session.get_one(Person, who(self.session, task))
        return Signing("drawn", small_signature(person.name))


def record(
    session: Session, story: Story, clerk_id: int, now: datetime, choices: Mapping[str, str]
) -> Recording:
    """Play `story` as this clerk and answer what it wrote. The caller throws the writes away.

    Raises: StoryOutgrown.
    """
    start = (now - LONG_AGO).replace(hour=2, minute=0, second=0, microsecond=0)
    people = [_player(seed) for seed in range(FIRST_SEED, FIRST_SEED + story.people)]
    before = _last_ids(session)
    stage = Stage(session, actor_of(session, clerk_id, now), start, people, choices)
    with session.begin_nested() as played:
        story.play(stage)
        session.flush()
        rows = _written_since(session, before)
        played.rollback()
    session.expunge_all()
    return Recording(
        rows,
        stage.instants,
        stage.numbers,
        stage.numberings,
        people,
        (stage.clerk.unit_name, stage.clerk.name),
        {ledger.name: ledger.texts for ledger in every_ledger(session)},
        choices,
    )


@lru_cache(maxsize=1_000)
def small_signature(name: str) -> str:
    """A drawn name as a client sends one, small: a million tickets have four of them each."""
    with Image.open(io.BytesIO(draw_signature(name))) as whole:
        small = whole.resize(SMALL)
    ink = small.getchannel("A").point(lambda shade: 255 if shade > 90 else 0)
    out = io.BytesIO()
    Image.merge("RGBA", (*(Image.new("L", SMALL, 20) for _ in range(3)), ink)).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def _player(seed: int) -> Invented:
    row = invented.row(seed, post="")
    return Invented(invented.many_names(seed), row["id_number"], row["phone"])


def _numbered() -> list[Table]:
    return [
        table
        for table in Base.metadata.sorted_tables
        if [column.name for column in table.primary_key] == ["id"]
        and table.c.id.type.python_type is int
    ]


def _last_ids(session: Session) -> dict[str, int]:
    return {table.name: session.scalar(select(func.max(table.c.id))) or 0 for table in _numbered()}


def _written_since(session: Session, before: Mapping[str, int]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for table in _numbered():
        statement = select(*table.c).where(table.c.id > before[table.name]).order_by(table.c.id)
        rows = [dict(row) for row in session.execute(statement).mappings()]
        if rows and table.name not in POURED and table.name not in LEFT_OUT:
            raise StoryOutgrown(f"a story wrote into {table.name}, which no mould repeats")
        found[table.name] = rows
    found["outbox"] = [row for row in found["outbox"] if row["topic"] != "documents.freeze"]
    for name, leader in FOLLOWERS.items():
        (key,) = Base.metadata.tables[name].primary_key
        chosen = select(*Base.metadata.tables[name].c).where(key > before[leader]).order_by(key)
        found[name] = [dict(row) for row in session.execute(chosen).mappings()]
    return {name: found[name] for name in (*POURED, *FOLLOWERS)}
