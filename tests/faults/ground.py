"""The site under test: a clock that can be moved, a Redis to flush, processes to kill."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis

from scripts.process import wait_until
from scripts.served import Site


@dataclass
class Ground(Site):
    """A running site. `root` is the checkout that serves it: ours, or a broken copy."""

    @property
    def clock(self) -> Path:
        return self.data.with_name(f"{self.data.name}.clock")

    def further(self) -> dict[str, str]:
        return {"CLOCK_OFFSET_FILE": str(self.clock), "WEBHOOK_HOSTS": "127.0.0.1"}

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
