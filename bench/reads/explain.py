"""The statements of a request, and what PostgreSQL says of each when it is asked again."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, event

WRITES = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM)\b")  # an act writes in one WITH


@dataclass(frozen=True)
class Said:
    """One statement as it went to the database."""

    text: str
    given: Any

    @property
    def reads(self) -> bool:
        text = self.text.lstrip().upper()
        return text.startswith("SELECT") or (text.startswith("WITH") and not WRITES.search(text))


@dataclass
class Heard:
    """Everything that was said while it listened."""

    statements: list[Said] = field(default_factory=list)

    def note(self, _connection: Any, _cursor: Any, text: str, given: Any, *_: Any) -> None:
        if not text.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "EXPLAIN")):
            self.statements.append(Said(text, given))


@contextmanager
def listening(engine: Engine) -> Iterator[Heard]:
    heard = Heard()
    event.listen(engine, "before_cursor_execute", heard.note)
    try:
        yield heard
    finally:
        event.remove(engine, "before_cursor_execute", heard.note)


@dataclass(frozen=True)
class Node:
    """One step of a plan."""

    kind: str
    relation: str
    rows: float
    index: str

    def __str__(self) -> str:
        return f"{self.kind} {self.relation}".strip()


@dataclass(frozen=True)
class Plan:
    """How a statement was carried out. `buffers`: pages read, cached or not; `rows`: its answer."""

    said: Said
    buffers: int
    rows: int
    nodes: tuple[Node, ...]

    @property
    def is_list(self) -> bool:
        """Whether it is that of a page of a list."""
        return all(word in self.said.text for word in ("ORDER BY", "LIMIT"))


def explain(connection: Connection, said: Said) -> Plan:
    """Carry it out once more and look."""
    asked = f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {said.text}"
    (answer,) = connection.exec_driver_sql(asked, said.given).scalar_one()
    root = answer["Plan"]
    buffers = root["Shared Hit Blocks"] + root["Shared Read Blocks"]
    return Plan(said, buffers, round(root["Actual Rows"]), tuple(_nodes(root)))


def _nodes(step: dict[str, Any]) -> Iterator[Node]:
    yield Node(
        step["Node Type"],
        step.get("Relation Name", ""),
        step["Actual Rows"] * step["Actual Loops"],
        step.get("Index Name", ""),
    )
    for below in step.get("Plans", ()):
        yield from _nodes(below)
