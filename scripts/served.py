"""A site of its own beside whatever runs: the launcher with a folder, its processes by kind.

For those who look at a site from outside: benchmarks, drills and the tests of faults.
"""

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg.rows import dict_row

from scripts.guard import descendants
from scripts.process import ROOT, Child, Failed, Running, wait_until
from scripts.serve import is_up
from scripts.settings import read_settings

READY = 240
TAIL = 40
GUARD = "guard.py"
MARKS = {
    "web": "granian",
    "worker": "app.worker worker",
    "beat": "app.worker beat",
    "pdf": "pdf.server",
    "redis": "redis-server",
    "postgres": "bin/postgres",
}
KINDS = tuple(MARKS)
# Settings come from the site's folder alone, never from who starts it.
FOREIGN = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_KEYS", "BASE_URL")
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Site:
    """A site served by `make run`'s launcher. `root` is the checkout that serves it."""

    data: Path
    root: Path = ROOT
    url: str = ""
    launcher: int = 0
    _running: Running | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        return self.data.with_name(f"{self.data.name}.launcher.log")

    @property
    def settings(self) -> dict[str, str]:
        return read_settings(self.data / "settings.env")

    def further(self) -> dict[str, str]:
        """What its environment holds besides the folder, the port and the region."""
        return {}

    def start(self) -> None:
        """Start the launcher and wait until it serves. Raises: Failed."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o711)  # PostgreSQL's own user passes through
        note = self.data / "run" / "site.json"
        note.unlink(missing_ok=True)
        env = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        env |= {
            "DATA_DIR": str(self.data),
            "PORT": "0",
            "REGION": "enshi",
            "BANJIAN_FONTS": str(ROOT / "var" / "fonts"),
            **self.further(),
        }
        command = [sys.executable, "-m", "scripts.serve"]
        self._running = Running(Child("site", command, grace=20, cwd=self.root, env=env))
        self._drain()
        process = self._running.process
        wait_until(lambda: note.exists() or process.poll() is not None, READY, 0.1)
        if not note.exists():
            tail = self.log.read_text().splitlines()[-TAIL:]
            raise Failed("\n".join([f"The site in {self.data} did not start:", *tail]))
        site = json.loads(note.read_text())
        self.url, self.launcher = site["url"], site["pid"]

    def stop(self) -> None:
        if self._running is not None:
            self._running.stop()
            self._running = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def command(self, *arguments: str) -> str:
        """Run `flask --app wsgi …` against the site, as an operator would. Raises: Failed."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=self.root,
            env={**os.environ, "DATA_DIR": str(self.data)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Failed(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
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

    def cpu(self, kind: str) -> float:
        """Seconds of CPU that a service has used since it started, all its processes together."""
        return sum(cpu_of(pid) for pid in [*self.heads(kind), *self.members(kind)])

    def connect(self) -> psycopg.Connection[dict[str, Any]]:
        """As the owner of the tables."""
        return psycopg.connect(
            self.settings["DATABASE_URL"],
            autocommit=True,
            connect_timeout=5,
            row_factory=dict_row,
            application_name="outside",
        )

    def count(self, query: str) -> int:
        """The only number that `query` answers."""
        (row,) = self.rows(query)
        (number,) = row.values()
        return int(number)

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        with self.connect() as connection:
            return connection.execute(query, values).fetchall()

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


def cpu_of(pid: int) -> float:
    """Seconds of CPU of a process with those of its children that have ended; 0 when it is gone."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS
    return 0.0


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def _parent(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0
