"""What the workers of one test run share: a cluster, a Redis, a whole site, each started once.

The first worker that needs one starts it under a guard whose lifeline is a named pipe that the
pytest process itself holds open. So all of it ends with the run, however the run ends.
"""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.process import Child, spawn, wait_until

FOLDER = "BANJIAN_TEST_RUN"
GUARDS_GONE = 20


@dataclass(frozen=True)
class Run:
    """The folder of one test run. Its path is short: sockets live in it."""

    folder: Path

    @classmethod
    def current(cls) -> "Run":
        return cls(Path(os.environ[FOLDER]))

    @property
    def lifeline(self) -> Path:
        return self.folder / "lifeline"

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        with (self.folder / f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def once(self, name: str, make: Callable[[], dict[str, str]]) -> dict[str, str]:
        """What `make` answered to the first who asked. A failure is everybody's, and told again."""
        note = self.folder / f"{name}.json"
        with self.locked(name):
            if not note.exists():
                try:
                    note.write_text(json.dumps(make()))
                except Exception as error:
                    note.write_text(json.dumps({"failed": str(error)}))
                    raise
            answer: dict[str, str] = json.loads(note.read_text())
        if "failed" in answer:
            raise RuntimeError(answer["failed"])
        return answer

    def start(self, child: Child) -> Path:
        """Start a child for the rest of the run; answers where its lines go."""
        log = self.folder / f"{child.name}.log"
        lifeline = os.open(self.lifeline, os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(lifeline, True)
        held = os.open(self.folder / "children.lock", os.O_RDWR | os.O_CREAT)
        fcntl.flock(held, fcntl.LOCK_SH)
        with log.open("wb") as output:
            guard = spawn(child, lifeline, held=[held], output=output)
        guard.returncode = 0  # not ours to wait for: it lives as long as the run
        os.close(lifeline)
        os.close(held)
        return log


class Held:
    """Held by the pytest process (the controller of a parallel run) from first to last."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bj-"))
        self.folder.chmod(0o711)  # PostgreSQL's own user passes through
        os.mkfifo(self.folder / "lifeline")
        self._open = os.open(self.folder / "lifeline", os.O_RDWR)
        os.environ[FOLDER] = str(self.folder)

    def release(self) -> None:
        """End everything that the run started, wait for it, and leave nothing behind."""
        os.close(self._open)
        with (self.folder / "children.lock").open("w") as file:

            def alone() -> bool:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return False
                return True

            wait_until(alone, GUARDS_GONE)
        shutil.rmtree(self.folder, ignore_errors=True)
        del os.environ[FOLDER]
