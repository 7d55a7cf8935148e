"""Children that are kept running, their lines shown and kept, and their end in order."""

import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from scripts.process import Child, Running, say, show

FIRST_PAUSE, LONGEST_PAUSE, STEADY = 0.2, 30.0, 10.0
NAME_WIDTH = 9
COLOURS = {"web": 36, "worker": 32, "beat": 33, "pdf": 35, "postgres": 34, "redis": 34}


class Supervisor:
    """Keeps children running, prints their lines, and ends them in order."""

    def __init__(self, logs: Path, env: Mapping[str, str], held: int) -> None:
        self.logs = logs
        self.env = env
        self.held = held
        self.running: dict[str, Running] = {}
        self._pauses: dict[str, float] = {}
        self._due: dict[str, tuple[float, Child]] = {}
        self._readers: list[threading.Thread] = []
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, child: Child) -> Running:
        running = Running(
            Child(**{**vars(child), "env": {**self.env, **child.env}}), held=[self.held]
        )
        self.running[child.name] = running
        reader = threading.Thread(target=self._print_lines, args=(running,), daemon=True)
        reader.start()
        self._readers.append(reader)
        return running

    def look_after(self) -> None:
        """Say who ended, and start them again, each time a little later."""
        now = time.monotonic()
        for name, running in list(self.running.items()):
            code = running.process.poll()
            if code is None:
                continue
            running.let_go()
            del self.running[name]
            steady = now - running.started > STEADY
            pause = FIRST_PAUSE if steady else self._pauses.get(name, FIRST_PAUSE)
            self._pauses[name] = min(pause * 2, LONGEST_PAUSE)
            self._due[name] = (now + pause, running.child)
            say(f"{name} ended with code {code}; starting it again in {pause:.1f} s")
        for name, (due, child) in list(self._due.items()):
            if due <= now:
                del self._due[name]
                self.start(child)

    def stop(self, *names: str) -> None:
        """End these together and wait for them."""
        chosen = [self.running.pop(name) for name in names if name in self.running]
        for running in chosen:
            running.let_go()
        for running in chosen:
            running.process.wait()

    def stop_all(self) -> None:
        """First those who use the database and the broker, then these two."""
        self._due.clear()
        self.stop(*(set(self.running) - {"postgres", "redis"}))
        self.stop("redis", "postgres")
        for reader in self._readers:
            reader.join(1)

    def _print_lines(self, running: Running) -> None:
        name = running.child.name
        label = name.ljust(NAME_WIDTH)
        if sys.stdout.isatty():
            label = f"\033[{COLOURS.get(name, 37)}m{label}\033[0m"
        output = running.process.stdout
        if output is None:
            return
        with output, (self.logs / f"{name}.log").open("ab", buffering=0) as log:
            for raw in output:
                line = raw.decode(errors="replace").rstrip()
                # A full disk costs lines, never the service: whoever writes to a pipe that
                # nobody reads stands still.
                with suppress(OSError):
                    log.write(raw)
                with suppress(OSError):
                    if line and not _is_chatter(name, line):
                        show(f"{label} {line}")


def _is_chatter(name: str, line: str) -> bool:
    """What PostgreSQL and Redis say of a normal day stays in their log files."""
    if name == "postgres":
        return not any(word in line for word in ("ERROR:", "FATAL:", "PANIC:", "WARNING:"))
    return name == "redis" and "FATAL" not in line and "rror" not in line
