"""Use cases of files: take in, hand out, bind, sweep what nobody bound, prove the rest."""

import secrets
from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import islice

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from app.attachments import scanner, store
from app.attachments.content import examine
from app.attachments.models import Attachment, Binding
from app.attachments.queries import DRAFT, count_loose, is_usable
from app.attachments.types import (
    KEPT_LOOSE,
    MAX_LOOSE_BYTES,
    MAX_LOOSE_COUNT,
    Accepted,
    FileDamaged,
    NotUsable,
    TooManyFiles,
)
from app.audit.service import record
from app.core import crypto
from app.core.actor import Actor
from app.core.crypto import digest, seal

QUOTA_LOCK = 0x66696C65
BATCH = 500


def check(name: str, data: bytes) -> Accepted:
    """Everything that is asked of a file before the database is: its kind, what hides in it, the
    scanner. May take seconds, so it stands outside the transaction.

    Raises: FileRefused, FileTooLarge, ScannerSilent.
    """
    accepted = examine(name, data)
    scanner.scan(accepted.data)
    return accepted


def keep(session: Session, *, actor: Actor, now: datetime, accepted: Accepted) -> Attachment:
    """Keep a checked file for its uploader; on disk before its row is. Raises: TooManyFiles."""
    # Two uploads at once must not both find room.
    session.execute(select(func.pg_advisory_xact_lock(QUOTA_LOCK, actor.person_id)))
    count, size = count_loose(session, actor.person_id, now - KEPT_LOOSE)
    if count >= MAX_LOOSE_COUNT or size + len(accepted.data) > MAX_LOOSE_BYTES:
        raise TooManyFiles
    made = Attachment(
        id=secrets.token_urlsafe(18),
        file=store.write(accepted.data),
        file_key=crypto.current_header(),
        name_sealed=seal(accepted.name),
        media_type=accepted.media_type,
        size=len(accepted.data),
        sha256=digest(accepted.data),
        uploader_id=actor.person_id,
        created_at=now,
    )
    session.add(made)
    session.flush()  # bindings of the same act refer to it
    record(
        session,
        now=now,
        actor=actor,
        kind="attachment.uploaded",
        object=f"attachment:{made.id}",
        data={"sha256": made.sha256, "size": made.size, "media_type": made.media_type},
    )
    return made


def read(attachment: Attachment) -> bytes:
    """The bytes, if they are still the ones that came. Raises: FileDamaged."""
    data = store.read(attachment.file)
    if digest(data) != attachment.sha256:
        raise FileDamaged
    return data


def bind(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    ids: Collection[tuple[str, str]],
    kind: str,
    instance_id: int,
    place: str,
) -> list[str]:
    """Let files belong to a run for good; `ids` are (path of the answer, id). Answers their hashes.

    Raises: NotUsable, for one that is somebody else's or belongs elsewhere.
    """
    wanted = {one for _, one in ids}
    # Locked, so that neither the sweep nor another ticket takes them meanwhile.
    rows = session.execute(
        select(Attachment.id, Attachment.sha256)
        .where(Attachment.id.in_(wanted))
        .order_by(Attachment.id)
        .with_for_update()
    )
    hashes = {row.id: row.sha256 for row in rows}
    for path, one in ids:
        if one not in hashes or not is_usable(session, one, actor, kind, instance_id):
            raise NotUsable(path)
    _add(session, actor, now, sorted(wanted), kind, instance_id, place)
    return [hashes[one] for one in sorted(wanted)]


def hold_for_draft(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    ids: Collection[str],
    kind: str,
    instance_id: int,
) -> None:
    """What a saved draft names stays with it, and what it names no more is let go.

    `kind` is what the files will be bound as. A draft may name nonsense: what the actor may not use
    is left alone, the judge refuses it later.
    """
    found = session.scalars(
        select(Attachment.id)
        .where(Attachment.id.in_(set(ids)))
        .order_by(Attachment.id)
        .with_for_update()
    ).all()
    usable = [one for one in found if is_usable(session, one, actor, kind, instance_id)]
    release_draft(session, instance_id, but=usable)
    _add(session, actor, now, usable, DRAFT, instance_id, DRAFT)


def release_draft(session: Session, instance_id: int, *, but: Collection[str] = ()) -> None:
    """The draft is sent, or names fewer files."""
    session.execute(
        delete(Binding).where(
            Binding.kind == DRAFT,
            Binding.instance_id == instance_id,
            Binding.attachment_id.not_in(but),
        )
    )


def _add(
    session: Session,
    actor: Actor,
    now: datetime,
    ids: Collection[str],
    kind: str,
    instance_id: int,
    place: str,
) -> None:
    there = set(
        session.scalars(
            select(Binding.attachment_id).where(
                Binding.kind == kind,
                Binding.instance_id == instance_id,
                Binding.place == place,
            )
        )
    )
    session.add_all(
        Binding(
            attachment_id=one,
            kind=kind,
            instance_id=instance_id,
            place=place,
            person_id=actor.person_id,
            bound_at=now,
        )
        for one in ids
        if one not in there
    )
    session.flush()  # the next question in this act must see them


def sweep_rows(session: Session, *, now: datetime) -> int:
    """Forget files that belong to nothing for a day; their bytes go a day later (`sweep_files`).

    Safe to run twice and side by side.
    """
    loose = ~exists().where(Binding.attachment_id == Attachment.id)
    held = session.scalars(
        select(Attachment.id)
        .where(Attachment.created_at < now - KEPT_LOOSE, loose)
        .order_by(Attachment.created_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    # Asked again under the lock: somebody may have bound one between the two.
    gone = session.scalars(
        delete(Attachment).where(Attachment.id.in_(held), loose).returning(Attachment.file)
    ).all()
    for name in gone:
        store.touch(name)
    return len(gone)


def sweep_files(session: Session) -> int:
    """Remove files that no row names and nobody touched for a day: uploads that were broken off,
    files of swept rows, what a change of keys left behind.
    """
    removed = 0
    for names in _batches(store.names(untouched=KEPT_LOOSE)):
        known = set(session.scalars(select(Attachment.file).where(Attachment.file.in_(names))))
        for name in names:
            if name not in known:
                store.remove(name)
                removed += 1
    return removed


def verify(session: Session) -> Iterator[str]:
    """What does not hold of I9: a row whose file is gone or changed, an old file without a row."""
    for row in session.scalars(
        select(Attachment).order_by(Attachment.id).execution_options(yield_per=100)
    ):
        try:
            read(row)
        except FileDamaged:
            yield f"附件 {row.id} 的文件 {row.file} 丢失或者损坏"
    for names in _batches(store.names(untouched=2 * KEPT_LOOSE)):
        known = set(session.scalars(select(Attachment.file).where(Attachment.file.in_(names))))
        yield from (f"文件 {name} 没有登记，早该清除" for name in names if name not in known)


def count_under_old_keys(session: Session) -> int:
    old = Attachment.file_key != crypto.current_header()
    return session.scalar(select(func.count()).select_from(Attachment).where(old)) or 0


def reseal_batch(session: Session, *, limit: int) -> int:
    """Seal up to `limit` files anew under the current key, each under a new name.

    Raises: FileDamaged, for a key that is missing too.
    """
    rows = session.scalars(
        select(Attachment)
        .where(Attachment.file_key != crypto.current_header())
        .order_by(Attachment.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        before = row.file
        row.file, row.file_key = store.write(read(row)), crypto.current_header()
        store.touch(before)
    return len(rows)


def _batches(names: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(names, BATCH)):
        yield batch
