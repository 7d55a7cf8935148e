"""What clients sent and heard, kept outside the system: JSON lines, written before they matter."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Said:
    """One act of a client: what it asked, and the answer unless that was lost."""

    n: int
    kind: str
    facts: dict[str, Any]
    status: int | None = None
    answer: dict[str, Any] | None = None

    @property
    def acknowledged(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class History:
    """Append-only; a line is flushed before the request leaves and when the answer is there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self._n = 0

    def sent(self, kind: str, **facts: Any) -> int:
        with self._lock:
            self._n += 1
            n = self._n
            self._write({"n": n, "sent": kind, **facts})
        return n

    def heard(self, n: int, status: int, **facts: Any) -> None:
        with self._lock:
            self._write({"n": n, "heard": status, **facts})

    def lost(self, n: int, why: str) -> None:
        with self._lock:
            self._write({"n": n, "lost": why})

    def note(self, what: str, **facts: Any) -> None:
        with self._lock:
            self._write({"note": what, **facts})

    def lines(self) -> Iterator[dict[str, Any]]:
        with self.path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)

    def acts(self) -> list[Said]:
        """Each act with its first answer; repeats of a lost one count as the same act."""
        found: dict[int, Said] = {}
        for line in self.lines():
            if "sent" in line:
                facts = {k: v for k, v in line.items() if k not in ("n", "sent", "at")}
                found[line["n"]] = Said(line["n"], line["sent"], facts)
            elif "heard" in line and found[line["n"]].status is None:
                found[line["n"]].status = line["heard"]
                found[line["n"]].answer = line
        return list(found.values())

    def about(self, *words: str) -> list[str]:
        """The raw lines that name one of these words, and the answers to them."""
        wanted = {
            line["n"]
            for line in self.lines()
            if "n" in line and any(word in json.dumps(line) for word in words)
        }
        return [json.dumps(line) for line in self.lines() if line.get("n") in wanted]

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps({**line, "at": round(time.time(), 3)}) + "\n")
        self._file.flush()
