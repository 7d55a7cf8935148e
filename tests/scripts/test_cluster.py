"""The private PostgreSQL: made once, found again, not confused by what a crash left."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from scripts.cluster import Cluster
from scripts.process import Failed, Running


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="bj-"))
    folder.chmod(0o711)
    made = Cluster(folder / "pg", folder / "s", "a password: with everything @/:?", careless=True)
    made.make()
    yield made
    shutil.rmtree(folder)


@pytest.fixture
def started(cluster: Cluster) -> Iterator[Cluster]:
    cluster.make()
    with Running(cluster.child()) as running:
        cluster.wait()
        yield cluster
        assert running.stop() == 0


def test_databases_come_and_go(started: Cluster) -> None:
    """Created from a template, renamed, dropped with whoever is connected."""
    started.create("one")
    with psycopg.connect(started.url("one")) as connection:
        connection.execute("CREATE TABLE kept (name text)")
        connection.execute("INSERT INTO kept VALUES ('黄䶮')")
    started.create("two", "one")
    started.rename("two", "three")
    connection = psycopg.connect(started.url("three"))
    assert connection.execute("SELECT name FROM kept").fetchall() == [("黄䶮",)]
    started.drop("three")
    connection.close()
    assert "three" not in started.databases()


def test_only_the_password_opens(started: Cluster) -> None:
    """Others on the machine reach the socket, not the data."""
    stranger = Cluster(started.data, started.sockets, "guessed")
    assert started.ready()
    assert not stranger.ready()


def test_the_site_has_a_role_of_its_own(started: Cluster) -> None:
    """Made once, let in again with another password; it owns nothing and is no superuser."""
    started.create("works")
    with psycopg.connect(started.url("works")) as owner:
        owner.execute("CREATE TABLE kept (name text)")
        owner.execute(
            "CREATE FUNCTION grant_to_app(role name) RETURNS void LANGUAGE plpgsql AS "
            "$$ BEGIN EXECUTE format('GRANT SELECT, INSERT ON kept TO %I', role); END $$"
        )
    before = started.let_app_in("works")
    with psycopg.connect(started.let_app_in("works")) as connection:
        connection.execute("INSERT INTO kept VALUES ('黄䶮')")
        connection.commit()
        for forbidden in ("DELETE FROM kept", "DROP TABLE kept", "CREATE TABLE more (name text)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden)
            connection.rollback()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(before)
    started.drop("works")


def test_a_dead_owner_of_the_lock_file_is_forgotten(cluster: Cluster) -> None:
    """After a crash the number in the lock file may be anybody's, also ours."""
    lock = cluster.data / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{cluster.data}\n")
    cluster.make()
    assert not lock.exists()


def test_a_running_owner_is_respected(started: Cluster) -> None:
    """Two servers on one folder would destroy it."""
    with pytest.raises(Failed, match=r"Another PostgreSQL .*kill -INT"):
        started.make()
