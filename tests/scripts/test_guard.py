"""Nothing outlives the launcher, however it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.process import ROOT, Child, Running, wait_until
from tests.support.patience import PATIENCE

# A child that starts one more in a session of its own, as servers do, then tells both numbers.
FAMILY = """
import subprocess, sys, time
import os
own = subprocess.Popen(["sleep", "300"], start_new_session=True)
print(os.getpid(), own.pid, flush=True)
time.sleep(300)
"""
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + FAMILY
# A test run in the background has Ctrl-C switched off, and its children inherit that.
LAUNCHER = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from scripts.process import Child, Running
running = Running(Child("family", [sys.executable, "-c", sys.argv[1]], grace=0.5))
print(running.process.pid, running.process.stdout.readline().decode(), flush=True)
sys.stdin.read()
"""


def is_alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def all_gone(*pids: int) -> bool:
    return wait_until(lambda: not any(map(is_alive, pids)), PATIENCE)


@pytest.fixture(params=[FAMILY, STUBBORN], ids=["willing", "stubborn"])
def launched(request: pytest.FixtureRequest) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A launcher with one child and grandchild: the process, and guard, child and grandchild."""
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, request.param],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with launcher:
        assert launcher.stdout
        yield launcher, [int(pid) for pid in launcher.stdout.readline().split()]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nobody_outlives_the_launcher(
    launched: tuple[subprocess.Popen[str], list[int]], how: signal.Signals
) -> None:
    """Killed or ended, the launcher takes all with it, also who left its session."""
    launcher, pids = launched
    assert all(map(is_alive, pids))
    launcher.send_signal(how)
    assert all_gone(*pids)


def test_the_child_goes_with_its_guard(
    launched: tuple[subprocess.Popen[str], list[int]],
) -> None:
    """A killed guard cannot end anybody; the kernel ends the child."""
    _, (guard, child, grandchild) = launched
    try:
        os.kill(guard, signal.SIGKILL)
        assert wait_until(lambda: not is_alive(guard), PATIENCE)
        if not wait_until(lambda: not is_alive(child), 1):
            os.kill(child, signal.SIGKILL)  # the stubborn one ignores even that SIGTERM
    finally:
        os.kill(grandchild, signal.SIGKILL)
    assert all_gone(child, grandchild)


def test_the_guard_tells_how_its_child_ended() -> None:
    """The launcher sees the child's own exit code."""
    with Running(Child("short", [sys.executable, "-c", "raise SystemExit(7)"])) as running:
        output, _ = running.process.communicate()
        assert (running.process.returncode, output) == (7, b"")


def test_a_missing_program_is_said() -> None:
    """A child that cannot start says which program is missing."""
    with Running(Child("missing", ["/nowhere/program"])) as running:
        output, _ = running.process.communicate()
        assert running.process.returncode == 127
        assert b"/nowhere/program: No such file" in output


def test_a_stopped_child_is_asked_first() -> None:
    """Stopping sends the child's own stop signal and waits for it to finish."""
    text = (
        "import signal, time\n"
        "def end(*_):\n"
        "    print('finished', flush=True)\n"
        "    raise SystemExit(0)\n"
        "signal.signal(signal.SIGUSR1, end)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)"
    )
    with Running(Child("polite", [sys.executable, "-c", text], stop="SIGUSR1")) as running:
        assert running.process.stdout
        assert running.process.stdout.readline() == b"ready\n"
        assert running.stop() == 0
        assert running.process.stdout.read() == b"finished\n"
