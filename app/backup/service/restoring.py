"""Into an empty database, in one transaction; what waited then waits for a person now."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.backup import tables
from app.backup.sealing import open_private
from app.backup.service.verifying import Copy
from app.backup.types import BackupDamaged, BackupRefused, Kept, Manifest, Say
from app.core import outbox
from app.core.schema import alembic_config
from app.identity.models import LoginSession
from app.managed import service as managed
from app.notifications.service import sending
from app.sendings import service as sendings
from app.webhooks import delivering
from app.webhooks import service as webhooks

LOCK = 0x62616E6A  # one restore at a time


@dataclass(frozen=True)
class Restored:
    tables: int
    rows: int
    files: int
    held: int
    sessions: int


@dataclass
class NewFiles:
    """Files written into DATA_DIR beside the transaction; none was there before."""

    data_dir: Path
    written: list[Path] = field(default_factory=list)

    def refuse_present(self, manifest: Manifest) -> None:
        for kept in manifest.files:
            if (self.data_dir / kept.path).exists():
                raise BackupRefused(f"{self.data_dir / kept.path} 已经存在。请恢复到新的数据目录。")

    def write(self, kept: Kept, pieces: Iterable[bytes]) -> None:
        path = self.data_dir / kept.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with open_private(path) as file:
            self.written.append(path)
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        path.chmod(kept.mode)


@contextmanager
def new_files(data_dir: Path) -> Iterator[NewFiles]:
    """Open it around the transaction: when that comes to nothing, so do the files."""
    files = NewFiles(data_dir)
    try:
        yield files
    except BaseException:
        for path in files.written:
            path.unlink(missing_ok=True)
        raise


def restore(
    session: Session,
    *,
    copy: Copy,
    files: NewFiles,
    now: datetime,
    may_hold_empty_tables: bool,
    say: Say,
) -> Restored:
    """Load a verified copy; the caller's transaction makes it all or nothing.

    Raises: BackupRefused, BackupDamaged.
    """
    config = _config(session, copy.manifest.schema_version)
    files.refuse_present(copy.manifest)
    _prove_empty(session, config, may_hold_empty_tables=may_hold_empty_tables)
    say(f"建立结构（第 {copy.manifest.schema_version} 版）")
    _migrate(session, config, copy.manifest.schema_version)
    _load(session, copy, say)
    _migrate(session, config, "head")
    session.expire_all()
    held = outbox.hold_unfinished(session)
    sending.hold_unfinished(session, now)
    sendings.hold_unfinished(session, now)
    while delivering.spread_within(session):  # of news nothing is left once nobody listens
        pass
    webhooks.pause_all(session, now=now)
    managed.pause_all(session)
    sessions = _end_sessions(session, now)
    audit.record(
        session,
        now=now,
        actor=None,
        kind="backup.restored",
        object=f"backup:{copy.manifest.id}",
        data={
            "taken_at": copy.manifest.taken_at.isoformat(),
            "rows": copy.manifest.rows,
            "held": held,
        },
    )
    session.flush()  # whatever the database objects to, before files are written
    for kept in copy.manifest.files:
        files.write(kept, copy.read(kept.part))
    return Restored(
        len(copy.manifest.tables), copy.manifest.rows, len(copy.manifest.files), held, sessions
    )


def _config(session: Session, version: str) -> Config:
    config = alembic_config()
    config.attributes["connection"] = session.connection()
    try:
        ScriptDirectory.from_config(config).get_revision(version)
    except CommandError as error:
        raise BackupRefused(
            f"这份备份的结构是第 {version} 版，本程序不认识它。请用做备份时或更新的程序来恢复。"
        ) from error
    return config


def _prove_empty(session: Session, config: Config, *, may_hold_empty_tables: bool) -> None:
    """Nothing in the schema; or, when allowed, tables of ours without a single row."""
    connection = tables.raw(session)
    tables.spell(connection)
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    found = tables.relation_names(connection)
    if not found:
        return
    if not may_hold_empty_tables:
        raise BackupRefused(
            f"数据库不是空的（有 {len(found)} 个表、视图或序列，如 {found[0]}）。"
            f"请恢复到新建的数据库；只有空表的数据库可以加 --force-empty。"
        )
    names = tables.table_names(connection)
    tables.lock(connection, names, "ACCESS EXCLUSIVE MODE")  # what is proven stays so
    if full := [name for name in names if not tables.is_empty(connection, name)]:
        raise BackupRefused(
            f"数据库里有数据（{'、'.join(full[:5])} 等 {len(full)} 个表），不恢复。"
        )
    try:
        _migrate(session, config, "base")
    except CommandError as error:
        raise BackupRefused("这些空表不是本程序这一版建的，请恢复到新建的数据库。") from error
    if left := set(tables.relation_names(connection)) - {tables.VERSION_TABLE}:
        raise BackupRefused(
            f"数据库里有别的程序的表（{'、'.join(sorted(left)[:5])}），请恢复到新建的数据库。"
        )


def _migrate(session: Session, config: Config, to: str) -> None:
    session.flush()
    (command.downgrade if to == "base" else command.upgrade)(config, to)


def _load(session: Session, copy: Copy, say: Say) -> None:
    connection = tables.raw(session)
    there = tables.table_names(connection)
    named = [table.name for table in copy.manifest.tables]
    if set(there) != set(named):
        differing = "、".join(sorted(set(there) ^ set(named)))
        raise BackupRefused(
            f"备份的表和第 {copy.manifest.schema_version} 版的表不同：{differing}。"
        )
    with tables.unguarded(connection):
        tables.empty(connection, there)
        for place, table in enumerate(copy.manifest.tables, start=1):
            blocks = copy.read(table.part)
            rows = tables.copy_in(connection, table.name, table.columns, blocks)
            if rows != table.rows:
                raise BackupDamaged([f"{table.name} 应有 {table.rows} 行，装入了 {rows} 行。"])
            say(f"[{place}/{len(named)}] {table.name}：{rows} 行")
        for counter in copy.manifest.sequences:
            tables.set_counter(connection, counter)


def _end_sessions(session: Session, now: datetime) -> int:
    """Who logged out or was disabled after the backup must not come back with an old cookie."""
    ended = (
        update(LoginSession)
        .where(LoginSession.ended_at.is_(None))
        .values(ended_at=now, end_reason="restored")
        .returning(LoginSession.id)
        .execution_options(synchronize_session=False)
    )
    return len(session.scalars(ended).all())
