"""Frozen documents and the keys of the seals."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from app.core.db import Base, enum_column
from app.documents.types import (
    BATCH_LABELS,
    ITEM_LABELS,
    MODE_LABELS,
    BatchState,
    DocumentState,
    ItemState,
)


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


class PrintCopy(Base):
    """The last print of a form in one mode, for a day: the same content gives the same bytes."""

    __tablename__ = "print_copy"
    __table_args__ = (
        UniqueConstraint("instance_id", "name", "mode"),
        Index("ix_print_copy_created", "created_at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    name: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes]  # keyed: what is printed can be guessed
    pdf_sealed: Mapped[bytes]
    created_at: Mapped[datetime]


class PrintBatch(Base):
    """Forms of several tickets that one person prints at once, and the file they become."""

    __tablename__ = "print_batch"
    __table_args__ = (
        UniqueConstraint("person_id", "client_key"),
        Index("ix_print_batch_person", "person_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    client_key: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(Text)
    state: Mapped[BatchState] = mapped_column(enum_column(BatchState), default=BatchState.RUNNING)
    pdf_sealed: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    sha256: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    items: Mapped[list["PrintItem"]] = relationship(
        order_by="PrintItem.n", lazy="selectin", passive_deletes=True
    )

    @property
    def state_label(self) -> str:
        return BATCH_LABELS[self.state]

    @property
    def mode_label(self) -> str:
        return MODE_LABELS[self.mode]

    @property
    def is_running(self) -> bool:
        return self.state in (BatchState.RUNNING, BatchState.STOPPING)

    @property
    def waiting(self) -> list["PrintItem"]:
        return [item for item in self.items if item.state is ItemState.WAITING]

    @property
    def printed(self) -> list["PrintItem"]:
        return [item for item in self.items if item.state is ItemState.PRINTED]

    @property
    def failed(self) -> list["PrintItem"]:
        return [item for item in self.items if item.state is ItemState.FAILED]

    def stop(self) -> None:
        """What is printed already still becomes a file."""
        self.state = BatchState.STOPPING
        for item in self.waiting:
            item.state = ItemState.SKIPPED

    def finish(self, now: datetime) -> None:
        is_stopped = self.state is BatchState.STOPPING
        self.state = BatchState.STOPPED if is_stopped else BatchState.DONE
        self.finished_at = now


class PrintItem(Base):
    """One ticket of a batch; its pages wait here until all are joined."""

    __tablename__ = "print_item"
    __table_args__ = (UniqueConstraint("batch_id", "n"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("print_batch.id", ondelete="CASCADE"))
    n: Mapped[int]
    number: Mapped[str] = mapped_column(Text)
    state: Mapped[ItemState] = mapped_column(enum_column(ItemState), default=ItemState.WAITING)
    error: Mapped[str] = mapped_column(Text, default="")
    pages: Mapped[int] = mapped_column(default=0)
    pdf_sealed: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))

    @property
    def state_label(self) -> str:
        return ITEM_LABELS[self.state]

    def fail(self, why: str) -> None:
        self.state, self.error = ItemState.FAILED, why


class SealKey(Base):
    """Key pair of a unit's seal, or of the authority (`unit_id` empty) that vouches for them.

    A unit that was renamed has another one.
    """

    __tablename__ = "seal_key"
    __table_args__ = (UniqueConstraint("unit_id", "name", postgresql_nulls_not_distinct=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(Text)
    key_sealed: Mapped[bytes]
    certificate: Mapped[bytes]
    created_at: Mapped[datetime]
