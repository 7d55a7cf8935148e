"""The real PostgreSQL, Redis and whole site that tests talk to."""

import base64
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from app.config import gather
from scripts.broker import Broker
from scripts.cluster import Cluster
from scripts.process import ROOT, Child, wait_until
from tests.support.patience import PATIENCE
from tests.support.shared import Run

TEMPLATE = "template_banjian"
PASSWORD = "only-for-this-run"
SITE_READY = 240
TAIL = 60
# Fixed keys, so that a failing example can be repeated. They guard nothing.
FIELD_KEY = b"this-is-only-a-key-of-the-tests!"
SECRETS = {
    "SECRET_KEY": "a-secret-of-the-tests-and-of-nothing-else",
    "FIELD_KEYS": f"t1:{base64.b64encode(FIELD_KEY).decode()}",
}


@dataclass(frozen=True)
class Site:
    """A served site with its demo data."""

    url: str
    data_dir: Path

    @property
    def database_url(self) -> str:
        """Of the owner, as the command line has it."""
        return gather({"DATA_DIR": str(self.data_dir)})["DATABASE_URL"]

    def command(self, *arguments: str) -> str:
        """Run `flask --app wsgi …` against the site, as an operator would."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=ROOT,
            env={**os.environ, "DATA_DIR": str(self.data_dir)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def logins(self) -> list[dict[str, str]]:
        logins: list[dict[str, str]] = json.loads(self.command("demo", "logins", "--json"))
        return logins


def environment(run: Run, database_url: str, redis_url: str = "") -> dict[str, str]:
    """What `Settings.from_env` needs for a site on these two.

    The run's own Redis unless told otherwise: a message to one that is not there costs each commit
    20 ms and a traceback.
    """
    data = run.folder / "data"
    data.mkdir(exist_ok=True)
    return {
        **SECRETS,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url or broker(run).url,
        "DATA_DIR": str(data),
        "BASE_URL": "http://127.0.0.1",
        "DEMO": "1",
    }


def cluster(run: Run) -> Cluster:
    """The run's cluster, with a template database at the newest schema."""
    found = Cluster(run.folder / "pg", run.folder / "s", PASSWORD, careless=True)

    def make() -> dict[str, str]:
        found.make()
        log = run.start(found.child())
        assert wait_until(found.ready, PATIENCE), log.read_text()
        found.create(TEMPLATE)
        env = environment(run, found.url(TEMPLATE), "redis://127.0.0.1:1/0")
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"],
            cwd=ROOT,
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"db upgrade failed:\n{done.stdout}{done.stderr}"
        return {}

    run.once("cluster", make)
    return found


def broker(run: Run) -> Broker:
    found = Broker(run.folder / "r", PASSWORD)

    def make() -> dict[str, str]:
        found.make()
        log = run.start(found.child())
        assert wait_until(found.ready, PATIENCE), log.read_text()
        return {}

    run.once("broker", make)
    return found


def site(run: Run) -> Site:
    """`make run`, in a folder of its own and on a free port."""
    data = run.folder / "site"

    def make() -> dict[str, str]:
        data.mkdir()
        log = run.start(
            Child(
                "site",
                [sys.executable, "-m", "scripts.serve"],
                grace=15,
                env={"DATA_DIR": str(data), "PORT": "0", "REGION": "enshi"},
            )
        )
        note = data / "run" / "site.json"
        failed = "Cannot go on"
        wait_until(lambda: note.exists() or failed in log.read_text(), SITE_READY, 0.2)
        said = log.read_text()
        assert note.exists(), "\n".join(["The site did not start:", *said.splitlines()[-TAIL:]])
        return {"url": str(json.loads(note.read_text())["url"])}

    return Site(run.once("site", make)["url"], data)
