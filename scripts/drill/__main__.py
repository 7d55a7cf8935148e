"""`make restore-drill`: a backup under load, restored into a new folder, and proven there.

Serves a site of its own, lets clerks walk tickets over REST, takes a backup while they do, restores
it into a new folder with a cluster of its own, and checks the invariants of the security notes from
outside, by SQL and by what the clerks were promised. `--drills N` repeats it, `--keep` leaves the
folders. Ends with a table and RPO and RTO; exit code 1 if anything does not hold.
"""

import argparse
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from scripts.drill.restoring import Drill, drill
from scripts.process import ROOT, Failed, say
from scripts.served import Site


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
        with Site(folder / "old") as old:
            for number in range(1, given.drills + 1):
                place = folder / f"d{number}"
                place.mkdir()
                results.append(drill(old, place, given))
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
