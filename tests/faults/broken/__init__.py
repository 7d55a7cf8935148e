"""Builds that are wrong on purpose: each is an edit of a copy, and the judge must catch it.

A module here has `RULE` (what it breaks), `EDITS` (file, before, after), perhaps `SQL` for what
stands in the database, `STRIKES` (what is done to it in one run) and perhaps `LAST` (which of them
comes at the end). The edits name lines of the house, so a house that moves must move them too: an
edit that no longer fits fails loudly. A build is caught only by the rule it breaks; `sound` is the
house as it is, struck like all of them, and must not be accused.
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
SOUND = "sound"
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
    chosen = (SOUND, *BUILDS) if names == "all" else tuple(names.split(","))
    template = base / "template"
    sound = Ground(template)
    sound.start()
    sound.stop()
    missed = 0
    for name in chosen:
        if name == SOUND:
            accused = acquit(base, template)
            missed += len(accused)
            say(f"{name}: {accused or 'not accused'}")
            continue
        caught = catch(base, template, name)
        missed += caught is None
        say(f"{name}: {caught or 'NOT CAUGHT'}")
    return 1 if missed else 0


def catch(base: Path, template: Path, name: str) -> Caught | None:
    """Strike in small runs until the judge finds what is broken, at most `RUNS` kills.

    What else he finds is said, and does not count: a build that is caught for another reason shows
    a fault of the house or of the judge.
    """
    build: Any = importlib.import_module(f"{__name__}.{name}")
    ground = _stand(base, template, name, build.EDITS)
    begun, kills = time.monotonic(), 0
    try:
        if statement := getattr(build, "SQL", ""):
            with ground.connect() as connection:
                connection.execute(statement)
        for run in range(RUNS):
            history = History(base / name / f"history-{run}.jsonl")
            outcome = campaign.play(ground, history, _run(build, run))
            kills += sum(outcome.figures["kills"].values())
            by = _rules(outcome)
            if any(rule.startswith(f"{build.RULE} ") for rule in by):
                return Caught(name, kills, round(time.monotonic() - begun), by)
            if by:
                say(f"{name}: {by}, which is not what is broken in it")
            if kills >= RUNS:
                return None
        return None
    finally:
        ground.stop()


def acquit(base: Path, template: Path) -> list[str]:
    """The sound house under the strikes of every broken one: what the judge says against it."""
    ground = _stand(base, template, SOUND, ())
    try:
        return [
            f"{build.__name__}: {rule}"
            for run, build in enumerate(modules())
            for rule in _rules(
                campaign.play(ground, History(base / SOUND / f"{run}.jsonl"), _run(build, run))
            )
        ]
    finally:
        ground.stop()


def _run(build: Any, run: int) -> campaign.Run:
    return campaign.Run(
        kills=build.STRIKES,
        last=getattr(build, "LAST", ""),
        mean=0.4,
        seed=run + 1,
        clerks=6,
        settle=SETTLE,
    )


def _rules(outcome: campaign.Outcome) -> tuple[str, ...]:
    return tuple(sorted({f"{v.invariant} {v.rule}" for v in outcome.violations}))


def _stand(base: Path, template: Path, name: str, edits: Sequence[tuple[str, str, str]]) -> Ground:
    """A running site of its own, from the template's data and the house with these edits."""
    root = copy_house(base / name / "house", edits)
    data = base / name / "site"
    shutil.copytree(template, data, symlinks=True, ignore=shutil.ignore_patterns("run", "*.sock"))
    _give_back(template, data)
    ground = Ground(data, root)
    ground.start()
    return ground


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
