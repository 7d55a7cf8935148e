"""From a backup and its keys to a data folder that can be served."""

import time
from pathlib import Path

import psycopg
import pytest

from app.backup.service import create
from app.config import Settings, gather
from app.core.db import reading
from scripts.cluster import Cluster
from scripts.process import Failed, Running
from scripts.restore import restore
from scripts.settings import password_in
from tests.support.office import NOW, Office
from tests.support.servers import SECRETS
from tests.support.shared import Run

pytestmark = pytest.mark.committed


def test_backup_becomes_a_folder_to_serve(
    office: Office, settings: Settings, run: Run, tmp_path: Path
) -> None:
    """Keys, region and a whole database; a folder that is in use is refused."""
    number = office.start().number
    office.session.commit()
    with reading() as session:
        create(session, folder=tmp_path / "b", settings=settings, now=NOW, say=lambda _: None)
    into = run.folder / f"f{time.monotonic_ns() % 10**6}"  # short: sockets live in it
    restore(tmp_path / "b", SECRETS, into)
    found = Settings.from_env({"DATA_DIR": str(into), "REDIS_URL": "redis://x"})
    assert (found.field_keys, found.region) == (settings.field_keys, settings.region)
    assert (into / "settings.env").stat().st_mode & 0o077 == 0
    url = gather({"DATA_DIR": str(into)})["DATABASE_URL"]
    cluster = Cluster(into / "pg", into / "run" / "pg", password_in(url) or "")
    with Running(cluster.child()):
        cluster.wait()
        with psycopg.connect(url) as connection:
            rows = connection.execute("SELECT number FROM ticket").fetchall()
    assert rows == [(number,)]
    with pytest.raises(Failed, match="not empty"):
        restore(tmp_path / "b", SECRETS, into)
    with pytest.raises(Failed, match="no whole backup"):
        restore(tmp_path / "nothing", SECRETS, run.folder / "nowhere")
