"""`python -m tests.faults`: kills and races against a real site; the figures, and 1 if any broke.

`--kills web=500,worker=200` says how many of which, `--kills 30` spreads a number over all.
`--models 5000` plays generated diagrams against the reference simulator first; with `--kills 0
--races 0` it needs no site. `--downtime` is a run of its own.
"""

import argparse
import json
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

from scripts.process import say, show
from scripts.served import KINDS
from tests.bpmn.reference import campaign as diagrams
from tests.faults import broken, downtime
from tests.faults.campaign import Outcome, Run, folder, play
from tests.faults.disk import SmallDisk
from tests.faults.ground import Ground
from tests.faults.history import History
from tests.faults.races import RACES

DISK = 600  # in megabytes; tables, logs and the files of a run need less
SHARES = {"web": 15, "worker": 6, "beat": 2, "pdf": 3, "redis": 2, "postgres": 2}


def counts(text: str, names: tuple[str, ...], shares: dict[str, int]) -> dict[str, int]:
    """`a=3,b=4`, or one number spread by shares."""
    if not text.isdecimal():
        pairs = (part.split("=") for part in text.split(",") if part)
        found = {name: int(count) for name, count in pairs}
        if unknown := set(found) - set(names):
            raise SystemExit(f"There is no {', '.join(unknown)}; there are {', '.join(names)}.")
        return found
    total, whole = int(text), sum(shares.values())
    found = {name: total * share // whole for name, share in shares.items()}
    found[names[0]] += total - sum(found.values())
    return found


def play_diagrams(count: int, seed: int) -> bool:
    """Return whether the engine played one of so many generated diagrams wrong."""
    if not count:
        return False
    figures = diagrams.run(count, first=seed * 1_000_000)
    show(figures.table())
    return bool(figures.stories)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", default="30")
    parser.add_argument("--races", default="20")
    parser.add_argument("--clerks", type=int, default=4)
    parser.add_argument("--mean", type=float, default=1.0, help="seconds between kills")
    parser.add_argument("--limit", type=float, default=3600, help="seconds of striking at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jumps", action="store_true", help="move the clock too")
    parser.add_argument(
        "--full", type=int, default=0, help="how often the disk is full; needs root"
    )
    parser.add_argument("--models", type=int, default=0, help="generated diagrams to play")
    parser.add_argument(
        "--waiters", type=int, default=0, help="clients whose tickets wait for timers and messages"
    )
    parser.add_argument(
        "--readers", type=int, default=0, help="how often a reader of webhooks is killed"
    )
    parser.add_argument(
        "--downtime",
        nargs="?",
        const="5000,10000",
        default="",
        help="three days without power, with so many timers and rows that fall due; nothing else",
    )
    parser.add_argument(
        "--latest", type=float, default=60, help="seconds after the last kill until all has run"
    )
    parser.add_argument(
        "--recovered",
        type=float,
        default=60,
        help="seconds after a fault until a case gets through",
    )
    parser.add_argument("--broken", default="", help="builds that must be caught, or `all`")
    parser.add_argument("--data", type=Path, help="folder to keep; a temporary one if missing")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    wanted = Run(
        kills=counts(given.kills, KINDS, SHARES),
        races=counts(given.races, RACES, dict.fromkeys(RACES, 1)),
        clerks=given.clerks,
        mean=given.mean,
        seed=given.seed,
        limit=given.limit,
        jumps=given.jumps,
        full=given.full,
        waiters=given.waiters,
        readers=given.readers,
        latest=given.latest,
        recovered=given.recovered,
    )
    wrong = play_diagrams(given.models, given.seed)
    if given.models and not (
        any(wanted.kills.values()) or any(wanted.races.values()) or wanted.full or given.broken
    ):
        return 1 if wrong else 0
    with tempfile.TemporaryDirectory(prefix="bj-", ignore_cleanup_errors=True) as made:
        base = given.data or Path(made)
        base.mkdir(parents=True, exist_ok=True)
        base.chmod(0o711)
        if given.broken:
            return broken.catch_all(base, given.broken)
        ground = Ground(base / "site", broken.copy_house(base / "house"))
        disk = SmallDisk(ground.data, DISK) if wanted.full else None
        with disk.mounted() if disk else nullcontext():
            begun = time.monotonic()
            ground.start()
            say(f"The site stands after {time.monotonic() - begun:.0f} s; striking")
            try:
                if given.downtime:
                    timers, letters = map(int, given.downtime.split(","))
                    caught = downtime.play(ground, timers, letters)
                    outcome = Outcome(caught.figures, caught.violations)
                else:
                    outcome = play(ground, History(base / "history.jsonl"), wanted, disk)
            finally:
                ground.stop()
        path = outcome.write(folder())
    show(outcome.table())
    show(json.dumps({"written": str(path)}))
    return 1 if outcome.violations or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
