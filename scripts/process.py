"""Starting guarded children, and saying what is being waited for. No knowledge of what they do."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

ROOT = Path(__file__).resolve().parent.parent
GUARD = Path(__file__).with_name("guard.py")


class Failed(Exception):
    """Something cannot go on; the message says what happened and what to do about it."""


@dataclass
class Child:
    name: str
    command: Sequence[str]
    stop: str = "SIGTERM"
    grace: float = 4.0
    user: str | None = None
    cwd: Path = ROOT
    env: Mapping[str, str] = field(default_factory=dict)


class Running:
    """A started child. Its guard ends it when `stop()` is called or this process is gone."""

    def __init__(self, child: Child, *, held: Sequence[int] = ()) -> None:
        self.child = child
        self.started = time.monotonic()
        read_end, self._write_end = os.pipe()
        self.process = spawn(child, read_end, held=held)
        os.close(read_end)

    def let_go(self) -> None:
        """Close the lifeline: the guard begins to end the child."""
        if self._write_end >= 0:
            os.close(self._write_end)
            self._write_end = -1

    def stop(self) -> int:
        self.let_go()
        return self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self.process.stdout:
            self.process.stdout.close()


def spawn(
    child: Child,
    lifeline: int,
    *,
    held: Sequence[int] = (),
    output: IO[bytes] | int = subprocess.PIPE,
) -> subprocess.Popen[bytes]:
    """Start `child` under a guard that reads `lifeline`.

    The guards keep the descriptors of `held` open: a lock on one is free when the last has gone.
    """
    options = ["--lifeline", str(lifeline), "--stop", child.stop, "--grace", str(child.grace)]
    if child.user:
        options += ["--user", child.user]
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(GUARD), *options, "--", *child.command],
        cwd=child.cwd,
        env={**os.environ, **child.env},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        pass_fds=(lifeline, *held),
    )


def write_private(path: Path, lines: Sequence[str]) -> None:
    """Replace a file in one move; only its owner may read it."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("\n".join(lines) + "\n")
    new.replace(path)


def wait_until(ready: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if ready():
            return True
        time.sleep(pause)
    return ready()


class Saying:
    """`with Saying("Reading the region"):` one line at the start, one with the time at the end."""

    def __init__(self, what: str, every: float = 10.0) -> None:
        self.what = what
        self.every = every
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        self._begun = time.monotonic()
        say(f"{self.what} …")
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._done.set()
        self._thread.join()
        elapsed = time.monotonic() - self._begun
        if kind is None:
            say(f"{self.what}: done in {elapsed:.1f} s")

    def _tick(self) -> None:
        while not self._done.wait(self.every):
            say(f"{self.what}: still at it, {time.monotonic() - self._begun:.0f} s")


def say(line: str) -> None:
    show(f"banjian   {line}")


def show(line: str) -> None:
    """Print; a reader who has gone away is no reason to leave children behind."""
    with suppress(OSError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
