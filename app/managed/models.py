"""The catalogue's own tables; systems, subsystems and posts themselves are the region's lists."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, enum_column
from app.managed.types import PushState, TemplateKind
from app.webhooks.models import Secrets


class System(Secrets, Base):
    """Where a managed system is pushed to. `rev` counts what people changed, for old pages."""

    __tablename__ = "managed_system"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    is_on: Mapped[bool]
    rev: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    quiet_until: Mapped[datetime | None]  # it did not answer, or asks to be left alone

    def touch(self, person_id: int, now: datetime) -> None:
        self.changed_by_id, self.changed_at = person_id, now
        self.quiet_until = None
        self.rev += 1


class PostTemplate(Base):
    """What a post may do in a 州 or 县市 from a day on. Only ever added: the latest holds."""

    __tablename__ = "post_template"
    __table_args__ = (
        UniqueConstraint("ticket", "submission"),
        Index("ix_post_template_post", "division_id", "subsystem", "post", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    division_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    subsystem: Mapped[str] = mapped_column(Text)
    post: Mapped[str] = mapped_column(Text)
    kind: Mapped[TemplateKind] = mapped_column(enum_column(TemplateKind))
    # All that the post may do then, not only what the form changes.
    permissions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    ticket: Mapped[str] = mapped_column(Text)
    submission: Mapped[int]
    at: Mapped[datetime]


class Push(Base):
    """An act on an account that a managed system is to hear of, in the order of `id`.

    `key` says which row did what: sent twice it is the same. The body goes when it is over.
    """

    __tablename__ = "managed_push"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_managed_push_account", "account_id", "id"),
        Index("ix_managed_push_ticket", "ticket"),
        Index("ix_managed_push_state", "system", "state", "id"),
        Index(
            "ix_managed_push_open",
            *("account_id", "system", "id"),
            postgresql_where=text("state IN ('waiting', 'failed')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    system: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    act: Mapped[str] = mapped_column(Text)
    subsystem: Mapped[str] = mapped_column(Text)
    post: Mapped[str] = mapped_column(Text)
    ticket: Mapped[str] = mapped_column(Text)
    row_no: Mapped[int]
    at: Mapped[datetime]
    state: Mapped[PushState] = mapped_column(enum_column(PushState), default=PushState.WAITING)
    body_sealed: Mapped[bytes | None]
    over_at: Mapped[datetime | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    why: Mapped[str | None] = mapped_column(Text)

    def delivered(self, now: datetime) -> None:
        self.state, self.over_at, self.body_sealed = PushState.DELIVERED, now, None

    def failed(self) -> None:
        self.state = PushState.FAILED

    def again(self) -> None:
        self.state = PushState.WAITING

    def done_by_hand(self, person_id: int | None, why: str, now: datetime) -> None:
        self.state, self.over_at, self.body_sealed = PushState.BY_HAND, now, None
        self.by_id, self.why = person_id, why
