"""Tables of identity: units, people, their positions, logins and sessions; region lists."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, QueryContext, mapped_column, relationship

from app.core.db import Base, enum_column
from app.identity.types import LoginState, Position, SessionKind, UnitKind


class Region(Base):
    """The lists of one region (subsystems, posts, titles): data, never constants."""

    __tablename__ = "region"

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    data: Mapped[dict[str, Any]]
    imported_at: Mapped[datetime]


class Unit(Base):
    """An office, or the 州/县市 it belongs to. `path` is `/code/…/own/`: a subtree is a prefix."""

    __tablename__ = "unit"
    __table_args__ = (
        Index("ix_unit_path", "path", unique=True, postgresql_ops={"path": "text_pattern_ops"}),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[UnitKind] = mapped_column(enum_column(UnitKind))
    level: Mapped[int]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    division_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    path: Mapped[str] = mapped_column(Text)
    closed_at: Mapped[datetime | None]
    # Since when it has the name above; empty where it never had another.
    named_since: Mapped[datetime | None]
    # Which unit does its work since it was merged into that one, or closed.
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    # Counts what administrators changed: a page that has seen another number is stale.
    rev: Mapped[int] = mapped_column(default=1, server_default="1")


class UnitName(Base):
    """曾用名: what a unit was called until then, since the name before it or the beginning."""

    __tablename__ = "unit_name"
    __table_args__ = (UniqueConstraint("unit_id", "until"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    name: Mapped[str] = mapped_column(Text)
    until: Mapped[datetime]


@event.listens_for(Unit, "load")
def _keep(unit: Unit, context: QueryContext) -> None:
    """A session keeps the units it has met: they are few, and one act asks for one many times.

    Its identity map alone would forget them as soon as nobody holds them.
    """
    context.session.info.setdefault("units", set()).add(unit)


class Person(Base):
    """Somebody the office knows. The ID number is sealed and found through its blind index."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    id_index: Mapped[bytes | None] = mapped_column(unique=True)
    id_number: Mapped[bytes | None]
    phone: Mapped[bytes | None]
    signature_png: Mapped[bytes | None] = mapped_column(deferred=True)
    created_at: Mapped[datetime]
    # Counts what administrators changed of the person, the login and the positions.
    rev: Mapped[int] = mapped_column(default=1, server_default="1")

    unit: Mapped[Unit] = relationship()


class Appointment(Base):
    """A position held in a unit from one moment to another; it reaches over the unit's subtree."""

    __tablename__ = "appointment"
    __table_args__ = (
        Index("ix_appointment_holders", "unit_id", "position"),
        Index(
            "uq_appointment_open",
            "person_id",
            "position",
            "unit_id",
            unique=True,
            postgresql_where=text("ends_at IS NULL"),
        ),
        Index("ix_appointment_turns", "turns_at", postgresql_where=text("turns_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    position: Mapped[Position] = mapped_column(enum_column(Position))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    source: Mapped[str] = mapped_column(Text)
    # When the calendar next begins or ends it, so that open tasks hear of it.
    turns_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()
    unit: Mapped[Unit] = relationship()

    def lay_down(self, starts_at: datetime, ends_at: datetime | None, now: datetime) -> None:
        """From when to when, and what of it the calendar has yet to say."""
        self.starts_at, self.ends_at = starts_at, ends_at
        turns = (starts_at, ends_at)
        self.turns_at = next((at for at in turns if at is not None and at > now), None)

    def holds_at(self, now: datetime) -> bool:
        return self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


class Login(Base):
    """Opens this system for a person; it is not an account of a managed platform."""

    __tablename__ = "login"
    __table_args__ = (
        Index("ix_login_turns", "turns_at", postgresql_where=text("turns_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    username: Mapped[str] = mapped_column(Text, unique=True)
    state: Mapped[LoginState] = mapped_column(enum_column(LoginState))
    # Empty until the person has chosen one with a one-time code: nothing opens it then.
    password_hash: Mapped[str] = mapped_column(Text)
    password_changed_at: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    reopened_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    # When the calendar ends it, so that open tasks hear of it.
    turns_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()

    def is_open(self, now: datetime) -> bool:
        return self.state is LoginState.ACTIVE and (
            self.valid_until is None or now < self.valid_until
        )


class LoginSession(Base):
    """One sign-in, by browser or REST token. The token itself is never stored, only its SHA-256."""

    __tablename__ = "login_session"
    __table_args__ = (
        Index("ix_login_session_open", "login_id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_login_session_login", "login_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    login_id: Mapped[int] = mapped_column(ForeignKey("login.id"))
    kind: Mapped[SessionKind] = mapped_column(enum_column(SessionKind))
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    # Null for a REST token, which ends at `expires_at` alone.
    idle_minutes: Mapped[int | None]
    expires_at: Mapped[datetime]
    # When the password or the second factor was last given; asked again for grave acts.
    proved_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(Text)
    ip: Mapped[str] = mapped_column(Text)
    user_agent: Mapped[str] = mapped_column(Text)
    # The sign-in before this one, shown so that a stranger's would be noticed.
    last_at: Mapped[datetime | None]
    last_ip: Mapped[str | None] = mapped_column(Text)

    login: Mapped[Login] = relationship()

    def end(self, reason: str, now: datetime) -> None:
        if self.ended_at is None:
            self.ended_at, self.end_reason = now, reason


class LoginFailure(Base):
    """Failed sign-ins of one account or address.

    Keyed by a blind index: what people type into the name field by mistake may be a password.
    """

    __tablename__ = "login_failure"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int]
    first_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]


class OneTimeCode(Base):
    """Lets a person choose a password, once, within a day. A newer code ends the older ones."""

    __tablename__ = "one_time_code"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    login_id: Mapped[int] = mapped_column(ForeignKey("login.id"), index=True)
    code_hash: Mapped[bytes]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SecondFactor(Base):
    """The secret of a login's time-based codes; it counts once a first code has confirmed it."""

    __tablename__ = "second_factor"

    login_id: Mapped[int] = mapped_column(ForeignKey("login.id"), primary_key=True)
    secret: Mapped[bytes]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    # The thirty seconds whose code was used last: no code of them, or of earlier ones, counts.
    last_step: Mapped[int] = mapped_column(BigInteger)


class RecoveryCode(Base):
    """Stands in for a lost phone, once. Only a keyed hash is kept."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    login_id: Mapped[int] = mapped_column(ForeignKey("login.id"), index=True)
    code_hash: Mapped[bytes]
    used_at: Mapped[datetime | None]


class LoginChallenge(Base):
    """A right password that waits for its second factor, in one browser, for some minutes."""

    __tablename__ = "login_challenge"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    login_id: Mapped[int] = mapped_column(ForeignKey("login.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    tries: Mapped[int]
    ended_at: Mapped[datetime | None]

    def is_open(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.expires_at
