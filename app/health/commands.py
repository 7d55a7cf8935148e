"""`flask --app wsgi doctor`: is everything in order, and if not, what to do."""

import json
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.core.clock import utcnow
from app.core.db import reading
from app.health import checkup
from app.health.checkup import Finding, State, Surroundings

LABELS = {State.OK: "正常", State.WARN: "注意", State.FAIL: "故障"}


def init_app(app: Flask, around: Surroundings) -> None:
    app.extensions["surroundings"] = around
    app.cli.add_command(doctor)


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="给程序看。")
@with_appcontext
def doctor(as_json: bool) -> None:
    """Look at everything the site needs; exit code 1 if something failed."""
    around: Surroundings = current_app.extensions["surroundings"]
    findings = list(checkup.examine(around, reading, now=utcnow()))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in findings], ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(as_table(findings)))
    if any(one.state is State.FAIL for one in findings):
        sys.exit(1)


def as_table(findings: Sequence[Finding]) -> list[str]:
    """One line each, columns aligned also where a sign is two wide; the remedy below its line."""
    column = max(map(width, (one.name for one in findings))) + 2
    lines = []
    for one in findings:
        lines.append(
            f"{LABELS[one.state]}  {one.name}{' ' * (column - width(one.name))}{one.found}"
        )
        if one.remedy:
            lines.append(f"{' ' * (column + 6)}→ {one.remedy}")
    counts = {state: sum(one.state is state for one in findings) for state in State}
    lines.append("，".join(f"{LABELS[state]} {count} 项" for state, count in counts.items()) + "。")
    return lines


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
