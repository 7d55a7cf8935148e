"""One run: start, load, strike, wait, judge; and the figures that are left."""

import json
import platform
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from scripts.process import ROOT, say, wait_until
from tests.faults import chaos, races, waiting
from tests.faults.clerks import PROCESS, Clerk, Lost, Office, Rest, decision, open_task
from tests.faults.disk import SmallDisk
from tests.faults.ground import Ground
from tests.faults.hearing import Hearing
from tests.faults.history import History
from tests.faults.judge import Violation, judge

SETTLE = 400
JUMPS = (30 * 86400, -2 * 86400, 0)


@dataclass
class Run:
    """What is wanted of one run."""

    kills: Mapping[str, int] = field(default_factory=dict)
    last: str = ""  # the kind that is struck after all others
    races: Mapping[str, int] = field(default_factory=dict)
    clerks: int = 4
    mean: float = 1.0
    seed: int = 1
    limit: float = 3600
    jumps: bool = False
    full: int = 0
    waiters: int = 0
    readers: int = 0  # how often a reader of webhooks is killed
    latest: float = 60  # seconds until all that waits by itself has run
    recovered: float = 60  # seconds until a new case is done after the last fault
    settle: float = SETTLE


@dataclass
class Outcome:
    figures: dict[str, Any]
    violations: list[Violation]

    def table(self) -> str:
        lines = [f"{name:<34} {value}" for name, value in self.figures.items()]
        lines += [f"violations{'':<25}{len(self.violations)}", *map(str, self.violations)]
        return "\n".join(lines)

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}.json"
        said = {
            **self.figures,
            "violations": [
                {"invariant": v.invariant, "rule": v.rule, "facts": str(dict(v.facts))}
                for v in self.violations
            ],
        }
        path.write_text(json.dumps(said, indent=1, ensure_ascii=False, default=str))
        return path


def open_office(ground: Ground, history: History) -> Office:
    logins = json.loads(ground.command("demo", "logins", "--json"))
    office = Office(ground.url, logins, history)
    # Seeds of one run never meet those of another on the same data.
    first = 1000 + int(time.time()) % 400_000 * 10
    office.seeds = iter(range(first, first + 1_000_000))
    office.learn(Rest(office))
    return office


def play(ground: Ground, history: History, wanted: Run, disk: SmallDisk | None = None) -> Outcome:
    """Strike a site under load; it must be running. What was wrong stands in the outcome."""
    office = open_office(ground, history)
    stop = threading.Event()
    clerks = [Clerk(office, wanted.seed * 100 + n, stop) for n in range(wanted.clerks)]
    if wanted.waiters:
        waiting.publish(ground)
    enough = threading.Event()
    waiters = [waiting.Waiter(office, wanted.seed + n, enough) for n in range(wanted.waiters)]
    for clerk in (*clerks, *waiters):
        clerk.start()
    hearing = Hearing(ground, wanted.readers, 3 * wanted.mean, wanted.seed)
    if wanted.readers:
        hearing.enter()
        hearing.start()
    begun = time.monotonic()
    struck = chaos.Chaos(ground, history, wanted.seed)
    before = chaos.said_by_postgres(ground)
    strike_all(struck, wanted, begun)
    ran: Counter[str] = Counter()
    found: list[Violation] = []
    if wanted.readers:
        hearing.finish()  # before the clock is moved: days of nothing but failures are the end
    enough.set()  # before the clock is moved: a timer that was armed in another month is late
    for waiter in waiters:
        waiter.join(90)
    waited = (
        waiting.settle(ground, history, waiters, wanted.latest)
        if waiters
        else waiting.Waited({}, [])
    )
    found += waited.violations
    for _ in range(wanted.full):
        if disk is not None:
            fill_up(disk, ground, history, struck.dice, wanted.recovered)
    if wanted.jumps:
        for jump in JUMPS:
            history.note("clock", seconds=jump)
            ground.move_clock(jump)
            time.sleep(6)
    stop.set()
    for clerk in clerks:
        clerk.join(90)
    if wanted.races:
        ran, wrong = races.run(ground, office, wanted.races, begun + wanted.limit)
        found += wrong
    lasted = time.monotonic() - begun
    found += [
        Violation("load", "a clerk must not fall over", {"why": clerk.failure})
        for clerk in clerks
        if clerk.failure
    ]
    found += recover(ground, office, wanted)
    heard: dict[str, Any] = {}
    if wanted.readers:
        heard, wrong = hearing.settle()
        hearing.end()
        found += wrong
    said = chaos.said_by_postgres(ground)
    found += judge(ground, history)
    acts = history.acts()
    figures = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()} {platform.python_version()}",
        "seconds": round(lasted),
        "clerks": wanted.clerks,
        "tickets": sum(clerk.tickets for clerk in clerks),
        "tickets_played_to_the_end": sum(clerk.closed for clerk in clerks),
        "writes": len(acts),
        "writes_acknowledged": sum(act.acknowledged for act in acts),
        "writes_never_answered": sum(act.status is None for act in acts),
        "answers_lost": sum("lost" in line for line in history.lines()),
        **struck.kills.figures(),
        "disk_full": wanted.full if disk else 0,
        "postgres_saw": {words: said[words] - before[words] for words in said},
        "races": dict(ran),
        **waited.figures,
        **heard,
    }
    return Outcome(figures, found)


def strike_all(struck: chaos.Chaos, wanted: Run, begun: float) -> None:
    """All kills of the plan, in a random order; what cannot be hit now comes again later."""
    waiting = chaos.plan(wanted.kills, struck.dice, wanted.last)
    told = time.monotonic()
    while waiting and time.monotonic() - begun < wanted.limit:
        kind = waiting.pop(0)
        if struck.strike(kind):
            chaos.pause(struck.dice, wanted.mean)
        else:
            time.sleep(0.05)
            if kind != "flush":
                place = 0 if wanted.last else struck.dice.randrange(len(waiting) + 1)
                waiting.insert(place, kind)
        if time.monotonic() - told > 30:
            told = time.monotonic()
            say(f"{dict(struck.kills.by_kind)}, {len(waiting)} to come")


def fill_up(
    disk: SmallDisk, ground: Ground, history: History, dice: random.Random, recovered: float
) -> None:
    """No byte is left for some seconds, under load; then there is room again."""
    history.note("disk full", bytes=disk.fill())
    time.sleep(dice.uniform(2, 8))
    disk.free()
    history.note("disk free")
    wait_until(ground.up, recovered, 0.2)
    time.sleep(dice.uniform(2, 6))


def recover(ground: Ground, office: Office, wanted: Run) -> list[Violation]:
    """I11: a new case goes from end to end in good time, with nobody's help."""
    if not wait_until(ground.up, wanted.recovered, 0.2):
        return [Violation("I11", "the site is up again in good time", {"url": ground.url})]
    try:
        if not ground.quiet(wanted.settle):
            rows = ground.rows("SELECT * FROM report_outbox WHERE state = 'waiting'")
            return [
                Violation("I3", "the outbox is worked off after the last fault", row)
                for row in rows
            ]
    except psycopg.Error as error:
        return [Violation("I11", "the database answers", {"error": str(error)})]
    begun = time.monotonic()
    rest = Rest(office)
    dice = random.Random(begun)
    clerk = Clerk(office, int(begun), threading.Event())
    who, seed = dice.choice(office.clerks), office.next_seed()
    number = ""
    try:
        given = {"process": PROCESS, "answers": office.answers(seed)}
        made = rest.act("create", who, "/tickets", given, seed=seed)
        number = str(made.body["number"]) if made and made.status == 201 else ""
        while number and time.monotonic() - begun < wanted.recovered:
            task = open_task(rest.get(who, f"/tickets/{number}").body)
            if task is None:
                break
            by = clerk.pick(task)
            body = decision(task)
            facts = {"task": task["id"], "ticket": number, "outcome": body["outcome"]}
            rest.act("complete", by or who, f"/tasks/{task['id']}/complete", body, **facts)

        def sealed() -> bool:
            documents = rest.get(who, f"/tickets/{number}").body.get("documents", ())
            return bool(documents) and all(d["state"] == "frozen" for d in documents)

        left = wanted.recovered - (time.monotonic() - begun)
        done = bool(number) and wait_until(sealed, max(left, 1), 0.3)
    except Lost as error:
        done, number = False, f"{number} lost {error}"
    found = []
    if not done:
        found.append(Violation("I11", "a new case is done in good time", {"number": number}))
    return found


def folder() -> Path:
    return ROOT / "var" / "faults"
