"""Three days down: thousands of timers and of things to be sent fall due while nothing runs.

Half of the timers are moments that a run waits for, half remind of a step that waits for a person
(a boundary event): after the start each has fired once, in the order they were due, and nobody's
step was decided by the clock.
"""

import json
import os
import signal
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from app.audit.models import GENESIS
from app.config import Settings
from app.core.clock import utcnow
from app.core.db import Base, reading, transaction
from app.core.outbox import Outbox, OutboxState
from app.identity.queries import actor_of, find_person_by_username
from app.processes.models import Instance, Timer
from app.processes.service import publishing
from app.processes.service.publishing import Bundle
from app.tasks.models import Task, Visit
from app.tickets import service as tickets
from app.tickets.models import Ticket
from app.wiring import join
from scripts.process import say, wait_until
from tests.bpmn.models import boundary, end, model, start, timer, user
from tests.faults.ground import Ground, freeze
from tests.faults.judge import Violation

DOWN = timedelta(days=3)
CAUGHT_UP = 600  # seconds
SIDE_BY_SIDE = 2.0  # seconds that one of two workers may take for what the other has passed
WAITS, REMINDS = "down-waits", "down-reminds"
TOPIC = "tickets.notice"
BATCH = 500


def models() -> Iterator[bytes]:
    yield model(
        start() + timer("moment", "P30D") + user("after") + end(),
        "start->moment\nmoment->after\nafter->end",
    ).replace(b'"trial"', f'"{WAITS}"'.encode())
    yield model(
        start()
        + user("approve")
        + boundary("moment", "approve", "timer P30D", interrupting=False)
        + end()
        + end("told"),
        "start->approve\napprove->end\nmoment->told",
    ).replace(b'"trial"', f'"{REMINDS}"'.encode())


def lay(session: Session, tester: str, timers: int, letters: int, first: datetime) -> None:
    """So many of each, due one after the other over three days from `first` on."""
    now = utcnow()
    known = find_person_by_username(session, tester)
    assert known is not None
    actor = actor_of(session, known.id, now)
    samples = []
    for content in models():
        version = publishing.deploy(session, now=now, bundle=Bundle(content))
        publishing.publish(session, now=now, key=version.key, number=version.number)
        made = tickets.create_draft(session, actor=actor, now=now, process=version.key)
        session.flush()
        samples.append(made.instance_id)
    for begin in range(0, timers, BATCH):
        _copy(session, samples, range(begin, min(begin + BATCH, timers)), DOWN / timers, first)
    # The samples themselves are not among what is judged.
    session.execute(
        text("UPDATE instance SET due_at = NULL WHERE id = ANY(:ids)"), {"ids": samples}
    )
    _lay_letters(session, letters, timers, first)


def _copy(
    session: Session,
    samples: Sequence[int],
    numbers: range,
    apart: timedelta,
    first: datetime,
) -> None:
    """Rows as the services have written them, under other numbers and due at other moments."""
    for place, sample in enumerate(samples):
        mine = [n for n in numbers if n % len(samples) == place]
        dues = [first + n * apart for n in mine]
        (row,) = _rows(session, Instance, Instance.id == sample)
        armed = json.loads(zlib.decompress(row["state"]))
        old = row["due_at"].isoformat()
        assert old in json.dumps(armed)
        ids = _insert(
            session,
            Instance,
            [
                {
                    **row,
                    "number": f"DOWN-{n:05d}",
                    "state": zlib.compress(
                        json.dumps(armed).replace(old, due.isoformat()).encode(), 1
                    ),
                    "due_at": due,
                    "audit_seq": 0,
                    "audit_hash": GENESIS,
                }
                for n, due in zip(mine, dues, strict=True)
            ],
        )
        here = list(zip(ids, mine, dues, strict=True))
        (row,) = _rows(session, Ticket, Ticket.instance_id == sample)
        _insert(
            session,
            Ticket,
            [{**row, "instance_id": one, "number": f"DOWN-{n:05d}"} for one, n, _ in here],
        )
        (row,) = _rows(session, Timer, Timer.instance_id == sample)
        _insert(
            session, Timer, [{**row, "instance_id": one, "due_at": due} for one, _, due in here]
        )
        for row in _rows(session, Visit, Visit.instance_id == sample):
            visits = _insert(session, Visit, [{**row, "instance_id": one} for one, _, _ in here])
            (task,) = _rows(session, Task, Task.visit_id == row["id"])
            _insert(
                session,
                Task,
                [
                    {**task, "instance_id": one, "visit_id": visit}
                    for (one, _, _), visit in zip(here, visits, strict=True)
                ],
            )


def _rows(session: Session, kind: type[Base], which: Any) -> list[dict[str, Any]]:
    """With the names of columns; the id last, for whoever asks."""
    found = session.execute(select(kind.__table__).where(which)).mappings()
    return [dict(row) for row in found]


def _insert(session: Session, kind: type[Base], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    if not rows:
        return []
    table: Any = kind.__table__
    computed = {column.name for column in table.columns if column.computed is not None}
    given = [
        {name: value for name, value in row.items() if name != "id" and name not in computed}
        for row in rows
    ]
    made = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list(session.scalars(made, given))


def _lay_letters(session: Session, letters: int, timers: int, first: datetime) -> None:
    apart = DOWN / letters
    _insert(
        session,
        Outbox,
        [
            {
                "topic": TOPIC,
                "key": f"down:{n}",
                "payload": {"ticket": f"DOWN-{n % timers:05d}", "state": "closed"},
                "ticket": f"DOWN-{n % timers:05d}",
                "state": OutboxState.WAITING,
                "attempts": 0,
                "retries": 0,
                "due_at": first + n * apart,
                "created_at": first + n * apart,
            }
            for n in range(letters)
        ],
    )


def left(session: Session) -> int:
    """What has not been done yet."""
    query = """
        SELECT (SELECT count(*) FROM timer t JOIN instance i ON i.id = t.instance_id
                WHERE i.number LIKE 'DOWN-%' AND t.fired_at IS NULL)
             + (SELECT count(*) FROM outbox WHERE key LIKE 'down:%' AND state = 'waiting')
    """
    return int(session.scalar(text(query)) or 0)


@dataclass
class Caught:
    figures: dict[str, Any]
    violations: list[Violation]


def judge(session: Session, timers: int, letters: int) -> Caught:
    """Each once, in due order, and nothing decided by the clock."""
    told = session.execute(
        text("""
        SELECT t.due_at, t.fired_at, e.seq,
          count(*) OVER (PARTITION BY i.id) AS fired
        FROM instance i JOIN timer t ON t.instance_id = i.id
        LEFT JOIN event e ON e.chain = 'ticket:' || i.number AND e.kind = 'timer.fired'
        WHERE i.number LIKE 'DOWN-%' AND t.fired_at IS NOT NULL ORDER BY t.due_at
        """)
    ).all()
    sent = session.execute(
        text("""
        SELECT due_at, done_at, attempts FROM outbox
        WHERE key LIKE 'down:%' AND state = 'done'
        """)
    ).all()
    decided = session.scalar(
        text("""
        SELECT count(*) FROM task k JOIN instance i ON i.id = k.instance_id
        WHERE i.number LIKE 'DOWN-%' AND (k.state = 'done' OR k.outcome IS NOT NULL)
        """)
    )
    asked = session.scalar(
        text("""
        SELECT count(*) FROM task k JOIN instance i ON i.id = k.instance_id
        WHERE i.number LIKE 'DOWN-%' AND k.state IN ('open', 'claimed')
        """)
    )
    counts = {
        "timers_fired": (len(told), timers),
        "timers_fired_twice": (sum(row.fired > 1 for row in told), 0),
        "rows_sent": (len(sent), letters),
        "rows_tried_twice": (sum(row.attempts > 1 for row in sent), 0),
        "steps_decided_by_the_clock": (decided, 0),
        "steps_that_wait_for_a_person": (asked, timers),
    }
    wrong = [
        Violation("I7", f"after the halt: {name}", {"found": found, "wanted": wanted})
        for name, (found, wanted) in counts.items()
        if found != wanted
    ]
    figures = {name: found for name, (found, _) in counts.items()}
    for name, rows in (
        ("timers_behind_later_ones", [(row.due_at, row.fired_at) for row in told]),
        ("rows_behind_later_ones", [(row.due_at, row.done_at) for row in sent]),
    ):
        figures[name] = _behind(rows)
        if figures[name] > SIDE_BY_SIDE:
            facts = {"seconds": figures[name]}
            wrong.append(Violation("I7", f"after the halt in due order: {name}", facts))
    return Caught(figures, wrong)


def _behind(done: Sequence[tuple[datetime, datetime]]) -> float:
    """The longest that one, due and done, came after one that was due later; in seconds."""
    longest, next_done = timedelta(), None
    for _, at in sorted(done, reverse=True):
        if next_done is not None:
            longest = max(longest, at - next_done)
        next_done = min(at, next_done or at)
    return round(longest.total_seconds(), 2)


def play(ground: Ground, timers: int, letters: int) -> Caught:
    """The power goes; three days later it is there again. The site must be running."""
    logins = json.loads(ground.command("demo", "logins", "--json"))
    tester = next(str(one["username"]) for one in logins if "process_tester" in one["positions"])
    join(Settings.from_env(ground.settings))
    for kind in ("beat", "worker"):  # nobody looks while the rows are laid
        for pid in (*ground.heads(kind), *ground.members(kind)):
            freeze(pid)
    with transaction() as session:
        lay(session, tester, timers, letters, utcnow())
    os.kill(ground.launcher, signal.SIGKILL)
    ground.stop()
    ground.move_clock(DOWN.total_seconds() + 60)
    say(f"{timers} timers and {letters} rows are due; starting")
    begun = time.monotonic()
    ground.start()
    served = time.monotonic() - begun
    join(Settings.from_env(ground.settings))

    def done() -> bool:
        with reading() as session:
            return left(session) == 0

    is_done = wait_until(done, CAUGHT_UP, 1)
    took = time.monotonic() - begun
    with reading() as session:
        caught = judge(session, timers, letters)
    caught.figures |= {"served_after": round(served, 1), "caught_up_after": round(took, 1)}
    if not is_done:
        caught.violations.append(
            Violation("I7", f"caught up within {CAUGHT_UP} seconds", caught.figures)
        )
    return caught
