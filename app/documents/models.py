"""Frozen documents and the keys of the seals."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.core.db import Base, enum_column
from app.documents.types import DocumentState


class Document(Base):
    """One printed form of one submission. Once frozen its bytes never change."""

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("instance_id", "name", "submission"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    name: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    submission: Mapped[int]
    state: Mapped[DocumentState] = mapped_column(
        enum_column(DocumentState), default=DocumentState.PENDING
    )
    check_code: Mapped[str] = mapped_column(Text, unique=True)
    pdf: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    sha256: Mapped[str | None] = mapped_column(Text, index=True)
    template_sha256: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    frozen_at: Mapped[datetime | None]


class SealKey(Base):
    """Key pair of a unit's seal, or of the authority (`unit_id` empty) that vouches for them."""

    __tablename__ = "seal_key"
    __table_args__ = (UniqueConstraint("unit_id", postgresql_nulls_not_distinct=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(Text)
    key_sealed: Mapped[bytes]
    certificate: Mapped[bytes]
    created_at: Mapped[datetime]
