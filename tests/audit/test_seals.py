"""Seals: whoever owns the database and switches its triggers off is found by an exported head."""

import io
import json
import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, select, text, update
from sqlalchemy.orm import Session

from app.audit import seals, service
from app.audit.models import GENESIS, ChainHead, Event, Seal, SealedHead
from app.audit.queries import list_chain
from app.audit.seals import read_file
from app.audit.service import record
from app.audit.types import Break, ExportRefused
from app.audit.verifying import verify
from app.core.db import reading, transaction
from app.processes.models import Instance
from tests.support.office import NOW, Office, race

TRIES = 200
SEED = 20261122
FIELDS = ("actor_name", "unit_name", "kind", "object", "data", "at", "actor_id", "chain")
HASHES = ("hash", "prev_hash")


class Owner:
    """Somebody with every right in the database, who knows this code. He lacks FIELD_KEYS."""

    def __init__(self, session: Session, rng: random.Random) -> None:
        self.session = session
        self.rng = rng
        session.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers

    def some_event(self) -> Event:
        return self.rng.choice(self.session.scalars(select(Event).order_by(Event.id)).all())

    def set_head(self, chain: str, seq: int, hash_: bytes) -> None:
        values = {"audit_seq": seq, "audit_hash": hash_}
        number = chain.removeprefix("ticket:")
        self.session.execute(update(Instance).where(Instance.number == number).values(values))
        self.session.execute(update(ChainHead).where(ChainHead.chain == chain).values(values))

    def rewrite(self, chain: str, events: Sequence[Event]) -> None:
        """Number and hash a chain anew, and move its head."""
        last = GENESIS
        for seq, event in enumerate(events, start=1):
            event.seq, event.prev_hash = seq, last
            last = event.hash = event.computed_hash()
        self.session.flush()
        self.set_head(chain, len(events), last)

    def changed(self, event: Event, name: str) -> object:
        value = getattr(event, name)
        if name == "at":
            return value + timedelta(microseconds=self.rng.choice([-1, 1, 10**6]))
        if name in HASHES:
            return self.rng.randbytes(32)
        if name == "data":
            return {**value, "outcome": "reject", "n": self.rng.random()}
        return (value or 0) + 1 if name == "actor_id" else f"{value}x"

    # What follows is tried; each answers nothing and leaves the deed behind.

    def edits(self) -> None:
        event = self.some_event()
        name = self.rng.choice(FIELDS + HASHES)
        setattr(event, name, self.changed(event, name))

    def edits_and_rewrites(self) -> None:
        event = self.some_event()
        name = self.rng.choice(FIELDS[:-1])
        setattr(event, name, self.changed(event, name))
        self.rewrite(event.chain, list_chain(self.session, event.chain))

    def deletes(self) -> None:
        self.session.delete(self.some_event())

    def deletes_and_rewrites(self) -> None:
        event = self.some_event()
        rest = [one for one in list_chain(self.session, event.chain) if one is not event]
        self.session.delete(event)
        self.session.flush()
        self.rewrite(event.chain, rest)

    def swaps(self) -> None:
        one, other = self.some_event(), self.some_event()
        while one.hash == other.hash:
            other = self.some_event()
        for name in ("actor_id", "actor_name", "unit_name", "kind", "object", "data", "at"):
            mine, yours = getattr(one, name), getattr(other, name)
            setattr(one, name, yours)
            setattr(other, name, mine)
        if self.rng.random() < 0.5:
            self.session.flush()
            for chain in {one.chain, other.chain}:
                self.rewrite(chain, list_chain(self.session, chain))

    def inserts(self) -> None:
        like = self.some_event()
        chain = list(list_chain(self.session, like.chain))
        forged = Event(
            **{name: getattr(like, name) for name in FIELDS},
            seq=10_000,
            prev_hash=GENESIS,
            hash=GENESIS,
        )
        self.session.add(forged)
        self.session.flush()
        # Those behind it get higher ids, so that these too go up along the chain.
        place = chain.index(like)
        for event in reversed(chain[place:]):
            self.session.execute(
                update(Event)
                .where(Event.id == event.id)
                .values(id=event.id + 10**6, seq=event.seq + 1)
            )
        name = like.chain
        self.session.expunge_all()
        *rest, last = list_chain(self.session, name)
        self.rewrite(name, [*rest[:place], last, *rest[place:]])

    def cuts_a_tail(self) -> None:
        event = self.some_event()
        chain = list_chain(self.session, event.chain)
        for later in chain[event.seq - 1 :]:
            self.session.delete(later)
        self.session.flush()
        kept = chain[: event.seq - 1]
        if self.rng.random() < 0.8:
            self.set_head(event.chain, len(kept), kept[-1].hash if kept else GENESIS)

    def truncates(self) -> None:
        self.session.execute(text("TRUNCATE event"))
        if self.rng.random() < 0.7:
            self.session.execute(update(Instance).values(audit_seq=0, audit_hash=GENESIS))
            self.session.execute(delete(ChainHead))
        if self.rng.random() < 0.5:
            self.session.execute(text("TRUNCATE audit_seal, sealed_head"))

    def rolls_back_everything(self) -> None:
        """As a restored older backup looks: events, heads and seals of an earlier minute."""
        cut = self.some_event()
        gone = self.session.scalars(select(Event).where(Event.id >= cut.id)).all()
        chains = {event.chain for event in gone}
        for event in gone:
            self.session.delete(event)
        self.session.flush()
        for chain in chains:
            rest = list_chain(self.session, chain)
            self.set_head(chain, len(rest), rest[-1].hash if rest else GENESIS)
        self.session.execute(delete(Seal).where(Seal.at >= cut.at))
        self.session.execute(delete(SealedHead).where(SealedHead.chain.in_(chains)))
        if self.rng.random() < 0.5:  # and the site goes on sealing
            service.seal(self.session, now=cut.at + timedelta(days=9))

    def drops_a_seal(self) -> None:
        n = self.rng.choice(self.session.scalars(select(Seal.n)).all())
        self.session.execute(delete(Seal).where(Seal.n >= n if n % 2 else Seal.n == n))

    def forges_a_seal(self) -> None:
        """Rewrites a chain and signs its heads with a key of his own."""
        self.edits_and_rewrites()
        self.session.execute(delete(SealedHead))
        self.session.execute(delete(Seal))
        self.session.execute(text("DELETE FROM audit_key"))
        self.session.expire_all()
        service.seal(self.session, now=NOW + timedelta(days=30))


DEEDS: tuple[Callable[[Owner], None], ...] = (
    Owner.edits,
    Owner.edits_and_rewrites,
    Owner.deletes,
    Owner.deletes_and_rewrites,
    Owner.swaps,
    Owner.inserts,
    Owner.cuts_a_tail,
    Owner.truncates,
    Owner.rolls_back_everything,
    Owner.drops_a_seal,
    Owner.forges_a_seal,
)


@pytest.fixture
def busy(office: Office) -> Office:
    """Tickets in several states, sealed now and then; everybody's last act is sealed too."""
    office.walk(office.start())
    service.seal(office.session, now=office.tick())
    office.walk(office.start(), to="leader_approval")
    ticket = office.start()
    service.seal(office.session, now=office.tick())
    office.send_back(ticket)
    for number in range(5):
        actor = office.actor("duanshiyu")
        record(office.session, now=office.tick(), actor=actor, kind="test.act", object=str(number))
    service.seal(office.session, now=office.tick())
    office.session.flush()
    return office


@pytest.fixture
def head(busy: Office, tmp_path: Path) -> Path:
    path = tmp_path / "head.jsonl"
    with path.open("wb") as file:
        service.export_head(busy.session, file, now=busy.tick())
    return path


def judged(session: Session, head: Path | None = None) -> Break | None:
    session.flush()
    session.expire_all()
    return verify(session, read_file(head) if head else ()).first_break


def test_an_untouched_trail_holds(busy: Office, head: Path) -> None:
    """With and without the exported head, and after further acts that no seal has seen."""
    assert judged(busy.session, head) is None
    busy.walk(busy.start())
    verdict = verify(busy.session, read_file(head))
    assert verdict.first_break is None
    assert verdict.events > 30
    assert verdict.seals == 4


def test_every_deed_of_the_owner_is_found(bind: Connection, busy: Office, head: Path) -> None:
    """Edit, delete, swap, insert, cut, truncate, roll back, forge: all of 200 tries."""
    rng = random.Random(SEED)
    missed = []
    for number in range(TRIES):
        deed = DEEDS[number % len(DEEDS)]
        with Session(bind, join_transaction_mode="create_savepoint") as session:
            deed(Owner(session, rng))
            if judged(session, head) is None:
                missed.append((number, deed.__name__))
            session.rollback()
    assert missed == []
    assert judged(busy.session, head) is None


def test_the_first_bad_event_is_named(busy: Office, head: Path) -> None:
    chain = busy.session.scalars(
        select(Event.chain).where(Event.chain.startswith("ticket:")).order_by(Event.chain)
    ).first()
    assert chain
    owner = Owner(busy.session, random.Random(1))
    third = list_chain(busy.session, chain)[2]
    third.actor_name = "别人"
    assert judged(busy.session, head) == Break(chain, 3, "内容被改过")
    owner.rewrite(chain, list_chain(busy.session, chain))
    found = judged(busy.session, head)
    assert found
    assert found.chain == chain
    assert "重写" in found.reason


def test_a_changed_head_file_does_not_hold(busy: Office, head: Path) -> None:
    """Somebody who reaches the file cannot make it fit a rewritten chain: it is signed."""
    lines = head.read_bytes().splitlines()
    for place in range(len(lines)):
        changed = list(lines)
        changed[place] = lines[place].replace(b'"chains":', b'"chains":1', 1)
        if place:
            chain, seq, hash_ = json.loads(lines[place])
            changed[place] = json.dumps([chain, seq, hash_[::-1]]).encode()
        head.write_bytes(b"\n".join(changed))
        assert judged(busy.session, head)
        head.write_bytes(b"\n".join(lines[:place]))
        assert judged(busy.session, head)


def test_a_quiet_minute_has_no_seal_a_quiet_hour_one(busy: Office) -> None:
    now = busy.tick()
    assert service.seal(busy.session, now=now)
    assert service.seal(busy.session, now=now + timedelta(minutes=1)) is None
    assert service.seal(busy.session, now=now + timedelta(hours=1))


def test_exported_seals_serve_as_head(busy: Office, tmp_path: Path) -> None:
    """The file of the minute job finds a roll-back as an exported head does."""
    assert service.export(busy.session, tmp_path) == 3
    assert service.export(busy.session, tmp_path) == 0
    path = tmp_path / seals.FILE
    assert judged(busy.session, path) is None
    Owner(busy.session, random.Random(3)).rolls_back_everything()
    assert judged(busy.session, path)


def test_export_goes_on_behind_half_a_line(busy: Office, tmp_path: Path) -> None:
    """A crash while writing: what it cut off is written again, and the file holds."""
    service.export(busy.session, tmp_path)
    path = tmp_path / seals.FILE
    whole = path.read_bytes()
    for cut in (2, 50, len(whole.splitlines()[-1]) + 1, len(whole) - 3):
        path.write_bytes(whole[:-cut])
        assert service.export(busy.session, tmp_path) >= 1
        assert judged(busy.session, path) is None
    path.write_bytes(b"")
    assert service.export(busy.session, tmp_path) == 3


def test_export_stops_when_the_file_knows_more(busy: Office, tmp_path: Path) -> None:
    """A database put back to an earlier hour must not go on as if nothing were."""
    service.export(busy.session, tmp_path)
    before = (tmp_path / seals.FILE).read_bytes()
    Owner(busy.session, random.Random(4))
    busy.session.execute(delete(Seal).where(Seal.n == 3))
    with pytest.raises(ExportRefused):
        service.export(busy.session, tmp_path)
    assert (tmp_path / seals.FILE).read_bytes() == before


@pytest.mark.parametrize("size", [*range(10), 33])
def test_root_is_that_of_the_standard(size: int) -> None:
    """RFC 9162 §2.1.1: split at the greatest power of two."""
    ends = [seals.ChainEnd(f"c{i}", i, bytes([i]) * 32) for i in range(size)]
    leaves = [
        seals.root_of([end])[1]  # the root over one leaf is the leaf's own hash
        for end in ends
    ]

    def root(part: list[bytes]) -> bytes:
        if len(part) < 2:
            return part[0] if part else bytes.fromhex(seals.digest(b""))
        split = 1 << ((len(part) - 1).bit_length() - 1)
        both = root(part[:split]) + root(part[split:])
        return bytes.fromhex(seals.digest(b"\1" + both))

    assert seals.root_of(ends) == (size, root(leaves))


@pytest.fixture
def committed(office: Office) -> Office:
    office.walk(office.start())
    office.session.commit()
    return office


@pytest.mark.committed
def test_sealing_at_once_gives_one_chain_of_seals(committed: Office, tmp_path: Path) -> None:
    """Two beats, two workers: one seals, the others find nothing to do."""
    now = committed.tick()
    for round_ in range(3):
        at = now + timedelta(hours=2 * round_)
        answers = race(*[lambda session, at=at: service.seal(session, now=at)] * 5)
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert len([answer for answer in answers if answer]) == 1
    answers = race(*[lambda session: service.export(session, tmp_path)] * 4)
    assert sorted(str(answer) for answer in answers) == ["0", "0", "0", "3"]
    with reading() as session:
        assert verify(session, read_file(tmp_path / seals.FILE)).first_break is None


@pytest.mark.committed
def test_seal_waits_for_nobody_and_sees_only_what_is_committed(committed: Office) -> None:
    """An act in the middle of its transaction is sealed a minute later, whole."""
    with transaction() as open_one:
        actor = committed.actor("duanshiyu")
        record(open_one, now=NOW, actor=actor, kind="test.act", object="x")
        open_one.flush()
        with transaction() as other:
            made = service.seal(other, now=NOW)
            assert made
            out = io.BytesIO()
            assert "unit:" + actor.unit_code not in {
                end.chain for end in seals.unpack(made.heads_packed)
            }
            service.export_head(other, out, now=NOW)
    with transaction() as session:
        later = service.seal(session, now=NOW)
        assert later
        moved = {end.chain for end in seals.unpack(later.heads_packed)}
        assert moved == {f"unit:{actor.unit_code}"}
