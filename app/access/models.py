"""Managed accounts and their permissions. Written by operations only, never deleted."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.access.types import AccountKind, AccountState, GrantState
from app.core.db import AT_ONCE, Base, enum_column
from app.identity.models import Unit


class Account(Base):
    """A person's one account on the platform, in any county and any state (R1).

    `ticket`, `row_no`, `at` name the approved row that touched it last, `opened_…` the one that
    opened it last, `closing_…` the one whose closing the account admin has authorised.
    """

    __tablename__ = "account"
    __table_args__ = (
        # Lists stand in this order; what few accounts are is looked up among those alone.
        Index("ix_account_unit", "unit_id", "id"),
        Index(
            "ix_account_state", "state", "unit_id", "id", postgresql_where=text("state <> 'active'")
        ),
        Index(
            "ix_account_kind", "kind", "unit_id", "id", postgresql_where=text("kind <> 'operator'")
        ),
        Index("ix_account_ticket", "ticket"),
        # Of the name itself, so that no writer has to remember it.
        Index(
            "ix_account_names",
            text("name_parts(name)"),
            postgresql_using="gin",
            postgresql_with=AT_ONCE,
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person_ref: Mapped[bytes] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(Text)
    id_number: Mapped[bytes]
    phone: Mapped[bytes]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[AccountKind] = mapped_column(enum_column(AccountKind))
    state: Mapped[AccountState] = mapped_column(enum_column(AccountState))
    ticket: Mapped[str] = mapped_column(Text)
    row_no: Mapped[int]
    at: Mapped[datetime]
    opened_ticket: Mapped[str] = mapped_column(Text)
    opened_row: Mapped[int]
    opened_source: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]
    closing_ticket: Mapped[str | None] = mapped_column(Text)
    closing_by: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None]

    unit: Mapped[Unit] = relationship()

    def touch(self, ticket: str, row_no: int, now: datetime) -> None:
        self.ticket, self.row_no, self.at = ticket, row_no, now

    def reopen(self, unit_id: int, ticket: str, row_no: int, source: str, now: datetime) -> None:
        """A closed account comes back to life where it is wanted now."""
        self.state, self.unit_id, self.closed_at = AccountState.ACTIVE, unit_id, None
        self.opened_ticket, self.opened_row, self.opened_source = ticket, row_no, source
        self.opened_at = now
        self.touch(ticket, row_no, now)

    def correct_name(self, name: str, row_no: int, source: str) -> None:
        """The row that opened it, as it should have read; answers for the account from now on."""
        self.name, self.opened_row, self.opened_source = name, row_no, source

    def authorise_closing(self, ticket: str, executor: str) -> None:
        self.closing_ticket, self.closing_by = ticket, executor

    def forget_closing(self) -> None:
        self.closing_ticket = self.closing_by = None

    def close(self, ticket: str, row_no: int, now: datetime) -> None:
        self.state, self.closed_at = AccountState.CLOSED, now
        self.forget_closing()
        self.touch(ticket, row_no, now)


class Grant(Base):
    """A post of one subsystem given to an account; a post given anew is a new row."""

    __tablename__ = "grant"
    __table_args__ = (
        Index(
            "uq_grant_active",
            "account_id",
            "subsystem",
            "post",
            unique=True,
            postgresql_where=text("state = 'active'"),
        ),
        Index("ix_grant_ticket", "ticket"),
        Index("ix_grant_account", "account_id", "id"),
        Index(
            "ix_grant_post",
            "subsystem",
            "post",
            "account_id",
            postgresql_where=text("state = 'active'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    subsystem: Mapped[str] = mapped_column(Text)
    post: Mapped[str] = mapped_column(Text)
    state: Mapped[GrantState] = mapped_column(enum_column(GrantState))
    ticket: Mapped[str] = mapped_column(Text)
    row_no: Mapped[int]
    at: Mapped[datetime]
    granted_ticket: Mapped[str] = mapped_column(Text)
    granted_row: Mapped[int]
    granted_at: Mapped[datetime]

    def revoke(self, ticket: str, row_no: int, now: datetime) -> None:
        self.state = GrantState.REVOKED
        self.ticket, self.row_no, self.at = ticket, row_no, now
