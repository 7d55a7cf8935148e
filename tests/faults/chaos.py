"""Kills at random moments. A victim is stopped first, looked at in PostgreSQL, then killed."""

import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg

from tests.faults.ground import Ground, freeze, kill, started
from tests.faults.history import History

# PostgreSQL's own words, the second witness: counted from its log.
CUT_OFF = (
    "unexpected EOF on client connection with an open transaction",
    "connection to client lost",
)
LOOK = """
    SELECT xact_start IS NOT NULL AS open, backend_xid IS NOT NULL AS wrote, state, query
    FROM pg_stat_activity WHERE application_name = %s AND backend_type = 'client backend'
"""
BACKEND = """
    SELECT pid, xact_start IS NOT NULL AS open FROM pg_stat_activity
    WHERE application_name LIKE 'banjian/%%' AND backend_type = 'client backend'
"""


@dataclass
class Kills:
    """What was killed, and where it stood."""

    by_kind: Counter[str] = field(default_factory=Counter)
    web_seen: int = 0
    web_open: int = 0
    web_wrote: int = 0
    web_committing: int = 0
    worker_seen: int = 0
    worker_open: int = 0
    flushes: int = 0

    def figures(self) -> dict[str, Any]:
        share = round(self.web_open / self.web_seen, 3) if self.web_seen else None
        wrote = round(self.web_wrote / self.web_seen, 3) if self.web_seen else None
        return {
            "kills": dict(self.by_kind),
            "redis_flushes": self.flushes,
            "web_kills_looked_at": self.web_seen,
            "web_kills_in_transaction": self.web_open,
            "web_kills_with_uncommitted_writes": self.web_wrote,
            "web_kills_during_commit": self.web_committing,
            "share_in_transaction": share,
            "share_with_uncommitted_writes": wrote,
            "worker_kills_looked_at": self.worker_seen,
            "worker_kills_in_transaction": self.worker_open,
        }


class Chaos:
    def __init__(self, ground: Ground, history: History, seed: int = 0) -> None:
        self.ground, self.history = ground, history
        self.dice = random.Random(seed)
        self.kills = Kills()
        self._watch: psycopg.Connection[dict[str, Any]] | None = None

    def strike(self, kind: str) -> bool:
        """Kill one process of this kind; False if there is none at the moment."""
        if kind == "flush":
            return self._flush()
        strike = {"web": self._web, "worker": self._worker, "postgres": self._postgres}
        if not strike.get(kind, lambda: self._plain(kind))():
            return False
        self.kills.by_kind[kind] += 1
        return True

    def _web(self) -> bool:
        """Mostly a worker that serves; now and then the head, with all workers."""
        members = self.ground.members("web")
        if not members or not self.ground.up():
            return False
        if self.dice.random() < 0.05:
            self.history.note("kill", kind="web", who="head")
            return kill(self.ground.heads("web")) > 0
        # The one that runs longest and has work: one that is only starting proves nothing, and
        # granian takes the same worker dying twice in a row for a crash loop.
        pid = min(members, key=started)
        if not self._look(pid) or not freeze(pid):
            return False
        seen = self._look(pid)
        killed = kill([pid]) > 0
        if seen is not None:
            self.kills.web_seen += 1
            self.kills.web_open += any(row["open"] for row in seen)
            self.kills.web_wrote += any(row["wrote"] for row in seen)
            self.kills.web_committing += any(
                row["query"].upper().startswith("COMMIT") and row["state"] == "active"
                for row in seen
            )
        facts = [{k: row[k] for k in ("open", "wrote", "state")} for row in seen or ()]
        self.history.note("kill", kind="web", pid=pid, backends=facts)
        return killed

    def _worker(self) -> bool:
        members = self.ground.members("worker")
        if not members:
            return False
        if self.dice.random() < 0.1:
            self.history.note("kill", kind="worker", who="head")
            return kill(self.ground.heads("worker")) > 0
        # One that is at work, if one is: an idle child proves little.
        pid = self.dice.choice(members)
        if not freeze(pid):
            return False
        seen = self._look(pid)
        if seen is not None:
            self.kills.worker_seen += 1
            self.kills.worker_open += any(row["open"] for row in seen)
        self.history.note("kill", kind="worker", pid=pid)
        return kill([pid]) > 0

    def _postgres(self) -> bool:
        """Half the time the server itself, half the time a backend, which takes all down."""
        heads = self.ground.heads("postgres")
        if not heads:
            return False
        whole = self.dice.random() < 0.5
        victims = heads
        if not whole:
            try:
                found = self._connection().execute(BACKEND).fetchall()
            except psycopg.Error:
                self._watch = None
                return False
            busy = [row["pid"] for row in found if row["open"]] or [row["pid"] for row in found]
            if not busy:
                return False
            victims = [self.dice.choice(busy)]
        self._watch = None
        self.history.note("kill", kind="postgres", who="server" if whole else "backend")
        return kill(victims) > 0

    def _plain(self, kind: str) -> bool:
        heads, members = self.ground.heads(kind), self.ground.members(kind)
        if not heads:
            return False
        pid = self.dice.choice([*heads, *members])
        self.history.note("kill", kind=kind, pid=pid)
        return kill([pid]) > 0

    def _flush(self) -> bool:
        try:
            self.ground.redis().flushall()
        except Exception as error:  # it may be dead just now
            self.history.note("flush missed", why=type(error).__name__)
            return False
        self.kills.flushes += 1
        self.history.note("flush")
        return True

    def _look(self, pid: int) -> list[dict[str, Any]] | None:
        """What the backends of this process are doing, while it stands still."""
        try:
            return self._connection().execute(LOOK, (f"banjian/{pid}",)).fetchall()
        except psycopg.Error:
            self._watch = None
            return None

    def _connection(self) -> psycopg.Connection[dict[str, Any]]:
        if self._watch is None or self._watch.closed:
            self._watch = self.ground.connect()
        return self._watch


def said_by_postgres(ground: Ground) -> dict[str, int]:
    """How often PostgreSQL itself found a client gone in the middle of a transaction."""
    text = (ground.data / "log" / "postgres.log").read_text(errors="replace")
    return {words: text.count(words) for words in CUT_OFF}


def plan(wanted: Mapping[str, int], dice: random.Random, last: str = "") -> list[str]:
    """All kills in a random order (`last` at the end), with a flush of Redis after every tenth."""
    kinds = [kind for kind, count in wanted.items() for _ in range(count)]
    dice.shuffle(kinds)
    kinds.sort(key=lambda kind: kind == last)
    return [
        word
        for n, kind in enumerate(kinds, 1)
        for word in ([kind, "flush"] if n % 10 == 0 else [kind])
    ]


def pause(dice: random.Random, mean: float) -> None:
    time.sleep(min(dice.expovariate(1 / mean), mean * 3))
