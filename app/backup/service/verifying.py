"""Reading a backup without any database: every byte, every row count, every chain."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.attachments.models import Attachment
from app.attachments.store import FOLDER
from app.audit.models import GENESIS, ChainHead, Event
from app.backup import tables
from app.backup.sealing import Unsound, manifest_seal, read_lines, read_part
from app.backup.service.creating import HEADS
from app.backup.types import (
    FORMAT,
    MANIFEST,
    SEAL,
    BackupDamaged,
    BackupRefused,
    Manifest,
    Part,
    Say,
    Table,
)
from app.core.db import Base
from app.processes.models import Instance

PIECE = 2**20
MOST_FINDINGS = 50


@dataclass(frozen=True)
class Copy:
    """A backup whose manifest was proven to be ours."""

    folder: Path
    manifest: Manifest
    key: bytes

    def read(self, name: str) -> Iterator[bytes]:
        return read_part(self.folder / name, self.key, name)

    def lines(self, name: str) -> Iterator[bytes]:
        return read_lines(self.folder / name, self.key, name)


def open_copy(folder: Path, keys: Mapping[str, bytes]) -> Copy:
    """Raises: BackupRefused, BackupDamaged."""
    if not folder.is_dir():
        raise BackupRefused(f"没有 {folder} 这个目录。")
    try:
        data, seal = (folder / MANIFEST).read_bytes(), (folder / SEAL).read_bytes()
    except FileNotFoundError as error:
        raise BackupDamaged([f"缺少 {Path(error.filename).name}。"]) from error
    try:
        manifest = Manifest.model_validate_json(data)
    except ValidationError as error:
        raise BackupDamaged([f"{MANIFEST} 读不懂，被改动过。"]) from error
    if manifest.format != FORMAT:
        raise BackupRefused(f"这份备份的格式是第 {manifest.format} 版，本程序只认第 {FORMAT} 版。")
    if manifest.key_id not in keys:
        raise BackupRefused(
            f"这份备份用密钥 {manifest.key_id} 加密，FIELD_KEYS 里没有它。"
            f"请用 --keys 指出当时另存的密钥文件。"
        )
    key = keys[manifest.key_id]
    if not hmac.compare_digest(manifest_seal(key, data).encode(), seal):
        raise BackupDamaged([f"{MANIFEST} 或 {SEAL} 被改动过，或者密钥不是当时的那一把。"])
    return Copy(folder, manifest, key)


def verify(copy: Copy, say: Say) -> None:
    """Find everything that is wrong with a backup.

    Raises: BackupDamaged.
    """
    findings = [*_wrong_parts(copy, say)]
    if not findings:
        findings += _wrong_rows(copy, say)
    if not findings:
        findings += _missing_files(copy)
        findings += _wrong_chains(copy, say)
    if findings:
        more = len(findings) - MOST_FINDINGS
        shown = findings[:MOST_FINDINGS] + ([f"……另有 {more} 处。"] if more > 0 else [])
        raise BackupDamaged(shown)


def _wrong_parts(copy: Copy, say: Say) -> Iterator[str]:
    expected = copy.manifest.parts
    there = {
        path.relative_to(copy.folder).as_posix(): path
        for path in sorted(copy.folder.rglob("*"))
        if path.is_symlink() or not path.is_dir()
    }
    for name in sorted(there.keys() - expected.keys() - {MANIFEST, SEAL}):
        yield f"多出 {name}。"
    for name in sorted(_named(copy.manifest) - expected.keys()):
        yield f"清单里没有 {name} 的校验值。"
    for name, part in expected.items():
        if name not in there:
            yield f"缺少 {name}。"
        elif there[name].is_symlink() or not _is_whole(there[name], part):
            yield f"{name} 被改动过。"
    say(f"{len(expected)} 个部分的校验值已核对。")


def _named(manifest: Manifest) -> set[str]:
    named = {table.part for table in manifest.tables} | {kept.part for kept in manifest.files}
    return named | {HEADS}


def _is_whole(path: Path, part: Part) -> bool:
    if path.stat().st_size != part.size:
        return False
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest() == part.sha256


def _wrong_rows(copy: Copy, say: Say) -> Iterator[str]:
    for table in copy.manifest.tables:
        try:
            rows = sum(block.count(b"\n") for block in copy.read(table.part))
        except Unsound:
            yield f"{table.part} 解不开。"
            continue
        if rows != table.rows:
            yield f"{table.name} 应有 {table.rows} 行，实有 {rows} 行。"
    for kept in copy.manifest.files:
        try:
            size = sum(map(len, copy.read(kept.part)))
        except Unsound:
            yield f"{kept.part} 解不开。"
            continue
        if size != kept.size:
            yield f"{kept.part} 应有 {kept.size} 字节，实有 {size} 字节。"
    say(f"{copy.manifest.rows} 行、{len(copy.manifest.files)} 个文件已清点。")


def _missing_files(copy: Copy) -> Iterator[str]:
    """I9: what a row of the copy names lies in the copy."""
    if Attachment.__tablename__ not in {table.name for table in copy.manifest.tables}:
        return  # taken before there were any
    there = {kept.path for kept in copy.manifest.files}
    for row in _rows(copy, Attachment.__tablename__, {"id", "file"}):
        if f"{FOLDER}/{row['file']}" not in there:
            yield f"附件 {row['id']} 的文件 {row['file']} 不在备份里，备份时它已经丢失。"


@dataclass
class _Walk:
    """Follows chains through events that come sorted; keeps one head a chain."""

    heads: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)

    def step(self, event: Event) -> None:
        seq, end = self.heads.get(event.chain, (0, GENESIS))
        is_next = event.seq == seq + 1 and event.prev_hash == end
        if not is_next or event.hash != event.computed_hash():
            self.broken.setdefault(event.chain, seq + 1)
        self.heads[event.chain] = (event.seq, event.hash)


def _wrong_chains(copy: Copy, say: Say) -> Iterator[str]:
    """As `audit verify` would see them, but out of the copy."""
    walk, events = _Walk(), 0
    for row in _rows(copy, Event.__tablename__):
        walk.step(Event(**row))
        events += 1
    for chain, seq in walk.broken.items():
        yield f"审计链 {chain} 从第 {seq} 条起不成立。"
    for head in _heads(copy):
        expected = walk.heads.pop(head.audit_chain, (0, GENESIS))
        if (head.audit_seq, head.audit_hash) != expected:
            yield f"审计链 {head.audit_chain} 的末端对不上：应到第 {head.audit_seq} 条。"
    for chain in walk.heads:
        yield f"审计链 {chain} 没有对应的办件或单位。"
    listed = hashlib.sha256(b"".join(copy.read(HEADS))).hexdigest()
    chains = copy.manifest.chains
    if (chains.heads_sha256, chains.events) != (listed, events):
        yield "审计链的末端清单对不上。"
    say(f"{chains.count} 条审计链、{events} 条记录成立。")


def _heads(copy: Copy) -> Iterator[Instance | ChainHead]:
    wanted = {"number", "chain", "audit_seq", "audit_hash"}
    for row in _rows(copy, Instance.__tablename__, wanted):
        yield Instance(**row)
    for row in _rows(copy, ChainHead.__tablename__, wanted):
        yield ChainHead(**row)


def _rows(copy: Copy, name: str, wanted: set[str] | None = None) -> Iterator[dict[str, Any]]:
    """Rows of a table as values, of those columns that this version still knows."""
    table: Table = next(table for table in copy.manifest.tables if table.name == name)
    known = Base.metadata.tables[name].columns
    places = [
        (place, column, known[column])
        for place, column in enumerate(table.columns)
        if column in known and (wanted is None or column in wanted)
    ]
    for line in copy.lines(table.part):
        values = line.split(b"\t")
        yield {column: tables.parse(kind, values[place]) for place, column, kind in places}
