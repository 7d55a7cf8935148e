"""Files and what they belong to."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.attachments.types import SHOWN
from app.core import crypto
from app.core.db import Base


class Attachment(Base):
    """One file. Its bytes lie sealed on disk under `file`; the id is what people may know."""

    __tablename__ = "attachment"
    __table_args__ = (
        Index("ix_attachment_uploader", "uploader_id", "created_at"),
        Index("ix_attachment_created", "created_at"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    file: Mapped[str] = mapped_column(Text, unique=True)
    file_key: Mapped[bytes]
    name_sealed: Mapped[bytes]
    media_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(Text)
    uploader_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]

    @property
    def is_shown(self) -> bool:
        """A browser may show it beside the page."""
        return self.media_type in SHOWN

    @property
    def name(self) -> str:
        """People write ID numbers into names, so it is sealed like the answers."""
        return crypto.unseal(self.name_sealed).decode()


class Binding(Base):
    """What a file belongs to: a run of a process, and the place in it.

    `kind` names the rule of the room that bound it (see `seams`); `draft` is never for good.
    """

    __tablename__ = "attachment_binding"
    __table_args__ = (
        UniqueConstraint("attachment_id", "kind", "instance_id", "place"),
        Index("ix_attachment_binding_instance", "instance_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    attachment_id: Mapped[str] = mapped_column(ForeignKey("attachment.id"))
    kind: Mapped[str] = mapped_column(Text)
    # A number of a higher room's row: instances are never deleted.
    instance_id: Mapped[int] = mapped_column(BigInteger)
    place: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    bound_at: Mapped[datetime]
