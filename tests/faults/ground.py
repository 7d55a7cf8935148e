"""The site under test: the launcher with a folder of its own, and its processes by kind."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import redis
from psycopg.rows import dict_row

from scripts.guard import descendants
from scripts.process import ROOT, Child, Running, wait_until
from scripts.serve import is_up
from scripts.settings import read_settings

READY = 240
GUARD = "guard.py"
KINDS = ("web", "worker", "beat", "pdf", "redis", "postgres")
MARKS = {
    "web": "granian",
    "worker": "app.worker worker",
    "beat": "app.worker beat",
    "pdf": "pdf.server",
    "redis": "redis-server",
    "postgres": "bin/postgres",
}
# Settings come from the site's folder alone, never from who runs the tests.
FOREIGN = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_KEYS", "BASE_URL")


@dataclass
class Ground:
    """A running site. `root` is the checkout that serves it: ours, or a broken copy."""

    data: Path
    root: Path = ROOT
    url: str = ""
    launcher: int = 0
    _running: Running | None = field(default=None, repr=False)

    @property
    def clock(self) -> Path:
        return self.data.with_name(f"{self.data.name}.clock")

    @property
    def log(self) -> Path:
        return self.data.with_name(f"{self.data.name}.launcher.log")

    @property
    def settings(self) -> dict[str, str]:
        return read_settings(self.data / "settings.env")

    def start(self) -> None:
        """Start the launcher and wait until it serves."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o711)
        note = self.data / "run" / "site.json"
        note.unlink(missing_ok=True)
        env = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        env |= {
            "DATA_DIR": str(self.data),
            "PORT": "0",
            "REGION": "enshi",
            "CLOCK_OFFSET_FILE": str(self.clock),
            "BANJIAN_FONTS": str(ROOT / "var" / "fonts"),
        }
        command = [sys.executable, "-m", "scripts.serve"]
        self._running = Running(Child("site", command, grace=20, cwd=self.root, env=env))
        self._drain()
        process = self._running.process
        wait_until(lambda: note.exists() or process.poll() is not None, READY, 0.1)
        if not note.exists():
            tail = self.log.read_text().splitlines()[-40:]
            raise RuntimeError("\n".join(["The site did not start:", *tail]))
        site = json.loads(note.read_text())
        self.url, self.launcher = site["url"], site["pid"]

    def stop(self) -> None:
        if self._running is not None:
            self._running.stop()
            self._running = None

    def command(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=self.root,
            env={**os.environ, "DATA_DIR": str(self.data)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def up(self) -> bool:
        return is_up(self.url)

    def heads(self, kind: str) -> list[int]:
        """The first process of a service: the child of the launcher's guard."""
        return [
            pid
            for pid in descendants(self.launcher)
            if MARKS[kind] in _command(pid) and GUARD in _command(_parent(pid))
        ]

    def members(self, kind: str) -> list[int]:
        """Those below the first: workers, backends."""
        return [pid for head in self.heads(kind) for pid in descendants(head)]

    def connect(self) -> psycopg.Connection[dict[str, Any]]:
        return psycopg.connect(
            self.settings["DATABASE_URL"],
            autocommit=True,
            connect_timeout=5,
            row_factory=dict_row,
            application_name="faults",
        )

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        with self.connect() as connection:
            return connection.execute(query, values).fetchall()

    def redis(self) -> "redis.Redis":
        url = self.settings["REDIS_URL"]  # redis+socket://:password@/path
        password, _, path = url.removeprefix("redis+socket://:").partition("@")
        return redis.Redis(unix_socket_path=path.replace("%2F", "/"), password=password)

    @contextmanager
    def clock_moved(self, seconds: float) -> Iterator[None]:
        self.move_clock(seconds)
        try:
            yield
        finally:
            self.move_clock(0)

    def move_clock(self, seconds: float) -> None:
        new = self.clock.with_suffix(".new")
        new.write_text(str(seconds))
        new.replace(self.clock)

    def quiet(self, seconds: float) -> bool:
        """Wait until the outbox is worked off: what was left for later is done."""

        def done() -> bool:
            with suppress(psycopg.OperationalError):
                query = "SELECT count(*) AS n FROM report_outbox WHERE state = 'waiting'"
                return bool(self.rows(query)[0]["n"] == 0)
            return False

        return wait_until(done, seconds, 0.5)

    def _drain(self) -> None:
        """The launcher's lines go to a file; it also keeps a log a service in its own folder."""
        process = self._running.process if self._running else None
        if process is None or process.stdout is None:
            return
        output = process.stdout

        def copy() -> None:
            with self.log.open("ab") as log:
                for line in output:
                    log.write(line)
                    log.flush()

        threading.Thread(target=copy, daemon=True).start()


def freeze(pid: int) -> bool:
    """Stop a process where it stands, so that what it was doing can be looked at."""
    try:
        os.kill(pid, signal.SIGSTOP)
    except ProcessLookupError:
        return False
    limit = time.monotonic() + 0.5
    while time.monotonic() < limit:
        with suppress(OSError):
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state in "TtZX":
                return state in "Tt"
        time.sleep(0.001)
    return True


def started(pid: int) -> int:
    """When it began, in ticks since the machine did; one that is gone began never."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    return 2**63


def kill(pids: Sequence[int]) -> int:
    killed = 0
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            killed += 1
    return killed


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def _parent(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0
