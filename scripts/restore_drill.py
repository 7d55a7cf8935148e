"""`make restore-drill`: a backup under load, restored into a new folder, and proven there.

Serves a site of its own, lets clerks walk tickets over REST, takes a backup while they do, restores
it into a new folder with a cluster of its own, and checks the invariants of the security notes from
outside, by SQL and by what the clerks were promised. `--drills N` repeats it, `--keep` leaves the
folders. Ends with a table and RPO and RTO; exit code 1 if anything does not hold.
"""

import argparse
import base64
import http.client
import io
import itertools
import json
import os
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from PIL import Image

from app.backup.sealing import open_keys
from app.config import Settings, gather
from app.core import crypto
from app.demo.people import row
from scripts.process import ROOT, Child, Failed, Running, say, wait_until
from scripts.restore import restore

PROCESS = "operator-account"
CLERK = "yaohaiyang"
HOLDERS = {"account_admin": "tanlihua", "permission_admin": "wuyiming"}
PASSWORD = "Banjian-2026"  # noqa: S105 - of the invented people
SITE_READY = 300
NEW_TICKET = 60
PASSPHRASE = secrets.token_urlsafe(24)
Json = dict[str, Any]

# Each counts what must not be. The numbers are those of the security notes.
INVARIANTS = {
    "I2 a task is over or not, never both": """
        SELECT count(*) FROM task WHERE (state = 'done' AND done_at IS NULL)
           OR (state IN ('open', 'claimed') AND (done_at IS NOT NULL OR outcome IS NOT NULL))
    """,
    "I2 decided visits hold one done task": """
        SELECT count(*) FROM visit WHERE state = 'decided' AND 1 <>
          (SELECT count(*) FROM task WHERE task.visit_id = visit.id AND task.state = 'done')
    """,
    "I3 nothing stands still": """
        SELECT count(*) FROM ticket JOIN instance ON instance.id = ticket.instance_id
        WHERE ticket.state IN ('running', 'returned') AND instance.due_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM task WHERE task.instance_id = ticket.instance_id
                          AND task.state IN ('open', 'claimed'))
          AND NOT EXISTS (SELECT 1 FROM incident WHERE incident.instance_id = ticket.instance_id
                          AND incident.state = 'open')
    """,
    "I4 no gap in a chain": """
        SELECT count(*) FROM (SELECT 1 FROM event GROUP BY chain
                              HAVING min(seq) <> 1 OR max(seq) <> count(*)) AS gaps
    """,
    "I4 each submission has its event": """
        SELECT abs((SELECT count(*) FROM submission)
                   - (SELECT count(*) FROM event WHERE kind = 'ticket.submitted'))
    """,
    "I4 heads are the chains' ends": """
        SELECT count(*) FROM instance
        LEFT JOIN event ON event.chain = 'ticket:' || instance.number
                       AND event.seq = instance.audit_seq
        WHERE instance.audit_seq > 0 AND event.hash IS DISTINCT FROM instance.audit_hash
    """,
    "I5 one ledger row a source, serials without gaps": """
        SELECT (SELECT count(*) FROM (SELECT 1 FROM ledger_row GROUP BY name, source
                                      HAVING count(*) > 1) AS twice)
             + (SELECT count(*) FROM (SELECT 1 FROM ledger_row GROUP BY name, unit_id, year
                                      HAVING min(serial) <> 1 OR max(serial) <> count(*)) AS gaps)
    """,
    "I5 no ledger row without an executed task": """
        SELECT count(*) FROM ledger_row JOIN instance ON instance.number = ledger_row.ticket
        WHERE NOT EXISTS (SELECT 1 FROM task WHERE task.instance_id = instance.id
                          AND task.node LIKE '%\\_execution' AND task.state = 'done')
    """,
    "I8 nothing decided after a withdrawal": """
        SELECT count(*) FROM event AS gone JOIN event AS later
          ON later.chain = gone.chain AND later.seq > gone.seq AND later.kind = 'task.completed'
        WHERE gone.kind = 'ticket.withdrawn' AND NOT EXISTS (
          SELECT 1 FROM event AS again WHERE again.chain = gone.chain
            AND again.kind = 'ticket.submitted' AND again.seq BETWEEN gone.seq AND later.seq)
    """,
    "I6 every seal was set once": """
        SELECT abs((SELECT count(*) FROM event WHERE kind = 'document.frozen')
                   - (SELECT count(*) FROM document WHERE frozen_at IS NOT NULL))
    """,
    "nothing is sent by itself": "SELECT count(*) FROM outbox WHERE state = 'waiting'",
    "nobody is signed in": "SELECT count(*) FROM login_session WHERE ended_at IS NULL",
}

HALF_WAY = """
SELECT DISTINCT instance.number FROM instance
JOIN login ON login.person_id = instance.requester_id AND login.username = 'yaohaiyang'
JOIN task ON task.instance_id = instance.id
WHERE task.state IN ('open', 'claimed') AND task.node <> 'apply'
ORDER BY instance.number DESC LIMIT 3
"""
SEEDS = itertools.count(2000)  # behind those of the demo tickets


class Refused(Exception):
    """The site answered with an error; the words are its own."""


@dataclass
class Rest:
    """One person with a token."""

    url: str
    username: str
    token: str = ""

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        asked = urllib.request.Request(  # noqa: S310 - http://127.0.0.1
            f"{self.url}/api/v1{path}",
            json.dumps(body).encode() if body is not None else None,
            headers,
            method=method,
        )
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
                found: Json = json.load(answer)
        except urllib.error.HTTPError as error:
            raise Refused(f"{method} {path}: {error.code} {error.read().decode()[:300]}") from error
        return found

    def enter(self) -> "Rest":
        named = {"username": self.username, "password": PASSWORD}
        self.token = self.call("POST", "/tokens", named)["token"]
        return self


@dataclass
class Office:
    """Everybody of one county who has a part in the shipped process, at one site."""

    url: str
    seen: dict[str, Rest] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def person(self, username: str) -> Rest:
        with self.lock:
            if username not in self.seen:
                self.seen[username] = Rest(self.url, username).enter()
            return self.seen[username]

    def start(self) -> str:
        answers = {
            "subsystem": "gig-station",
            "contact_phone": "0718-8200000",
            "people": [row(next(SEEDS), post="review")],
        }
        made = self.person(CLERK).call("POST", "/tickets", {"process": PROCESS, "answers": answers})
        return str(made["number"])

    def look(self, number: str) -> Json:
        return self.person(CLERK).call("GET", f"/tickets/{number}")

    def step(self, number: str) -> bool:
        """Whoever is next agrees; False when nobody is."""
        waiting = [t for t in self.look(number)["tasks"] if t["state"] in ("open", "claimed")]
        if not waiting:
            return False
        brief = waiting[0]
        who = self.person(brief["assignee"] or HOLDERS[brief["candidates"][0].partition(":")[0]])
        task = who.call("GET", f"/tasks/{brief['id']}")
        if "claim" in task["actions"]:
            task = who.call("POST", f"/tasks/{task['id']}/claim", {"version": task["version"]})
        fields = (task["form"] or {"components": []})["components"]
        answers = {c["key"]: "已办理。" for c in fields if c.get("key") and not c.get("readonly")}
        body = {"version": task["version"], "outcome": task["outcomes"][0]["value"]}
        body |= {"answers": answers} | ({"signature": signature()} if task["sign"] else {})
        who.call("POST", f"/tasks/{task['id']}/complete", body)
        return True


def signature() -> Json:
    image = Image.new("RGBA", (60, 30), (0, 0, 0, 0))
    image.putpixel((20, 15), (0, 0, 0, 255))
    out = io.BytesIO()
    image.save(out, "PNG")
    return {"kind": "drawn", "image": base64.b64encode(out.getvalue()).decode()}


@dataclass
class Load:
    """Walking clerks, and what the site promised them: (ticket, steps done, when)."""

    office: Office
    promised: list[tuple[str, int, float]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def walk(self) -> None:
        while not self.ended.is_set():
            with self._noted():
                number = self.office.start()
                self.promised.append((number, 0, time.time()))
                done = 0
                while not self.ended.is_set() and self.office.step(number):
                    done += 1
                    self.promised.append((number, done, time.time()))
                    if random.random() < 0.1:  # noqa: S311 - leaves some half way
                        break

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except (Refused, urllib.error.URLError, http.client.HTTPException, OSError) as error:
            self.refusals.append(str(error))

    @contextmanager
    def running(self, clerks: int) -> Iterator[None]:
        threads = [threading.Thread(target=self.walk, daemon=True) for _ in range(clerks)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.ended.set()
            for thread in threads:
                thread.join(60)


@contextmanager
def served(data: Path) -> Iterator[str]:
    """`make run` on a folder and a free port."""
    note, log = data / "run" / "site.json", data / "log" / "site.log"
    env = {"DATA_DIR": str(data), "PORT": "0", "REGION": "enshi"}
    child = Child("site", [sys.executable, "-m", "scripts.serve"], grace=20, env=env)
    log.parent.mkdir(parents=True, exist_ok=True)
    running = Running(child)
    threading.Thread(target=_pour, args=(running, log), daemon=True).start()
    try:
        up = wait_until(lambda: note.exists() or running.process.poll() is not None, SITE_READY)
        if not up or not note.exists():
            tail = "\n".join(log.read_text().splitlines()[-30:]) if log.exists() else ""
            raise Failed(f"The site in {data} did not start:\n{tail}")
        yield str(json.loads(note.read_text())["url"])
    finally:
        running.stop()


def _pour(running: Running, log: Path) -> None:
    if running.process.stdout:
        with log.open("ab") as file:
            shutil.copyfileobj(running.process.stdout, file)


def command(data: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failed(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout


def ask(data: Path, statement: str) -> list[tuple[Any, ...]]:
    """SQL against the served site of a folder."""
    url = gather({"DATA_DIR": str(data)})["DATABASE_URL"]
    with psycopg.connect(url) as connection:
        return connection.execute(statement.encode()).fetchall()


def broken_invariants(data: Path) -> list[str]:
    found = []
    for name, statement in INVARIANTS.items():
        ((count,),) = ask(data, statement)
        if count:
            found.append(f"{name}: {count}")
    return found + broken_documents(data) + broken_files(data)


def broken_documents(data: Path) -> list[str]:
    """I9: under the seal of the field keys lie the bytes that were frozen."""
    crypto.configure(Settings.from_env({"DATA_DIR": str(data)}).field_keys)
    rows = ask(data, "SELECT check_code, pdf, sha256 FROM document WHERE pdf IS NOT NULL")
    return [
        f"I9 document {code} is not the one that was frozen"
        for code, sealed, sha256 in rows
        if crypto.digest(crypto.unseal(bytes(sealed))) != sha256
    ]


def broken_files(data: Path) -> list[str]:
    """I9: every attachment has its file, unchanged, and no file is left over."""
    try:
        command(data, "attachments", "verify")
    except Failed as failure:
        return [f"I9 {failure}"]
    return []


def broken_promises(
    data: Path, promised: list[tuple[str, int, float]], before: float
) -> tuple[list[str], int]:
    """I1: what was acknowledged before the backup began is there; answers also what came later."""
    done = "SELECT count(*) FROM task WHERE instance_id = instance.id AND state = 'done'"
    asked = f"SELECT number, ({done}) FROM instance WHERE submission_count > 0"  # noqa: S608 - fixed
    there: dict[str, int] = dict(ask(data, asked))
    lost = [
        f"I1 {number}: step {step} was acknowledged, {there.get(number, -1)} found"
        for number, step, at in promised
        if at < before and there.get(number, -1) < step
    ]
    later = sum(1 for number, step, _ in promised if there.get(number, -1) < step)
    return lost, later


@dataclass
class Drill:
    """What one drill found."""

    acts: int = 0
    after: int = 0
    create: float = 0
    verify: float = 0
    restore: float = 0
    rto: float = 0
    rpo: float = 0
    megabytes: float = 0
    held: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.acts} acts, {self.after} after the backup · create {self.create:.1f} s, "
            f"verify {self.verify:.1f} s, restore {self.restore:.1f} s, "
            f"{self.megabytes:.1f} MB, {self.held} held · RPO {self.rpo:.1f} s, "
            f"RTO {self.rto:.1f} s · {'holds' if not self.wrong else 'DOES NOT HOLD'}"
        )


def drill(source: Path, url: str, folder: Path, given: argparse.Namespace) -> Drill:
    """One backup under load, one restore into a new folder."""
    result, load = Drill(), Load(Office(url))
    backup, keys, new = folder / "backup", folder / "keys", folder / "new"
    passphrase = folder / "passphrase"
    passphrase.write_text(PASSPHRASE)
    apart = ("--keys", str(keys), "--passphrase-file", str(passphrase))
    with load.running(given.clerks):
        time.sleep(given.seconds / 2)
        begun, clock = time.time(), time.monotonic()
        command(source, "backup", "create", str(backup), *apart)
        result.create = time.monotonic() - clock
        time.sleep(given.seconds / 2)
    crashed = time.monotonic()
    last = max(at for _, _, at in load.promised)
    result.wrong += [f"load: {words}" for words in set(load.refusals)]
    result.acts = len(load.promised)
    result.megabytes = sum(p.stat().st_size for p in backup.rglob("*") if p.is_file()) / 2**20
    clock = time.monotonic()
    command(source, "backup", "verify", str(backup))
    result.verify = time.monotonic() - clock
    clock = time.monotonic()
    restore(backup, open_keys(keys.read_bytes(), PASSPHRASE), new)
    result.restore = time.monotonic() - clock
    with served(new) as there:
        # Between the restore and these questions nobody has acted; workers found nothing to do.
        result.wrong += broken_invariants(new)
        lost, result.after = broken_promises(new, load.promised, begun)
        result.wrong += lost
        try:
            result.wrong += go_on(Office(there), new, result)
        except Refused as refusal:
            result.wrong.append(f"I11 {refusal}")
        result.rto = time.monotonic() - crashed
        result.wrong += let_go(new)
    result.rpo = last - begun
    return result


def go_on(office: Office, data: Path, result: Drill) -> list[str]:
    """What was half way and what is new comes to its end (I11)."""
    wrong: list[str] = []
    result.held = ask(data, "SELECT count(*) FROM outbox WHERE state = 'held'")[0][0]
    half = ask(data, HALF_WAY)
    begun = time.monotonic()
    new = office.start()
    for number in (new, *(number for (number,) in half)):
        while office.step(number):
            pass
        if office.look(number)["state"] != "closed":
            wrong.append(f"{number} did not come to its end")
    if time.monotonic() - begun > NEW_TICKET:
        wrong.append(f"I11 a new ticket took {time.monotonic() - begun:.0f} s")
    return wrong


def let_go(data: Path) -> list[str]:
    """A person releases what was held: each is done once, and every document gets its seal."""
    wrong: list[str] = []
    done = "SELECT count(*) FROM outbox WHERE state = 'done'"
    before = ask(data, done)[0][0]
    command(data, "outbox", "release", "--all")
    waiting = "SELECT count(*) FROM outbox WHERE state IN ('waiting', 'held')"
    if not wait_until(lambda: ask(data, waiting)[0][0] == 0, 120, 0.5):
        wrong.append(f"{ask(data, waiting)[0][0]} outbox rows still wait")
    if ask(data, done)[0][0] < before:
        wrong.append("what was done before the backup was undone")
    frozen = "SELECT count(*) FROM document WHERE state = 'pending'"
    if ask(data, frozen)[0][0]:
        wrong.append(f"{ask(data, frozen)[0][0]} documents were never frozen")
    wrong += [each for each in broken_invariants(data) if each.startswith("I")]
    return wrong


def report(results: list[Drill]) -> None:
    say("")
    for number, result in enumerate(results, start=1):
        say(f"drill {number}: {result}")
        for words in result.wrong:
            say(f"    {words}")
    if not results:
        return
    worst = max(results, key=lambda result: result.rto)
    per_gb = max(each.restore / max(each.megabytes / 1024, 1e-9) / 60 for each in results)
    create = max(each.create for each in results)
    say(f"RPO: the pause between two backups, and {create:.1f} s to take one")
    say(f"RTO: {worst.rto:.1f} s from the loss to a site where new and half-done tickets close;")
    say(f"     {worst.restore:.1f} s of it load {worst.megabytes:.1f} MB ({per_gb:.0f} min a GB)")


def parsed(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drills", type=int, default=1)
    parser.add_argument("--clerks", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20, help="of load, half before the backup")
    parser.add_argument("--folder", type=Path, help="a new folder with a short path")
    parser.add_argument("--keep", action="store_true")
    return parser.parse_args(arguments)


def main() -> int:
    given = parsed()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="bj-drill-"))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)  # PostgreSQL's own user passes through
    results: list[Drill] = []
    try:
        say(f"Serving a site in {folder / 'old'}")
        with served(folder / "old") as url:
            for number in range(1, given.drills + 1):
                place = folder / f"d{number}"
                place.mkdir()
                results.append(drill(folder / "old", url, place, given))
                say(f"drill {number} of {given.drills}: {results[-1]}")
                if not given.keep:
                    shutil.rmtree(place / "new", ignore_errors=True)
    except Failed as failure:
        say(f"Cannot go on: {failure}")
        return 1
    finally:
        report(results)
        if not given.keep:
            with suppress(OSError):
                shutil.rmtree(folder)
    return 1 if any(result.wrong for result in results) else 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
