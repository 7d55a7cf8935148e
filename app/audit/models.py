"""Events, the heads of the chains that hang on no instance, and the seals over all heads."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Row, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import canonical, digest
from app.core.db import Base

GENESIS = bytes(32)
# What an event says besides; those of the first format have none of it.
SINCE_2 = ("acting_for", "via", "ip", "request_id", "result")
FIRST, CURRENT = 1, 2


class Event(Base):
    """One act; rows are only ever added (a trigger refuses the rest)."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("chain", "seq"),
        Index("ix_event_object", "object", "id"),
        Index("ix_event_actor", "actor_id", "id"),
        Index("ix_event_kind", "kind", "id"),
        Index("ix_event_at", "at", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    chain: Mapped[str] = mapped_column(Text)
    seq: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(Text)
    unit_name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    object: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]]
    # How the hash is made: what was written before an upgrade stays as it was.
    format: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"))
    acting_for: Mapped[int | None]
    via: Mapped[str | None] = mapped_column(Text)
    ip: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(Text)
    result: Mapped[str | None] = mapped_column(Text)
    prev_hash: Mapped[bytes]
    hash: Mapped[bytes]

    def computed_hash(self) -> bytes:
        return event_hash(self)


def event_hash(event: Event | Row[Any]) -> bytes:
    """SHA-256 over the canonical JSON of every field and the hash before, domain separated.

    The first format knows fewer fields. Whoever fills the others into such an event changes the
    hash, and so does whoever calls a later event one of the first.
    """
    fields = {
        "chain": event.chain,
        "seq": event.seq,
        "at": event.at.astimezone(UTC).isoformat(),
        "actor": event.actor_id,
        "name": event.actor_name,
        "unit": event.unit_name,
        "kind": event.kind,
        "object": event.object,
        "data": event.data,
        "prev": event.prev_hash.hex(),
    }
    format_ = event.format or FIRST  # None: out of a backup from before the column
    more = {name: getattr(event, name) for name in SINCE_2}
    if format_ > FIRST or any(value is not None for value in more.values()):
        fields |= more
    return bytes.fromhex(digest(b"banjian event %d\n" % format_ + canonical(fields)))


class ChainHead(Base):
    """Head of a chain of acts outside tickets, one per unit."""

    __tablename__ = "chain_head"

    chain: Mapped[str] = mapped_column(Text, primary_key=True)
    audit_seq: Mapped[int] = mapped_column(default=0)
    audit_hash: Mapped[bytes] = mapped_column(default=GENESIS)

    @property
    def audit_chain(self) -> str:
        return self.chain


class RefusalCount(Base):
    """How often somebody was refused at one address since the minute began; no evidence."""

    __tablename__ = "refusal_count"

    person_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    route: Mapped[str] = mapped_column(Text, primary_key=True)
    since: Mapped[datetime]
    count: Mapped[int]


class AuditKey(Base):
    """The key pair that signs the seals; the private half is sealed with `FIELD_KEYS`."""

    __tablename__ = "audit_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_key: Mapped[bytes] = mapped_column(unique=True)
    key_sealed: Mapped[bytes]
    created_at: Mapped[datetime]


class Seal(Base):
    """One signed statement over the heads of all chains; rows are only ever added.

    `heads_packed` holds those heads that had moved since the seal before, so that all seals
    together say where every chain stood at each of them.
    """

    __tablename__ = "audit_seal"

    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    prev_hash: Mapped[bytes]
    root: Mapped[bytes]
    chains_count: Mapped[int]
    changed_hash: Mapped[bytes]
    public_key: Mapped[bytes]
    signature: Mapped[bytes]
    hash: Mapped[bytes]
    heads_packed: Mapped[bytes]


class SealedHead(Base):
    """Where each chain stood at the last seal: what the next one is compared with, no evidence."""

    __tablename__ = "sealed_head"

    chain: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int]
    hash: Mapped[bytes]
