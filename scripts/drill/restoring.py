"""One drill: a backup under load, a restore into a new folder, and the proof there."""

import argparse
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path

from app.backup.sealing import open_keys
from scripts.drill.judging import broken_at_rest, broken_invariants, broken_promises
from scripts.drill.office import Load, Office, Refused
from scripts.process import wait_until
from scripts.restore import restore
from scripts.served import Site

NEW_TICKET = 60
PASSPHRASE = secrets.token_urlsafe(24)
HALF_WAY = """
SELECT DISTINCT instance.number FROM instance
JOIN login ON login.person_id = instance.requester_id AND login.username = 'yaohaiyang'
JOIN task ON task.instance_id = instance.id
WHERE task.state IN ('open', 'claimed') AND task.node <> 'apply'
ORDER BY instance.number DESC LIMIT 3
"""


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


def drill(source: Site, folder: Path, given: argparse.Namespace) -> Drill:
    """One backup under load, one restore into a new folder."""
    result, load = Drill(), Load(Office(source.url))
    backup, keys, new = folder / "backup", folder / "keys", folder / "new"
    passphrase = folder / "passphrase"
    passphrase.write_text(PASSPHRASE)
    apart = ("--keys", str(keys), "--passphrase-file", str(passphrase))
    with load.running(given.clerks):
        time.sleep(given.seconds / 2)
        begun, clock = time.time(), time.monotonic()
        source.command("backup", "create", str(backup), *apart)
        result.create = time.monotonic() - clock
        time.sleep(given.seconds / 2)
    crashed = time.monotonic()
    last = max(at for _, _, at in load.promised)
    result.wrong += [f"load: {words}" for words in set(load.refusals)]
    result.acts = len(load.promised)
    result.megabytes = sum(p.stat().st_size for p in backup.rglob("*") if p.is_file()) / 2**20
    clock = time.monotonic()
    source.command("backup", "verify", str(backup))
    result.verify = time.monotonic() - clock
    clock = time.monotonic()
    restore(backup, open_keys(keys.read_bytes(), PASSPHRASE), new)
    result.restore = time.monotonic() - clock
    with Site(new) as there:
        # Between the restore and these questions nobody has acted; workers found nothing to do.
        result.wrong += broken_at_rest(there) + broken_invariants(there)
        lost, result.after = broken_promises(there, load.promised, begun)
        result.wrong += lost
        try:
            result.wrong += go_on(there, result)
        except Refused as refusal:
            result.wrong.append(f"I11 {refusal}")
        result.rto = time.monotonic() - crashed
        result.wrong += let_go(there)
    result.rpo = last - begun
    return result


def go_on(site: Site, result: Drill) -> list[str]:
    """What was half way and what is new comes to its end (I11)."""
    office = Office(site.url)
    wrong: list[str] = []
    result.held = site.count("SELECT count(*) FROM outbox WHERE state = 'held'")
    half = [str(row["number"]) for row in site.rows(HALF_WAY)]
    begun = time.monotonic()
    new = office.start()
    for number in (new, *half):
        while office.step(number):
            pass
        if office.look(number)["state"] != "closed":
            wrong.append(f"{number} did not come to its end")
    if time.monotonic() - begun > NEW_TICKET:
        wrong.append(f"I11 a new ticket took {time.monotonic() - begun:.0f} s")
    return wrong


def let_go(site: Site) -> list[str]:
    """A person releases what was held: each is done once, and every document gets its seal."""
    wrong: list[str] = []
    done = "SELECT count(*) FROM outbox WHERE state = 'done'"
    before = site.count(done)
    site.command("outbox", "release", "--all")
    waiting = "SELECT count(*) FROM outbox WHERE state IN ('waiting', 'held')"
    if not wait_until(lambda: site.count(waiting) == 0, 120, 0.5):
        wrong.append(f"{site.count(waiting)} outbox rows still wait")
    if site.count(done) < before:
        wrong.append("what was done before the backup was undone")
    frozen = "SELECT count(*) FROM document WHERE state = 'pending'"
    if pending := site.count(frozen):
        wrong.append(f"{pending} documents were never frozen")
    return wrong + broken_invariants(site)
