"""What a backup says of itself, and what may be wrong with one."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from app.core.errors import AppError

FORMAT = 1
MANIFEST, SEAL = "manifest.json", "manifest.seal"
Say = Callable[[str], object]


class BackupRefused(AppError):
    """Nothing was changed; the message says why and what to do."""

    code = "backup_refused"
    message = "没有执行。"


class BackupDamaged(AppError):
    code = "backup_damaged"
    message = "这份备份不完整，或者被改动过。"

    def __init__(self, findings: Sequence[str]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join([self.message, *self.findings]))


class Note(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Part(Note):
    """One file of the backup, as its bytes lie there."""

    size: int
    sha256: str


class Table(Note):
    name: str
    columns: tuple[str, ...]
    rows: int

    @property
    def part(self) -> str:
        return f"database/{self.name}.part"


class Counter(Note):
    """A sequence of the database."""

    name: str
    last: int
    is_called: bool


class Kept(Note):
    """A file under DATA_DIR; `path` is relative to it and never leaves it."""

    path: str
    mode: int
    size: int
    part: str

    @model_validator(mode="after")
    def stays_inside(self) -> Self:
        path = PurePosixPath(self.path)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError("leads out of the folder")
        return self


class Chains(Note):
    """The audit chains: how many, how many events, and SHA-256 over all heads in order."""

    count: int
    events: int
    heads_sha256: str


class Manifest(Note):
    format: int
    id: str
    taken_at: datetime
    schema_version: str
    server_version: str
    region: str
    timezone: str
    key_id: str
    tables: tuple[Table, ...]
    sequences: tuple[Counter, ...]
    files: tuple[Kept, ...]
    chains: Chains
    waiting: int
    parts: dict[str, Part]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def bytes(self) -> int:
        return sum(part.size for part in self.parts.values())
