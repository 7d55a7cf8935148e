"""Reads of files; `access_attachment` is the only way to get one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.attachments import seams
from app.attachments.models import Attachment, Binding
from app.attachments.types import AttachmentNotFound, AttachmentRow
from app.core.actor import Actor
from app.identity.models import Person

DRAFT = "draft"


def access_attachment(session: Session, attachment_id: str, actor: Actor) -> Attachment:
    """A file the actor may see: his own while it belongs to nothing, else through what it is
    bound to. A foreign one answers like a missing one. Raises: AttachmentNotFound.
    """
    found = session.get(Attachment, attachment_id)
    if found is None or not _may_see(session, found, actor):
        raise AttachmentNotFound
    return found


def is_usable(
    session: Session, attachment_id: str, actor: Actor, kind: str, instance_id: int | None
) -> bool:
    """May the actor bind this file to that run as `kind`? His own that belongs to nothing, or one
    that the run has already as this kind or in its draft. A scan becomes no answer: more people
    see answers than scans.
    """
    found = session.get(Attachment, attachment_id)
    if found is None:
        return False
    bound = session.execute(
        select(Binding.kind, Binding.instance_id).where(Binding.attachment_id == attachment_id)
    ).all()
    if not bound:
        return found.uploader_id == actor.person_id
    return all(
        row.instance_id == instance_id and row.kind in (kind, DRAFT) for row in bound
    ) and _may_see(session, found, actor)


def name_of(session: Session, attachment_id: str) -> str:
    return session.get_one(Attachment, attachment_id).name


def bound_name(session: Session, attachment_id: str, instance_id: int) -> str | None:
    """The name of a file of this run, None for every other."""
    found = session.scalars(
        select(Attachment)
        .join(Binding)
        .where(Attachment.id == attachment_id, Binding.instance_id == instance_id)
        .limit(1)
    ).first()
    return found.name if found else None


def list_bound(session: Session, kind: str, instance_id: int) -> Sequence[AttachmentRow]:
    """The files of a run in the order they came; one that stands at two places once."""
    found = {row.id: row for _, row in list_places(session, kind, instance_id)}
    return list(found.values())


def list_places(
    session: Session, kind: str, instance_id: int
) -> Sequence[tuple[str, AttachmentRow]]:
    """(place, file) of a run in the order they came."""
    found = session.execute(
        select(Binding.place, Attachment, Person.name)
        .join(Attachment, Binding.attachment_id == Attachment.id)
        .join(Person, Attachment.uploader_id == Person.id)
        .where(Binding.kind == kind, Binding.instance_id == instance_id)
        .order_by(Binding.id)
    )
    return [
        (
            place,
            AttachmentRow(
                one.id,
                one.name,
                one.size,
                one.media_type,
                one.sha256,
                one.created_at,
                uploader,
            ),
        )
        for place, one, uploader in found
    ]


def count_loose(session: Session, person_id: int, since: datetime) -> tuple[int, int]:
    """How many files, and bytes, of this person belong to nothing yet, or to drafts only."""
    settled = exists().where(Binding.attachment_id == Attachment.id, Binding.kind != DRAFT)
    count, size = session.execute(
        select(func.count(), func.coalesce(func.sum(Attachment.size), 0)).where(
            Attachment.uploader_id == person_id, Attachment.created_at > since, ~settled
        )
    ).one()
    return count, int(size)


def _may_see(session: Session, attachment: Attachment, actor: Actor) -> bool:
    bound = session.execute(
        select(Binding.kind, Binding.instance_id)
        .where(Binding.attachment_id == attachment.id)
        .distinct()
    ).all()
    if not bound:
        return attachment.uploader_id == actor.person_id
    return any(seams.may_view(session, actor, kind, instance) for kind, instance in bound)
