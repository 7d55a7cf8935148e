"""Builds that are wrong on purpose: each is an edit of a copy, and the judge must catch it.

A module here has `RULE` (what it breaks), `EDITS` (file, before, after), perhaps `SQL` for what
stands in the database, and `STRIKES` (what is done to it in one run). The edits name lines of the
house, so a house that moves must move them too: an edit that no longer fits fails loudly.
"""

import importlib
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from scripts.process import ROOT, say
from tests.faults import campaign
from tests.faults.ground import Ground
from tests.faults.history import History

LEFT_OUT = (".git", ".venv", "var", "node_modules", "tests", "docs", "*_cache", "__pycache__")
BUILDS = (
    "audit_outside",
    "no_unique_key",
    "answer_before_commit",
    "effect_twice",
    "retry_in_redis",
)
RUNS = 200
SETTLE = 120  # seconds, in which a sound build works off what ten kills left behind


@dataclass(frozen=True)
class Caught:
    build: str
    kills: int
    seconds: int
    by: tuple[str, ...]


def copy_house(target: Path, edits: Sequence[tuple[str, str, str]] = ()) -> Path:
    """A checkout of its own to serve from, so that nothing changes under running processes."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
    for name, before, after in edits:
        path = target / name
        text = path.read_text(encoding="utf-8")
        if text.count(before) != 1:
            raise RuntimeError(f"{name} has moved: {before.splitlines()[0]!r} is not there once")
        path.write_text(text.replace(before, after), encoding="utf-8")
    return target


def catch_all(base: Path, names: str) -> int:
    """Run each broken build until the judge speaks; 1 if one is never caught."""
    chosen = BUILDS if names == "all" else tuple(names.split(","))
    template = base / "template"
    sound = Ground(template)
    sound.start()
    sound.stop()
    missed = 0
    for name in chosen:
        caught = catch(base, template, name)
        missed += caught is None
        say(f"{name}: {caught or 'NOT CAUGHT'}")
    return 1 if missed else 0


def catch(base: Path, template: Path, name: str) -> Caught | None:
    """Strike in small runs until the judge finds something, at most `RUNS` kills."""
    build: Any = importlib.import_module(f"{__name__}.{name}")
    root = copy_house(base / name / "house", build.EDITS)
    data = base / name / "site"
    shutil.copytree(template, data, symlinks=True, ignore=shutil.ignore_patterns("run", "*.sock"))
    _give_back(template, data)
    ground = Ground(data, root)
    ground.start()
    begun, kills = time.monotonic(), 0
    try:
        if statement := getattr(build, "SQL", ""):
            with ground.connect() as connection:
                connection.execute(statement)
        for run in range(RUNS):
            history = History(base / name / f"history-{run}.jsonl")
            wanted = campaign.Run(
                kills=build.STRIKES, mean=0.4, seed=run + 1, clerks=6, settle=SETTLE
            )
            outcome = campaign.play(ground, history, wanted)
            kills += sum(outcome.figures["kills"].values())
            if outcome.violations:
                by = tuple(sorted({f"{v.invariant} {v.rule}" for v in outcome.violations}))
                return Caught(name, kills, round(time.monotonic() - begun), by)
            if kills >= RUNS:
                return None
        return None
    finally:
        ground.stop()


def _give_back(template: Path, data: Path) -> None:
    """The cluster's files belong to PostgreSQL's own user, also in the copy."""
    for path in [template / "pg", *(template / "pg").rglob("*")]:
        if path.is_symlink():
            continue
        stat = path.stat()
        target = data / path.relative_to(template)
        if target.exists():
            shutil.chown(target, stat.st_uid, stat.st_gid)


def modules() -> list[ModuleType]:
    return [importlib.import_module(f"{__name__}.{name}") for name in BUILDS]
