"""Readers of webhooks that are killed while events flow: each event is seen once, none is lost."""

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import Any

from sqlalchemy import text

from app.config import Settings
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.identity.queries import actor_of, find_person_by_username
from app.webhooks import service
from app.webhooks.types import Kind, Wanted
from app.wiring import join
from scripts.process import ROOT, wait_until
from scripts.settings import free_port
from tests.faults import reader
from tests.faults.ground import Ground
from tests.faults.judge import Violation

REGION = "422800"
ADMIN = "duanshiyu"  # of the whole region
ARRIVED = 420  # seconds: the longest silence, and time to send what waited
# Which event of the trail must have been told as what.
WITNESSES = {
    Kind.TICKET_OPENED: "e.kind = 'ticket.submitted' AND e.data->>'submission' = '1'"
    " OR e.kind = 'ticket.begun' OR e.kind = 'ticket.created' AND e.data->>'begun' = 'true'",
    Kind.TICKET_RESUBMITTED: "e.kind = 'ticket.submitted' AND e.data->>'submission' <> '1'",
    Kind.TICKET_RETURNED: "e.kind IN ('task.returned', 'ticket.withdrawn')",
    Kind.TICKET_CLOSED: "e.kind LIKE 'ticket.ended.%'",
    Kind.TASK_DECIDED: "e.kind = 'task.completed'",
    Kind.INCIDENT_OPENED: "e.kind = 'incident.opened'",
}


class Hearing(threading.Thread):
    """A reader, killed so many times at random moments, and started again a moment later."""

    def __init__(self, ground: Ground, kills: int, mean: float, seed: int) -> None:
        super().__init__(daemon=True)
        self.ground, self.left, self.mean = ground, kills, mean
        self.dice = random.Random(seed)
        self.file = ground.data.with_name(f"{ground.data.name}.heard.jsonl")
        self.port = free_port(0)
        self.kills = self.since = 0
        self.is_over = threading.Event()
        self._running: subprocess.Popen[bytes] | None = None

    def enter(self) -> None:
        """From now on all of the region is told here."""
        join(Settings.from_env(self.ground.settings | self.ground.further()))
        with transaction() as session:
            self.since = session.scalar(text("SELECT max(id) FROM event")) or 0
            known = find_person_by_username(session, ADMIN)
            assert known is not None
            service.add_endpoint(
                session,
                actor=actor_of(session, known.id, utcnow()),
                now=utcnow(),
                unit=REGION,
                wanted=Wanted("试收", f"http://127.0.0.1:{self.port}/", list(Kind)),
            )
        self._begin()

    def run(self) -> None:
        while self.left and not self.is_over.wait(self.dice.expovariate(1 / self.mean)):
            self.end()
            self.kills += 1
            self.left -= 1
            time.sleep(self.dice.uniform(0, 1))
            self._begin()

    def end(self) -> None:
        if self._running is not None:
            self._running.kill()
            self._running.wait()

    def _begin(self) -> None:
        command = [sys.executable, "-m", "tests.faults.reader", str(self.port), str(self.file)]
        self._running = subprocess.Popen(command, cwd=ROOT)

    def finish(self) -> None:
        """All its kills are done; what is told from now on arrives."""
        self.join(60 + 3 * self.left * (self.mean + 1))
        self.is_over.set()

    def settle(self) -> tuple[dict[str, Any], list[Violation]]:
        """All has arrived; each thing that the trail knows was told once."""
        begun = time.monotonic()
        is_done = wait_until(lambda: not _waiting(), ARRIVED, 0.5)
        took = time.monotonic() - begun
        heard = reader.read(self.file)
        twice = [one for one, count in Counter(line["id"] for line in heard).items() if count > 1]
        found = [Violation("I6", "a reader sees an event once", {"id": one}) for one in twice]
        if not is_done:
            found.append(Violation("I6", "all has arrived", {"waiting": _waiting()}))
        found += _missing(self.since, Counter((line["type"], line["number"]) for line in heard))
        figures = {
            "reader_kills": self.kills,
            "events_heard": len(heard),
            "deliveries_tried_again": _again(),
            "heard_all_after": round(took, 1),
        }
        return figures, found


def _waiting() -> int:
    with reading() as session:
        query = (
            "SELECT (SELECT count(*) FROM webhook_news)"
            " + (SELECT count(*) FROM webhook_delivery WHERE state <> 'delivered')"
        )
        return int(session.scalar(text(query)) or 0)


def _again() -> int:
    with reading() as session:
        query = "SELECT coalesce(sum(tries - 1), 0) FROM webhook_delivery"
        return int(session.scalar(text(query)) or 0)


def _missing(since: int, heard: Counter[tuple[str, str]]) -> list[Violation]:
    found = []
    with reading() as session:
        for kind, condition in WITNESSES.items():
            query = text(
                "SELECT substr(e.chain, 8) AS number, count(*) AS n FROM event e"  # noqa: S608
                f" WHERE e.id > :since AND e.chain LIKE 'ticket:%' AND ({condition}) GROUP BY 1"
            )
            known = {row.number: row.n for row in session.execute(query, {"since": since})}
            told = {number: n for (name, number), n in heard.items() if name == kind}
            found += [
                Violation(
                    "I6",
                    f"{kind} is told as often as it happened",
                    {"number": number, "happened": known.get(number, 0), "told": told.get(number)},
                )
                for number in known.keys() | told.keys()
                if known.get(number, 0) != told.get(number, 0)
            ]
    return found
