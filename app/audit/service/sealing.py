"""The seal: where all chains stand, under one root, signed, chained to the seal before, exported.

Whoever owns the database can rewrite every chain with its head. He cannot sign, and he cannot take
back what has left the machine.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import structlog
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import seals
from app.audit.merkle import root_of
from app.audit.models import GENESIS, AuditKey, Seal, SealedHead
from app.audit.queries import last_seal
from app.audit.seals import FILE, Sealed, Statement
from app.audit.sources import current_heads
from app.audit.types import ChainEnd, ExportRefused, NoSealYet
from app.audit.verifying import sealed_of
from app.core import crypto
from app.core.crypto import canonical

log = structlog.get_logger()

LOCK = 0x5EA1_0A0D
SIGN_OF_LIFE = timedelta(hours=1)
BATCH = 5_000
MOST = 100_000  # heads that one seal takes in; what is left is the next one's
BLOCK = 65_536


def seal(session: Session, *, now: datetime) -> Seal | None:
    """Seal the heads that moved; answers None if nothing did, or if somebody is just sealing.

    When nothing moves there is one seal an hour, a sign of life.
    """
    if not session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))):
        return None
    before = last_seal(session)
    moved = _moved(session, MOST)
    if before and not moved and timedelta() <= now - before.at < SIGN_OF_LIFE:
        return None
    return _seal(session, now, before, moved)


def export(session: Session, folder: Path) -> int:
    """Append the seals that the folder's file does not have yet; answers how many.

    The file is the truth about what has been exported, so a crash between commit and writing is
    made good by the next run. Raises: ExportRefused, OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with (folder / FILE).open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        last = _last(file)
        after = last.statement.n if last else 0
        if last:
            ours = session.get(Seal, after)
            if ours is None or ours.hash != last.statement.hash:
                raise ExportRefused
        for row in session.scalars(select(Seal).where(Seal.n > after).order_by(Seal.n)):
            _append(file, _whole_of(row).line())
            count += 1
        file.flush()
        os.fsync(file.fileno())
    return count


def export_head(session: Session, file: BinaryIO, *, now: datetime) -> Seal:
    """Seal now and write that seal with the heads of all chains. Raises: NoSealYet."""
    if not session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))):
        raise NoSealYet
    made = _seal(session, now, last_seal(session), _moved(session))
    found = _whole_of(made)
    whole = Sealed(found.statement, found.signature, found.heads, made.chains_count)
    file.write(whole.line() + b"\n")
    file.writelines(canonical(seals.written([end])[0]) + b"\n" for end in _sealed_heads(session))
    return made


def _seal(session: Session, now: datetime, before: Seal | None, moved: Sequence[ChainEnd]) -> Seal:
    for start in range(0, len(moved), BATCH):
        _keep(session, moved[start : start + BATCH])
    count, root = root_of(_sealed_heads(session))
    key = _key(session, now)
    statement = Statement(
        n=before.n + 1 if before else 1,
        at=now.astimezone(UTC).isoformat(),
        prev=(before.hash if before else GENESIS).hex(),
        root=root.hex(),
        chains=count,
        changed=seals.changed_hash(moved).hex(),
        key=key.public_key.hex(),
    )
    made = Seal(
        n=statement.n,
        at=now,
        prev_hash=bytes.fromhex(statement.prev),
        root=root,
        chains_count=count,
        changed_hash=bytes.fromhex(statement.changed),
        public_key=key.public_key,
        signature=seals.sign(crypto.unseal(key.key_sealed), statement),
        hash=statement.hash,
        heads_packed=seals.pack(moved),
    )
    session.add(made)
    session.flush()  # a second sealer fails here, not at the export
    return made


def _moved(session: Session, most: int | None = None) -> list[ChainEnd]:
    """Heads that are not where the last seal saw them, by the names of their chains."""
    head = current_heads()
    rows = session.execute(
        select(head.c.chain, head.c.seq, head.c.hash, SealedHead.seq.label("sealed"))
        .join(SealedHead, SealedHead.chain == head.c.chain, isouter=True)
        .where(
            SealedHead.chain.is_(None)
            | (SealedHead.seq != head.c.seq)
            | (SealedHead.hash != head.c.hash)
        )
        .limit(most)
    ).all()
    for row in rows:
        # A chain only grows; one that is shorter than at its last seal was tampered with.
        if row.sealed is not None and row.seq <= row.sealed:
            log.error("audit.chain_went_back", chain=row.chain, seq=row.seq, sealed=row.sealed)
    return sorted(ChainEnd(row.chain, row.seq, row.hash) for row in rows)


def _keep(session: Session, moved: Sequence[ChainEnd]) -> None:
    given = insert(SealedHead).values([end._asdict() for end in moved])
    session.execute(
        given.on_conflict_do_update(
            index_elements=[SealedHead.chain],
            set_={"seq": given.excluded.seq, "hash": given.excluded.hash},
        )
    )


def _sealed_heads(session: Session) -> Iterator[ChainEnd]:
    """In the byte order of the names, whatever the database's collation."""
    rows = session.execute(
        select(SealedHead.chain, SealedHead.seq, SealedHead.hash)
        .order_by(SealedHead.chain.collate("C"))
        .execution_options(yield_per=BATCH)
    )
    return (ChainEnd(*row) for row in rows)


def _key(session: Session, now: datetime) -> AuditKey:
    """The newest key; made at the first seal. The caller holds the lock of sealing."""
    found = session.scalars(select(AuditKey).order_by(AuditKey.id.desc()).limit(1)).first()
    if found is None:
        private = seals.make_key()
        found = AuditKey(
            public_key=seals.public_half(private),
            key_sealed=crypto.seal(private),
            created_at=now,
        )
        session.add(found)
    return found


def _whole_of(row: Seal) -> Sealed:
    found = sealed_of(row)
    if found is None:
        raise ExportRefused
    return found


def _append(file: BinaryIO, line: bytes) -> None:
    file.seek(0, os.SEEK_END)
    if file.tell():
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":  # a crash left half a line
            file.write(b"\n")
    file.write(line + b"\n")


def _last(file: BinaryIO) -> Sealed | None:
    """The last whole seal of the file, found from its end."""
    size, block = file.seek(0, os.SEEK_END), BLOCK
    tail = b""
    while size:
        step, block = min(block, size), block * 2
        size -= step
        file.seek(size)
        tail = file.read(step) + tail
        # The first piece may be the end of a longer line, unless the file begins there.
        lines = tail.split(b"\n")[0 if size == 0 else 1 :]
        for line in reversed(lines):
            if found := Sealed.parse(line):
                return found
    return None
