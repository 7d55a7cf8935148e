"""What a database needs before the site can use it, each step only when its inputs changed."""

import hashlib
import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from scripts.cluster import Cluster
from scripts.process import ROOT, Child, Failed, Running, Saying

DATABASE = "banjian"
UNFINISHED = "banjian_unfinished"
TAIL = 25


@dataclass(frozen=True)
class Step:
    what: str
    command: tuple[str, ...]
    inputs: tuple[str, ...] = ()  # files and folders; none: only for a new database


def steps(region: str) -> tuple[Step, ...]:
    definition = f"regions/{region}.yaml"
    return (
        Step("Setting up the tables", ("db", "upgrade"), ("migrations",)),
        Step(f"Reading region {region}", ("region", "import", definition), (definition,)),
        *(
            Step("Reading the rule sets", ("rules", "import", rules), (rules,))
            for rules in (f"regions/{region}.rules.yaml",)
            if (ROOT / rules).exists()
        ),
        Step(
            "Publishing the processes",
            ("processes", "deploy", ".", "--publish"),
            # The region says which of them it has, and what its levels are called.
            ("bpmn/processes", "forms/definitions", "pdf/documents", definition),
        ),
        Step("Playing the demo tickets", ("demo", "load")),
    )


def prepare(data: Path, env: Mapping[str, str], cluster: Cluster, region: str, held: int) -> None:
    """Bring the database up to what this checkout needs.

    A new one gets its name only when all is in it: what an interrupted first start leaves behind is
    thrown away, and a database of this name is always whole.
    Raises: Failed.
    """
    note = data / "prepared.json"
    if DATABASE in cluster.databases():
        hashes = _read(note)
        for step in steps(region):
            if step.inputs and hashes.get(step.what) != _digest(step.inputs):
                run_step(step, data, env, held)
                hashes[step.what] = _digest(step.inputs)
                _write(note, hashes)
        return
    cluster.drop(UNFINISHED)
    cluster.create(UNFINISHED)
    for step in steps(region):
        run_step(step, data, {**env, "DATABASE_URL": cluster.url(UNFINISHED)}, held)
    _write(note, {step.what: _digest(step.inputs) for step in steps(region)})
    cluster.rename(UNFINISHED, DATABASE)


def run_step(step: Step, data: Path, env: Mapping[str, str], held: int) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *step.command]
    with Saying(step.what):
        running = Running(Child("prepare", command, env=env), held=[held])
        try:
            output, _ = running.process.communicate()
        finally:
            running.stop()
        text = output.decode(errors="replace")
        with (data / "log" / "prepare.log").open("a") as log:
            log.write(text)
        if running.process.returncode:
            tail = "\n".join(text.rstrip().splitlines()[-TAIL:])
            raise Failed(
                f"{step.what} failed (`flask --app wsgi {' '.join(step.command)}`):\n{tail}\n"
                f"All it said is in {data / 'log' / 'prepare.log'}."
            )


def _digest(inputs: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for name in inputs:
        path = ROOT / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and file.suffix != ".pyc":
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _read(note: Path) -> dict[str, str]:
    with suppress(FileNotFoundError, ValueError):
        content: dict[str, str] = json.loads(note.read_text())
        return content
    return {}


def _write(note: Path, hashes: Mapping[str, str]) -> None:
    note.write_text(json.dumps(hashes, indent=1))
