"""Judging everything: every event, every head, every seal. Streams; what is kept in memory grows
with the number of chains and seals, not with the number of events.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from app.audit import seals
from app.audit.models import GENESIS, AuditKey, Event, Seal, event_hash
from app.audit.seals import SEALS, Sealed, Statement
from app.audit.sources import current_heads
from app.audit.types import Break, ChainEnd, Verdict
from app.core import crypto

CHUNK = 2_000
SEQ_BYTES, HASH_BYTES = 8, 32
WIDTH = SEQ_BYTES + HASH_BYTES
GONE = "这一条以及后面的记录不见了"


class Stops:
    """Where chains have stood at some time, packed: 40 bytes a stop."""

    def __init__(self) -> None:
        self._of: dict[str, bytearray] = {}

    def add(self, ends: Iterable[ChainEnd]) -> None:
        for end in ends:
            stops = self._of.setdefault(end.chain, bytearray())
            stops += end.seq.to_bytes(SEQ_BYTES) + end.hash

    def take(self, chain: str) -> dict[int, set[bytes]]:
        packed = bytes(self._of.pop(chain, b""))
        found: dict[int, set[bytes]] = {}
        for at in range(0, len(packed), WIDTH):
            seq = int.from_bytes(packed[at : at + SEQ_BYTES])
            found.setdefault(seq, set()).add(packed[at + SEQ_BYTES : at + WIDTH])
        return found

    def left(self) -> list[str]:
        return sorted(self._of)


def verify(session: Session, export: Iterable[Sealed | Break] = ()) -> Verdict:
    """Every chain against itself, its head, the seals in the database and the exported ones.

    Without `export` somebody who owns the database may have cut off the newest acts with their
    seals, or put a whole older state back. Read in one snapshot (`db.snapshot`), or acts that
    commit meanwhile look like faults.
    """
    sealed, known = Stops(), _Known()
    found = _read_export(export, sealed, known) or _check_seals(session, sealed, known)
    counted = known.count
    if found is None and (lost := known.first_lost()):
        found = Break(SEALS, lost, "数据库里没有这一次封存，数据被退回到了更早的时候")
    if found is not None:
        return Verdict(0, 0, counted, found)
    return _check_events(session, sealed, counted)


def check_chains(session: Session, statement: Select[Any]) -> tuple[int, Break | None]:
    """Events of `statement` (of `event_columns`, by chain and seq) against themselves alone."""
    count = 0
    for chain, events in _chains(session, statement):
        walked = _Walk(chain)
        for event in events:
            count += 1
            if reason := walked.step(event, {}):
                return count, Break(chain, walked.seq + 1, reason)
    return count, None


def event_columns() -> Select[Any]:
    return select(*Event.__table__.columns).order_by(Event.chain, Event.seq)


class _Known:
    """Hashes of the seals by number: those a file holds, until the database has shown its own."""

    def __init__(self) -> None:
        self.count = 0
        self._hashes: dict[int, bytes] = {}

    def expect(self, found: Sealed) -> None:
        self._hashes[found.statement.n] = found.statement.hash

    def meets(self, n: int, hash_: bytes) -> bool:
        self.count += 1
        return self._hashes.pop(n, hash_) == hash_

    def first_lost(self) -> int | None:
        return min(self._hashes, default=None)


class _Walk:
    """One chain, event by event."""

    def __init__(self, chain: str) -> None:
        self.chain = chain
        self.seq, self.hash, self.id = 0, GENESIS, 0

    def step(self, event: Row[Any], stops: dict[int, set[bytes]]) -> str | None:
        """Why this event is not the next one; None if it is."""
        if event.seq != self.seq + 1:
            return "这一条不见了" if event.seq > self.seq else "编号重复"
        if event.prev_hash != self.hash or event.id <= self.id:
            return "和前一条接不上"
        if event.hash != event_hash(event):
            return "内容被改过"
        if stops.pop(event.seq, {event.hash}) != {event.hash}:
            return "和封存时不一样，这条链被重写过"
        self.seq, self.hash, self.id = event.seq, event.hash, event.id
        return None


def _read_export(export: Iterable[Sealed | Break], sealed: Stops, known: _Known) -> Break | None:
    for found in export:
        if isinstance(found, Break):
            return found
        known.expect(found)
        sealed.add(found.heads)
    return None


def _check_seals(session: Session, sealed: Stops, known: _Known) -> Break | None:
    before: Sealed | None = None
    keys = _own_keys(session)
    statement = select(*Seal.__table__.columns).order_by(Seal.n)
    with session.execute(statement.execution_options(yield_per=CHUNK)) as rows:
        for row in rows:
            n = before.statement.n + 1 if before else 1
            found = sealed_of(row)
            if found is None or found.statement.hash != row.hash:
                return Break(SEALS, n, "封存的内容被改过")
            if reason := _seal_fault(row, found, before, keys, known):
                return Break(SEALS, n, reason)
            sealed.add(found.heads)
            before = found
    return None


def _seal_fault(
    row: Row[Any], found: Sealed, before: Sealed | None, keys: frozenset[bytes], known: _Known
) -> str | None:
    if reason := found.fault(before):
        return reason
    if row.public_key not in keys:
        return "签名的密钥不是本系统的"
    return None if known.meets(row.n, row.hash) else "和导出的封存不一样"


def _own_keys(session: Session) -> frozenset[bytes]:
    """Public halves whose private half was sealed by somebody who has `FIELD_KEYS`."""
    found = set()
    for key in session.scalars(select(AuditKey)):
        try:
            found.add(seals.public_half(crypto.unseal(key.key_sealed)))
        except (crypto.Unreadable, ValueError):
            continue
    return frozenset(found)


def sealed_of(row: Seal | Row[Any]) -> Sealed | None:
    try:
        heads = seals.unpack(row.heads_packed)
    except ValueError:
        return None
    statement = Statement(
        n=row.n,
        at=row.at.astimezone(UTC).isoformat(),
        prev=row.prev_hash.hex(),
        root=row.root.hex(),
        chains=row.chains_count,
        changed=row.changed_hash.hex(),
        key=row.public_key.hex(),
    )
    return Sealed(statement, row.signature, heads)


def _check_events(session: Session, sealed: Stops, seals_count: int) -> Verdict:
    heads = {
        chain: seq.to_bytes(SEQ_BYTES) + hash_
        for chain, seq, hash_ in session.execute(
            select(current_heads()).execution_options(yield_per=CHUNK)
        )
    }
    events = chains = 0
    for chain, rows in _chains(session, event_columns()):
        walked, stops = _Walk(chain), sealed.take(chain)
        chains += 1
        for event in rows:
            events += 1
            if reason := walked.step(event, stops):
                found = Break(chain, walked.seq + 1, reason)
                return Verdict(events, chains, seals_count, found)
        if found_end := _check_end(walked, stops, heads.pop(chain, b"")):
            return Verdict(events, chains, seals_count, found_end)
    lost = next(iter(sealed.left() or sorted(heads)), None)
    found_lost = Break(lost, 1, GONE) if lost else None
    return Verdict(events, chains, seals_count, found_lost)


def _check_end(walked: _Walk, stops: dict[int, set[bytes]], head: bytes) -> Break | None:
    if stops:  # what is left was sealed behind the last event there is
        return Break(walked.chain, walked.seq + 1, GONE)
    if not head:
        return Break(walked.chain, walked.seq, "链头不见了")
    seq = int.from_bytes(head[:SEQ_BYTES])
    if seq > walked.seq:
        return Break(walked.chain, walked.seq + 1, GONE)
    if seq < walked.seq or head[SEQ_BYTES:] != walked.hash:
        return Break(walked.chain, min(seq + 1, walked.seq), "和链头对不上")
    return None


def _chains(session: Session, statement: Select[Any]) -> Iterator[tuple[str, Iterator[Row[Any]]]]:
    # Closed also when a break ends the walk: the cursor stands in the server.
    with session.execute(statement.execution_options(yield_per=CHUNK)) as rows:
        yield from groupby(rows, key=lambda row: row.chain)
