"""A short leg of `make faults`: the site is struck under load, and nothing is lost or doubled."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.process import ROOT
from tests.faults import broken

KILLS = 16
LIMIT = 900  # in seconds; a quiet machine needs one minute


@pytest.mark.faults
def test_nothing_is_lost_or_doubled_under_kills() -> None:
    """Some kills of everything, races, lost answers and a clock that jumps: no violation.

    In a process of its own: keys, clock and connections of the site stay out of other tests.
    """
    command = [sys.executable, "-m", "tests.faults", "--kills", str(KILLS), "--races", "9"]
    command += ["--mean", "0.3", "--limit", "240", "--jumps", "--waiters", "1", "--readers", "5"]
    command += ["--latest", "300", "--recovered", "300"]  # other tests share the processors
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-4000:]
    written = json.loads(done.stdout.strip().splitlines()[-1])["written"]
    figures = json.loads(Path(written).read_text())
    assert figures["violations"] == []
    assert figures["writes_acknowledged"] > 0
    assert sum(figures["kills"].values()) == KILLS
    assert figures["timers_fired"] >= figures["pairs"] > 0
    assert figures["reader_kills"] == 5
    assert figures["events_heard"] > 0


@pytest.mark.parametrize("build", broken.BUILDS)
def test_broken_builds_can_be_made(build: str) -> None:
    """Their edits still fit the house, and what they make is Python."""
    module = next(found for found in broken.modules() if found.__name__.endswith(build))
    for name, before, after in module.EDITS:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{name} has moved: tests/faults/broken/{build}.py"
        compile(text.replace(before, after), name, "exec")
    assert re.fullmatch(r"I\d+", module.RULE)
