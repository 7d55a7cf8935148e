"""Events and the heads of the chains that hang on no instance."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import canonical, digest
from app.core.db import Base

GENESIS = bytes(32)


class Event(Base):
    """One act; rows are only ever added (a trigger refuses the rest)."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("chain", "seq"),
        Index("ix_event_object", "object", "id"),
        Index("ix_event_actor", "actor_id", "id"),
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
    prev_hash: Mapped[bytes]
    hash: Mapped[bytes]

    def computed_hash(self) -> bytes:
        """SHA-256 over the canonical JSON of every field and the hash before, domain separated."""
        fields = {
            "chain": self.chain,
            "seq": self.seq,
            "at": self.at.astimezone(UTC).isoformat(),
            "actor": self.actor_id,
            "name": self.actor_name,
            "unit": self.unit_name,
            "kind": self.kind,
            "object": self.object,
            "data": self.data,
            "prev": self.prev_hash.hex(),
        }
        return bytes.fromhex(digest(b"banjian event 1\n" + canonical(fields)))


class ChainHead(Base):
    """Head of a chain of acts outside tickets, one per unit."""

    __tablename__ = "chain_head"

    chain: Mapped[str] = mapped_column(Text, primary_key=True)
    audit_seq: Mapped[int] = mapped_column(default=0)
    audit_hash: Mapped[bytes] = mapped_column(default=GENESIS)

    @property
    def audit_chain(self) -> str:
        return self.chain
