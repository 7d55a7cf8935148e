"""Load that runs by itself: pairs of tickets that wait for a timer, an operation and a message.

One of a pair is started by a person and waits; its timer fires, an operation books a row, and it
sends a message to the other, which is reminded by a cycle until it comes. Nobody touches them.
"""

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from app.config import Settings
from app.core.clock import utcnow
from app.core.db import transaction
from app.processes.service import publishing
from app.processes.service.publishing import Bundle
from app.wiring import join
from scripts.process import wait_until
from tests.bpmn.models import (
    boundary,
    declared,
    element,
    end,
    model,
    properties,
    receive,
    send,
    start,
    timer,
    user,
)
from tests.faults.clerks import Lost, Office, Rest, open_task
from tests.faults.ground import Ground
from tests.faults.history import History
from tests.faults.judge import Violation

CALLER, CALLED = "faults-caller", "faults-called"
PAUSE = "PT2S"
BOOKING = {
    "operation": "ledgers.append",
    "ledger": CALLER,
    "ledger_title": "故障试验",
    "ledger_columns": "mark.signer=办理人",
}


def models() -> Iterator[bytes]:
    """Who waits for the message, and who sends it after its timer and its operation."""
    waits = receive("wait", "reply", correlation="pair")
    remind = boundary("remind", "wait", "cycle R/PT3S", interrupting=False)
    yield model(
        start() + waits + remind + end() + end("told"),
        "start->wait\nwait->end\nremind->told",
        beside=declared("message reply"),
    ).replace(b'"trial"', f'"{CALLED}"'.encode())
    book = element("serviceTask", "book", properties(**BOOKING))
    tell = send("tell", "reply", correlation="pair", payload="pair")
    yield model(
        start() + user("mark") + timer("pause", PAUSE) + book + tell + end(),
        "start->mark\nmark->pause\npause->book\nbook->tell\ntell->end",
        beside=declared("message reply"),
    ).replace(b'"trial"', f'"{CALLER}"'.encode())


def publish(ground: Ground) -> None:
    join(Settings.from_env(ground.settings))
    for content in models():
        with transaction() as session:
            now = utcnow()
            version = publishing.deploy(session, now=now, bundle=Bundle(content))
            publishing.publish(session, now=now, key=version.key, number=version.number)


class Waiter(threading.Thread):
    """Begins pairs until told to stop, and leaves them to themselves."""

    def __init__(self, office: Office, seed: int, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.office, self.stopping = office, stop
        self.rest = Rest(office, stop)
        self.dice = random.Random(seed)
        self.who = next(
            str(entry["username"])
            for entry in office.logins
            if "process_tester" in entry["positions"]
        )
        self.pairs: list[tuple[str, str]] = []
        self.failure = ""

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self.play()
            except Lost:
                time.sleep(0.2)
            except Exception as error:
                self.failure = f"{type(error).__name__}: {error}"
                raise
            self.stopping.wait(self.dice.uniform(0, 0.5))

    def play(self) -> None:
        pair = f"P{self.office.next_seed()}"
        called = self.begin(CALLED, pair)
        caller = self.begin(CALLER, pair) if called else None
        if not called or not caller:
            return
        task = open_task(self.rest.get(self.who, f"/tickets/{caller}").body)
        if task is None:
            return
        body = {"version": task["version"], "outcome": "done"}
        facts = {"task": task["id"], "ticket": caller, "outcome": "done"}
        done = self.rest.act("complete", self.who, f"/tasks/{task['id']}/complete", body, **facts)
        if done is not None and done.status == 200:
            self.pairs.append((caller, called))

    def begin(self, process: str, pair: str) -> str | None:
        body = {"process": process, "variables": {"pair": pair}}
        made = self.rest.act("begin", self.who, "/tickets", body, pair=pair)
        return str(made.body["number"]) if made and made.status == 201 else None


@dataclass
class Waited:
    """What became of the pairs."""

    figures: dict[str, Any]
    violations: list[Violation]


def settle(ground: Ground, history: History, waiters: list[Waiter], latest: float) -> Waited:
    """Wait until all has run by itself, so many seconds at most, and judge it."""
    pairs = [pair for waiter in waiters for pair in waiter.pairs]
    numbers = [number for pair in pairs for number in pair]
    begun = time.monotonic()
    is_done = wait_until(lambda: not _open(ground, numbers), latest, 0.5)
    took = time.monotonic() - begun
    found = [
        Violation("load", "a waiter must not fall over", {"why": waiter.failure})
        for waiter in waiters
        if waiter.failure
    ]
    if not is_done:
        found += [
            Violation("I7", "what waits by itself is not over after the last fault", row)
            for row in _open(ground, numbers)
        ]
    with ground.connect() as connection:
        found += list(_wrong(connection, history, pairs))
        figures = _figures(connection)
    return Waited({"pairs": len(pairs), "pairs_settled_after": round(took, 1), **figures}, found)


def _open(ground: Ground, numbers: list[str]) -> list[dict[str, Any]]:
    try:
        with ground.connect() as connection:
            return connection.execute(
                "SELECT k.number, k.state FROM ticket k"
                " WHERE k.number = ANY(%s) AND k.state <> 'closed'",
                (numbers,),
            ).fetchall()
    except psycopg.OperationalError:
        return [{"number": "?", "state": "the database is away"}]


def _wrong(
    connection: psycopg.Connection[dict[str, Any]], history: History, pairs: list[tuple[str, str]]
) -> Iterator[Violation]:
    """Each timer once, each effect once, each message once, and the right one."""
    rows = {
        row["number"]: row
        for row in connection.execute(
            """
            SELECT i.number, i.variables->>'pair' AS pair,
              (SELECT count(*) FROM timer t WHERE t.instance_id = i.id
                 AND t.fired_at IS NOT NULL) AS fired,
              (SELECT count(*) FROM node_log l WHERE l.instance_id = i.id
                 AND l.node IN ('pause', 'remind') AND l.event = 'completed') AS passed,
              (SELECT count(*) FROM ledger_row r WHERE r.ticket = i.number) AS booked,
              (SELECT count(*) FROM node_log l WHERE l.instance_id = i.id
                 AND l.node = 'tell' AND l.event = 'completed') AS sent,
              (SELECT count(*) FROM event e WHERE e.chain = 'ticket:' || i.number
                 AND e.kind = 'message.received') AS received
            FROM instance i JOIN ticket k ON k.instance_id = i.id
            WHERE k.process IN ('faults-caller', 'faults-called')
            """
        )
    }
    for row in rows.values():
        if row["fired"] != row["passed"]:
            yield Violation("I7", "each timer fired is passed once", row)
    for caller, called in pairs:
        sender, taker = rows[caller], rows[called]
        if (sender["fired"], sender["booked"], sender["sent"]) != (1, 1, 1):
            about = history.about(caller)
            yield Violation("I7", "timer, operation and message come once", sender, about)
        if taker["received"] != 1:
            yield Violation("I7", "a message is received once", taker, history.about(called))


def _figures(connection: psycopg.Connection[dict[str, Any]]) -> dict[str, Any]:
    row = connection.execute(
        """
        SELECT count(*) AS timers, count(fired_at) AS timers_fired,
          round((percentile_cont(0.5) WITHIN GROUP (ORDER BY lag))::numeric, 1) AS lag_median,
          round((percentile_cont(0.95) WITHIN GROUP (ORDER BY lag))::numeric, 1) AS lag_95,
          round(max(lag)::numeric, 1) AS lag_most
        FROM (SELECT fired_at, extract(epoch FROM fired_at - due_at) AS lag FROM timer) told
        """
    ).fetchone()
    tries = connection.execute(
        "SELECT count(*) AS n, sum(attempts - 1) AS again FROM outbox"
        " WHERE topic IN ('processes.thrown', 'processes.delivery')"
    ).fetchone()
    assert row is not None
    assert tries is not None
    lags = {name: float(row[name] or 0) for name in ("lag_median", "lag_95", "lag_most")}
    return {
        "timers": row["timers"],
        "timers_fired": row["timers_fired"],
        **{f"timer_{name}_seconds": value for name, value in lags.items()},
        "deliveries": tries["n"],
        "deliveries_tried_again": int(tries["again"] or 0),
    }
