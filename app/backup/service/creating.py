"""Taking a backup while the site runs: one moment of the database, then the files it names."""

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.attachments.store import HALF
from app.audit.models import Event
from app.backup import tables
from app.backup.sealing import PartWriter, manifest_seal, open_private
from app.backup.types import (
    FORMAT,
    MANIFEST,
    SEAL,
    BackupRefused,
    Chains,
    Kept,
    Manifest,
    Part,
    Say,
    Table,
)
from app.config import Settings
from app.core.outbox import OVER, Outbox

HEADS = "chains.part"
# What is made again, or belongs to this machine: the private cluster, sockets, logs, fonts, what
# checks and restores leave behind, and the settings, whose keys lie apart.
NO_DATA = frozenset({"pg", "run", "log", "fonts", "check", "prepared.json", "settings.env"})
PIECE = 2**20


@dataclass(frozen=True)
class Target:
    """A folder in the making; it gets its name when it is whole."""

    folder: Path
    key: bytes

    def part(self, name: str) -> PartWriter:
        return PartWriter(self.folder / name, self.key, name)


def create(
    session: Session, *, folder: Path, settings: Settings, now: datetime, say: Say
) -> Manifest:
    """Write a backup into `folder`, which must not be there. `session` must be fresh.

    Raises: BackupRefused.
    """
    half = folder.with_name(f"{folder.name}.partial")
    _refuse_what_is_there(folder, half)
    key_id = next(iter(settings.field_keys))
    try:
        half.mkdir(mode=0o700)
        manifest = _write(session, Target(half, settings.field_keys[key_id]), settings, now, say)
        half.rename(folder)
        _sync_folder(folder.parent)
    except OSError as error:
        shutil.rmtree(half, ignore_errors=True)
        raise BackupRefused(
            f"写不进 {folder}：{error.strerror or error}。没有留下备份。"
        ) from error
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        raise
    return manifest


def _write(
    session: Session, target: Target, settings: Settings, now: datetime, say: Say
) -> Manifest:
    tables.one_moment(session)
    connection = tables.raw(session)
    names = tables.table_names(connection)
    tables.lock(connection, names, "ACCESS SHARE MODE")  # no migration comes between
    version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    parts: dict[str, Part] = {}
    copied = []
    for place, name in enumerate(names, start=1):
        table = Table(name=name, columns=tables.column_names(connection, name), rows=0)
        rows = 0
        with target.part(table.part) as part:
            for block in tables.copy_out(connection, name, table.columns):
                part.write(block)
                rows += block.count(b"\n")
        parts[table.part] = part.note
        copied.append(table.model_copy(update={"rows": rows}))
        say(f"[{place}/{len(names)}] {name}：{rows} 行，{part.note.size} 字节")
    chains, parts[HEADS] = _heads(session, target)
    waiting = session.scalar(select(func.count()).where(Outbox.state.not_in(OVER)))
    counters = tables.counters(connection)
    session.rollback()  # the moment is over; a file it names is never changed afterwards
    files = list(_keep_files(settings.data_dir, target, parts, say))
    manifest = Manifest(
        format=FORMAT,
        id=uuid.uuid4().hex,
        taken_at=now,
        schema_version=version[0] if version else "",
        server_version=connection.info.parameter_status("server_version") or "",
        region=settings.region,
        timezone=settings.timezone,
        key_id=next(iter(settings.field_keys)),
        tables=tuple(copied),
        sequences=counters,
        files=tuple(files),
        chains=chains,
        waiting=waiting or 0,
        parts=parts,
    )
    _seal(target, manifest)
    return manifest


def _heads(session: Session, target: Target) -> tuple[Chains, Part]:
    """The last event of each chain, as it can be compared with a head that was exported."""
    digest, count = hashlib.sha256(), 0
    last = select(Event.chain, func.max(Event.seq)).group_by(Event.chain)
    ends = (
        select(Event.chain, Event.seq, Event.hash)
        .where(tuple_(Event.chain, Event.seq).in_(last))
        .order_by(Event.chain)
        .execution_options(yield_per=1000)
    )
    lines = (f"{chain}\t{seq}\t{end.hex()}\n" for chain, seq, end in session.execute(ends))
    with target.part(HEADS) as part:
        for line in lines:
            count += 1
            digest.update(line.encode())
            part.write(line.encode())
    events = session.scalar(select(func.count()).select_from(Event)) or 0
    return Chains(count=count, events=events, heads_sha256=digest.hexdigest()), part.note


def _keep_files(data: Path, target: Target, parts: dict[str, Part], say: Say) -> Iterator[Kept]:
    for number, path in enumerate(_data_files(data), start=1):
        name, size = f"files/{number:07}.part", 0
        try:
            file = path.open("rb")
        except FileNotFoundError:  # swept just now: nothing of that moment named it
            continue
        with file, target.part(name) as part:
            while piece := file.read(PIECE):
                part.write(piece)
                size += len(piece)
            mode = os.fstat(file.fileno()).st_mode & 0o777
        parts[name] = part.note
        yield Kept(path=path.relative_to(data).as_posix(), mode=mode, size=size, part=name)
        if number % 100 == 0:
            say(f"文件：{number} 个")


def _data_files(data: Path) -> Iterator[Path]:
    """Files of people under DATA_DIR. What nobody knows is kept; a link leads nowhere."""
    for at, folders, names in os.walk(data):
        here = Path(at)
        folders[:] = sorted(
            name
            for name in folders
            if not (here == data and name in NO_DATA) and not _is_backup(here / name)
        )
        for name in sorted(names):
            path = here / name
            is_ours = not (here == data and name in NO_DATA) and not name.startswith(HALF)
            if is_ours and path.is_file() and not path.is_symlink():
                yield path


def _is_backup(folder: Path) -> bool:
    """Backups are not backed up."""
    return folder.name.endswith(".partial") or (folder / SEAL).exists()


def _seal(target: Target, manifest: Manifest) -> None:
    data = manifest.model_dump_json(indent=1).encode()
    for name, content in (
        (MANIFEST, data),
        (SEAL, manifest_seal(target.key, data).encode()),
    ):
        with open_private(target.folder / name) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    for folder in {path.parent for path in target.folder.rglob("*")}:
        _sync_folder(folder)


def _refuse_what_is_there(folder: Path, half: Path) -> None:
    if folder.exists() or folder.is_symlink():
        raise BackupRefused(f"{folder} 已经存在，请换一个新的目录名；旧备份不会被覆盖。")
    if half.exists():
        raise BackupRefused(
            f"{half} 是一份没有做完的备份（上次被中断，或者另一个备份正在进行）。"
            f"确认没有备份在进行后删掉它，再试一次。"
        )
    if not folder.parent.is_dir():
        raise BackupRefused(f"没有 {folder.parent} 这个目录，请先建好。")


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # some network file systems cannot
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
