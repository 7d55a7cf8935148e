"""A backup is whole or it is found out; restored elsewhere, work goes on and nothing is doubled."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, inspect, select, text
from sqlalchemy.orm import Session

from app.attachments import service as attachments
from app.attachments import store
from app.attachments.models import Attachment
from app.attachments.types import Accepted
from app.audit.models import Event
from app.audit.queries import first_break
from app.backup.service import Copy, NewFiles, create, new_files, open_copy, restore, verify
from app.backup.types import MANIFEST, SEAL, BackupDamaged, BackupRefused, Manifest
from app.config import Settings
from app.core import clock, crypto, db, outbox
from app.core.db import reading, transaction
from app.core.outbox import Outbox, OutboxState
from app.documents.models import Document
from app.notifications.models import Delivery as Mail
from app.notifications.models import Notification
from app.notifications.service.sending import RESTORED
from app.notifications.types import DeliveryState
from app.processes.models import Instance
from app.tickets.models import Ticket
from app.tickets.queries import ticket_of
from app.tickets.types import TicketState
from app.webhooks.models import Delivery as Push
from app.webhooks.models import Endpoint, News
from app.webhooks.types import EndpointState, Kind
from scripts.cluster import Cluster
from scripts.process import Running
from tests.support import servers
from tests.support.office import NOW, Office
from tests.support.shared import Run

pytestmark = pytest.mark.committed
CATALOGUE = (
    """SELECT viewname, definition FROM pg_views WHERE schemaname = 'public' ORDER BY 1""",
    """SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger
    WHERE NOT tgisinternal ORDER BY 1, 2""",
    """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2""",
    """SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1""",
    """SELECT sequencename, last_value FROM pg_sequences
    WHERE sequencename NOT IN ('event_id_seq') ORDER BY 1""",
)
SCAN = b"%PDF-1.7 a scan that somebody brought"


def quiet(_line: str) -> None:
    """Progress nobody reads."""


@pytest.fixture
def settings(environment: dict[str, str], tmp_path: Path) -> Settings:
    data = tmp_path / "data"
    data.mkdir()
    return Settings.from_env({**environment, "DATA_DIR": str(data)})


@pytest.fixture
def half_way(office: Office) -> Ticket:
    """One ticket closed, one with the leader, a file beside the database."""
    office.walk(office.start())
    ticket = office.walk(office.start(), to="leader_approval")
    office.session.commit()
    return ticket


@pytest.fixture
def scan(settings: Settings) -> Path:
    path = settings.data_dir / "attachments" / "ab" / "cd"
    path.parent.mkdir(parents=True)
    path.write_bytes(SCAN)
    (settings.data_dir / "settings.env").write_text("FIELD_KEYS=secret")
    (settings.data_dir / "log").mkdir()
    (settings.data_dir / "log" / "web.log").write_text("no data")
    return path


def take(settings: Settings, folder: Path, say: object = quiet) -> Manifest:
    with reading() as session:
        return create(session, folder=folder, settings=settings, now=NOW, say=say)  # type: ignore[arg-type]


@pytest.fixture
def taken(half_way: Ticket, scan: Path, settings: Settings, tmp_path: Path) -> Copy:  # noqa: ARG001
    take(settings, tmp_path / "backup")
    return open_copy(tmp_path / "backup", settings.field_keys)


@pytest.fixture
def new(cluster: Cluster, worker_id: str) -> Iterator[Engine]:
    """An empty database."""
    name = f"restored_{worker_id}"
    cluster.drop(name)
    cluster.create(name)
    made = create_engine(cluster.url(name))
    yield made
    made.dispose()
    cluster.drop(name)


@pytest.fixture
def elsewhere(new: Engine, bind: Engine | Connection, session: Session) -> Iterator[Engine]:
    """Every transaction of ours goes to the new database from here on."""
    session.rollback()
    db.configure(new)
    yield new
    db.configure(bind)


def bring_back(copy: Copy, data: Path, *, force: bool = False) -> int:
    with new_files(data) as files, transaction() as session:
        return restore(
            session,
            copy=copy,
            files=files,
            now=clock.utcnow(),
            may_hold_empty_tables=force,
            say=quiet,
        ).held


def damage_of(copy: Copy) -> str:
    """What opening and verifying find; empty when they are content."""
    try:
        verify(open_copy(copy.folder, {copy.manifest.key_id: copy.key}), quiet)
    except BackupDamaged as error:
        return error.text
    return ""


def files_of(copy: Copy) -> list[Path]:
    return [path for path in sorted(copy.folder.rglob("*")) if path.is_file()]


def test_backup_holds_everything_and_is_whole(taken: Copy) -> None:
    """Every table but the schema's own note, the file of a person, nothing of this machine."""
    assert damage_of(taken) == ""
    with reading() as session:
        found = set(inspect(session.connection()).get_table_names()) - {"alembic_version"}
        events = len(session.scalars(select(Event.id)).all())
    assert {table.name for table in taken.manifest.tables} == found
    assert [kept.path for kept in taken.manifest.files] == ["attachments/ab/cd"]
    assert taken.manifest.chains.events == events > 10
    assert taken.manifest.waiting > 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in files_of(taken))


def test_backup_shows_nothing_to_who_has_no_key(taken: Copy) -> None:
    """No name, no scan, no key lies in it in the clear."""
    everything = b"".join(path.read_bytes() for path in files_of(taken))
    assert SCAN not in everything
    assert "姚海洋".encode() not in everything
    assert taken.key not in everything
    with pytest.raises(BackupRefused):
        open_copy(taken.folder, {"t2": taken.key})
    with pytest.raises(BackupDamaged):
        open_copy(taken.folder, {taken.manifest.key_id: secrets.token_bytes(32)})


def test_every_flipped_byte_is_found(taken: Copy) -> None:
    """First, last and one anywhere, in each file of the backup."""
    for path in files_of(taken):
        whole = path.read_bytes()
        for place in (0, len(whole) - 1, secrets.randbelow(len(whole))):
            changed = bytearray(whole)
            changed[place] ^= 1 << secrets.randbelow(8)
            path.write_bytes(bytes(changed))
            assert damage_of(taken), f"{path.name}: byte {place}"
        path.write_bytes(whole)
    assert damage_of(taken) == ""


def test_missing_extra_swapped_and_cut_parts_are_found(taken: Copy) -> None:
    for path in files_of(taken):
        whole = path.read_bytes()
        path.unlink()
        assert "缺少" in damage_of(taken)
        path.write_bytes(whole[:-1])
        assert damage_of(taken)
        path.write_bytes(whole)
    stranger = taken.folder / "database" / "more.part"
    stranger.write_bytes(b"x")
    assert "多出 database/more.part" in damage_of(taken)
    stranger.unlink()
    one, other = (taken.folder / "database" / f"{name}.part" for name in ("task", "ticket"))
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    assert "被改动过" in damage_of(taken)


def test_chain_that_was_rewritten_before_the_backup_is_found(
    half_way: Ticket, settings: Settings, tmp_path: Path
) -> None:
    """The backup is sound, what it holds is not."""
    with transaction() as session:
        session.execute(text("ALTER TABLE event DISABLE TRIGGER USER"))
        session.execute(
            text("UPDATE event SET actor_name = '别人' WHERE chain = :chain AND seq = 2"),
            {"chain": f"ticket:{half_way.number}"},
        )
    take(settings, tmp_path / "backup")
    found = damage_of(open_copy(tmp_path / "backup", settings.field_keys))
    assert f"审计链 ticket:{half_way.number} 从第 2 条起不成立" in found


def test_backup_is_of_one_moment(
    half_way: Ticket, office: Office, settings: Settings, tmp_path: Path
) -> None:
    """What is committed while tables are copied is wholly in the next backup, not half in this."""
    late: list[str] = []

    def meanwhile(_line: str) -> None:
        if not late:
            ticket = office.start()
            office.decide(half_way)
            office.session.commit()
            late.append(ticket.number)

    manifest = take(settings, tmp_path / "backup", meanwhile)
    copy = open_copy(tmp_path / "backup", settings.field_keys)
    assert damage_of(copy) == ""
    tickets = next(table for table in manifest.tables if table.name == "ticket")
    assert tickets.rows == 2
    assert late[0].encode() not in b"".join(copy.read(tickets.part))


def test_backup_never_overwrites_and_never_stays_half(
    taken: Copy, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(BackupRefused, match="已经存在"):
        take(settings, taken.folder)

    def trip(_line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take(settings, tmp_path / "second", trip)
    assert not list(tmp_path.glob("second*"))
    with pytest.raises(BackupRefused, match="没有"):
        take(settings, tmp_path / "no" / "such")


def test_restored_into_a_new_cluster_the_ticket_goes_on(
    taken: Copy, half_way: Ticket, bind: Engine, run: Run, worker_id: str, tmp_path: Path
) -> None:
    """Another PostgreSQL, another folder: the same rows, and the walk continues to its end."""
    name = f"again-{worker_id}"
    other = Cluster(run.folder / f"{name}-pg", run.folder / name, servers.PASSWORD, careless=True)
    other.make()
    with Running(other.child()):
        other.wait()
        other.create("fresh")
        engine = create_engine(other.url("fresh"))
        db.configure(engine)
        try:
            held = bring_back(taken, tmp_path / "new")
            check_the_same(bind, engine, taken.manifest)
            assert held == taken.manifest.waiting
            assert (tmp_path / "new" / "attachments" / "ab" / "cd").read_bytes() == SCAN
            with Session(engine, expire_on_commit=False) as session:
                desk = Office(session)
                desk.now, desk.seeds = clock.utcnow(), iter(range(500, 600))
                ticket = ticket_of(session, half_way.instance_id)
                assert ticket.state is TicketState.RUNNING
                desk.walk(ticket)
                desk.walk(desk.start())
                session.commit()
                assert ticket.state is TicketState.CLOSED
                for instance in session.scalars(select(Instance)):
                    assert first_break(session, instance.audit_chain, instance) is None
        finally:
            engine.dispose()
            db.configure(bind)


def test_files_come_back_with_their_rows(
    half_way: Ticket,
    office: Office,
    settings: Settings,
    new: Engine,
    bind: Engine,
    tmp_path: Path,
) -> None:
    """What people brought lies there again, sealed, with its hash; what was half written is not."""
    text_file = Accepted("说明.txt", "text/plain", b"a text that somebody brought")
    actor = office.requester(half_way)
    with transaction() as session:
        kept = attachments.keep(session, actor=actor, now=NOW, accepted=text_file)
    (store.folder() / f"{store.HALF}x").write_bytes(b"half")
    take(settings, tmp_path / "backup")
    copy = open_copy(tmp_path / "backup", settings.field_keys)
    db.configure(new)
    store.configure(tmp_path / "new")
    try:
        bring_back(copy, tmp_path / "new")
        with reading() as session:
            assert list(attachments.verify(session)) == []
            found = session.get_one(Attachment, kept.id)
            assert (found.name, attachments.read(found)) == (text_file.name, text_file.data)
        (path,) = store.folder().iterdir()
        assert path.stat().st_mode & 0o777 == 0o600
    finally:
        db.configure(bind)


def test_a_file_that_was_lost_before_the_backup_is_found(
    half_way: Ticket, office: Office, settings: Settings, tmp_path: Path
) -> None:
    """The copy is whole, byte for byte, and yet not all of it is there (I9)."""
    text_file = Accepted("说明.txt", "text/plain", b"a text that was lost")
    actor = office.requester(half_way)
    with transaction() as session:
        kept = attachments.keep(session, actor=actor, now=NOW, accepted=text_file)
    store.remove(kept.file)
    take(settings, tmp_path / "backup")
    with pytest.raises(BackupDamaged, match=f"附件 {kept.id} 的文件"):
        verify(open_copy(tmp_path / "backup", settings.field_keys), quiet)


def check_the_same(before: Engine, after: Engine, manifest: Manifest) -> None:
    """Row by row, but for what a restore itself writes; triggers and views stand again."""
    touched = {"outbox", "login_session", "event", "chain_head"}
    with before.connect() as old, after.connect() as restored:
        for table in manifest.tables:
            if table.name not in touched:
                query = text(f'SELECT t::text FROM "{table.name}" t ORDER BY 1')  # noqa: S608
                assert old.scalars(query).all() == restored.scalars(query).all(), table.name
        for asked in CATALOGUE:
            assert old.execute(text(asked)).all() == restored.execute(text(asked)).all(), asked


def test_what_waited_is_held_until_a_person_releases_it(
    taken: Copy, elsewhere: Engine, tmp_path: Path
) -> None:
    """No worker touches it; released, each is done once. The restore itself is on record."""
    assert bring_back(taken, tmp_path / "new") > 0
    assert outbox.work_off() == 0
    with Session(elsewhere) as session:
        held = outbox.list_held(session)
        states = set(session.scalars(select(Outbox.state)))
        assert len(held) == taken.manifest.waiting
        assert states <= {OutboxState.HELD, OutboxState.DONE, OutboxState.DEAD}
        assert session.scalars(select(Event).where(Event.kind == "backup.restored")).one()
        assert not session.scalars(select(Document).where(Document.sha256.is_not(None))).all()
        first = held[0].id
    with transaction() as session:
        assert outbox.release(session, now=clock.utcnow(), ids=[first]) == [first]
    with transaction() as session:
        assert outbox.release(session, now=clock.utcnow(), ids=[first]) == []
        assert len(outbox.list_held(session)) == taken.manifest.waiting - 1


@pytest.fixture
def listeners(office: Office) -> None:
    """A mail that waits, and an address that wants to hear of what comes."""
    session, person = office.session, office.actor("yaohaiyang")
    told = Notification(
        person_id=person.person_id,
        kind="ticket.closed",
        key="k",
        title="",
        text="",
        href="/",
        at=NOW,
    )
    session.add(told)
    session.add(
        Endpoint(
            unit_id=person.unit_id,
            name="叫号屏",
            url="https://receiver.example/",
            kinds=list(Kind),
            secret_sealed=crypto.seal("x"),
            created_by_id=person.person_id,
            created_at=NOW,
        )
    )
    session.flush()
    session.add(
        Mail(
            notification_id=told.id,
            person_id=person.person_id,
            line="mail",
            due_at=NOW,
            created_at=NOW,
        )
    )
    session.commit()


def test_what_was_to_be_told_waits_for_a_person_too(
    listeners: None,  # noqa: ARG001
    taken: Copy,
    elsewhere: Engine,
    tmp_path: Path,
) -> None:
    """Mails are not sent, addresses are paused; and news that nobody had looked at is not lost."""
    bring_back(taken, tmp_path / "new")
    with Session(elsewhere) as session:
        (mail,) = session.scalars(select(Mail))
        assert (mail.state, mail.error) == (DeliveryState.FAILED, RESTORED)
        assert session.scalars(select(Endpoint.state)).all() == [EndpointState.PAUSED]
        assert session.scalars(select(News)).all() == []
        assert "ticket.closed" in session.scalars(select(Push.kind)).all()


def test_nobody_is_still_signed_in_after_a_restore(
    office: Office, browser: object, settings: Settings, tmp_path: Path, bind: Engine, new: Engine
) -> None:
    """Who was disabled or signed out after the backup does not come back with an old cookie."""
    office.session.commit()
    browser("yaohaiyang")  # type: ignore[operator]
    take(settings, tmp_path / "backup")
    copy = open_copy(tmp_path / "backup", settings.field_keys)
    open_sessions = text("SELECT count(*) FROM login_session WHERE ended_at IS NULL")
    with bind.connect() as connection:
        assert connection.scalar(open_sessions) == 1
    db.configure(new)
    try:
        bring_back(copy, tmp_path / "new")
    finally:
        db.configure(bind)
    with new.connect() as connection:
        assert connection.scalar(open_sessions) == 0


def test_restore_refuses_a_database_that_is_not_empty(
    taken: Copy, bind: Engine, elsewhere: Engine, cluster: Cluster, tmp_path: Path
) -> None:
    """Tables are refused; with --force-empty tables without a row pass, a single row does not."""
    db.configure(bind)
    for force in (False, True):
        with pytest.raises(BackupRefused):
            bring_back(taken, tmp_path / "new", force=force)
    db.configure(elsewhere)
    with elsewhere.begin() as connection:
        connection.execute(text("CREATE TABLE somebody (id int)"))
    for force in (False, True):
        with pytest.raises(BackupRefused):
            bring_back(taken, tmp_path / "new", force=force)
    assert inspect(elsewhere).get_table_names() == ["somebody"]
    assert not (tmp_path / "new").exists()
    name = f"migrated_{elsewhere.url.database}"
    cluster.create(name, servers.TEMPLATE)
    migrated = create_engine(cluster.url(name))
    db.configure(migrated)
    try:
        with pytest.raises(BackupRefused, match="不是空的"):
            bring_back(taken, tmp_path / "new")
        bring_back(taken, tmp_path / "new", force=True)
        check_the_same(bind, migrated, taken.manifest)
    finally:
        migrated.dispose()
        cluster.drop(name)


def test_restore_that_fails_leaves_nothing(taken: Copy, elsewhere: Engine, tmp_path: Path) -> None:
    """A count that does not fit in the last table, or a file that is in the way."""
    *most, last = taken.manifest.tables
    lying = (*most, last.model_copy(update={"rows": last.rows + 1}))
    wrong = replace(taken, manifest=taken.manifest.model_copy(update={"tables": lying}))
    with pytest.raises(BackupDamaged):
        bring_back(wrong, tmp_path / "new")
    assert inspect(elsewhere).get_table_names() == []
    in_the_way = tmp_path / "new" / "attachments" / "ab" / "cd"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_bytes(b"another's")
    with pytest.raises(BackupRefused, match="已经存在"):
        bring_back(taken, tmp_path / "new")
    assert in_the_way.read_bytes() == b"another's"
    assert inspect(elsewhere).get_table_names() == []


def test_files_go_when_the_commit_does_not_come(taken: Copy, tmp_path: Path) -> None:
    def fail(files: NewFiles) -> None:
        for kept in taken.manifest.files:
            files.write(kept, taken.read(kept.part))
        raise LookupError

    with pytest.raises(LookupError), new_files(tmp_path / "new") as files:
        fail(files)
    assert not [path for path in (tmp_path / "new").rglob("*") if path.is_file()]


def test_backup_of_an_unknown_schema_is_refused(
    taken: Copy, elsewhere: Engine, tmp_path: Path
) -> None:
    newer = replace(taken, manifest=taken.manifest.model_copy(update={"schema_version": "9999"}))
    with pytest.raises(BackupRefused, match="9999"):
        bring_back(newer, tmp_path / "new")
    assert inspect(elsewhere).get_table_names() == []


def test_manifest_and_seal_are_what_is_looked_for(taken: Copy) -> None:
    assert {MANIFEST, SEAL} <= {path.name for path in taken.folder.iterdir()}
