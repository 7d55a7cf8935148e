"""`make up`: a real start on the test's PostgreSQL and Redis, and each refusal beside it."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from psycopg import sql

from scripts import production, up
from scripts.cluster import Cluster
from scripts.process import ROOT, Failed, wait_until
from scripts.settings import write_settings
from tests.support.patience import PATIENCE

PASSWORD = "only-for-this-run"
SECRETS = {
    "SECRET_KEY": "8Jx1mQe0pZr7Ua3kYv5tNc9wHs2bLd4gFf6o",
    "FIELD_KEYS": "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "BASE_URL": "https://banjian.example.cn",
}
WORKS = 240
CLOSED = {"REDIS_URL": "redis://127.0.0.1:1/0", "DATABASE_URL": "postgresql://x@127.0.0.1:1/x"}
Environment = dict[str, str]


@pytest.fixture
def database(cluster: Cluster, worker_id: str) -> Iterator[str]:
    name = f"up_{worker_id}"
    cluster.drop(name)
    cluster.create(name)
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def as_app(cluster: Cluster, worker_id: str, database: str) -> str:
    """The address of the database for a role that owns nothing."""
    name = f"up_app_{worker_id}"
    role = sql.Identifier(name)
    cluster._run(sql.SQL("DROP ROLE IF EXISTS {}").format(role))
    cluster._run(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(PASSWORD)))
    return urlsplit(database)._replace(netloc=f"{name}:{PASSWORD}@").geturl()


@pytest.fixture
def environ(database: str, redis_url: str, tmp_path: Path) -> Environment:
    return {
        **SECRETS,
        "DATABASE_URL": database,
        "REDIS_URL": redis_url,
        "DATA_DIR": str(tmp_path / "d"),
        "PORT": "0",
    }


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "weak"}, "SECRET_KEY"),
        ({"FIELD_KEYS": ""}, "FIELD_KEYS"),
        ({"FIELD_KEYS": "k1:c2hvcnQ="}, "FIELD_KEYS"),
        ({"BASE_URL": "http://banjian.example.cn"}, "https"),
        ({"DEMO": "1"}, "DEMO=1"),
        ({"DATABASE_URL": ""}, "DATABASE_URL"),
        ({"REDIS_URL": ""}, "REDIS_URL"),
    ],
)
def test_what_is_weak_or_missing_is_refused(
    changed: Environment, said: str, tmp_path: Path
) -> None:
    """Before anything is installed, made or asked; the same settings without the fault pass."""
    good = {**SECRETS, **CLOSED, "DATA_DIR": str(tmp_path)}
    assert production.refusals(good) == []
    (sentence,) = production.refusals({**good, **changed})
    assert said in sentence
    with pytest.raises(Failed, match=said):
        up.settings_of({**good, **changed}, tmp_path)


def test_make_refuses_with_a_sentence_and_an_exit_code(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            "make",
            "up",
            "DATABASE_URL=postgresql://x@127.0.0.1:1/x",
            "REDIS_URL=redis://127.0.0.1:1",
        ],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert all(name in done.stderr for name in ("SECRET_KEY", "FIELD_KEYS"))
    assert "DATABASE_URL 没有设置" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_demonstrations_folder_is_left_alone(tmp_path: Path) -> None:
    """Its keys are no office's keys, and must not be written over."""
    write_settings(tmp_path / "settings.env", {**SECRETS, **CLOSED, "DEMO": "1"})
    found = production.refusals({**CLOSED, "DATA_DIR": str(tmp_path)})
    assert str(tmp_path) in found[0]
    assert any("SECRET_KEY" in sentence for sentence in found)


def test_what_was_given_once_is_known_later(tmp_path: Path) -> None:
    """`make up` writes settings.env; the next start and the command line read it."""
    first = up.settings_of({**SECRETS, **CLOSED, "PORT": "0"}, tmp_path)
    assert "OWNER_DATABASE_URL" not in first
    write_settings(tmp_path / "settings.env", first, "make up")
    assert up.settings_of({}, tmp_path) == first


def test_without_an_address_links_name_this_machine(tmp_path: Path) -> None:
    """Https all the same, and it is said: the codes on paper lead there."""
    good = {**SECRETS, **CLOSED, "PORT": "0", "BASE_URL": ""}
    assert production.refusals({**good, "DATA_DIR": str(tmp_path)}) == []
    assert up.settings_of(good, tmp_path)["BASE_URL"].startswith("https://")


def test_a_silent_database_is_refused() -> None:
    with pytest.raises(Failed, match="does not answer"):
        up.look(CLOSED["DATABASE_URL"])


def test_who_may_not_migrate_hears_what_to_run(as_app: str, database: str, tmp_path: Path) -> None:
    """Nothing has changed then. The owner of the same database may."""
    env = {"DATABASE_URL": as_app}
    with pytest.raises(Failed, match="db upgrade") as refused:
        up.bring_up_to_date(env, tmp_path, "enshi", 0)
    assert "OWNER_DATABASE_URL" in str(refused.value)
    assert up.look(as_app)[1:] == (None, False)
    assert up.look(database)[1:] == (None, True)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[Environment], tuple[dict[str, str], Path]]]:
    running: list[subprocess.Popen[bytes]] = []

    def begin(environ: Environment) -> tuple[dict[str, str], Path]:
        log = tmp_path / "up.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "scripts.up"],
                cwd=ROOT,
                env={**os.environ, **environ, "PYTHONWARNINGS": "ignore"},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        running.append(process)
        note = Path(environ["DATA_DIR"]) / "run" / "site.json"
        wait_until(lambda: note.exists() or process.poll() is not None, WORKS, 0.2)
        assert note.exists(), log.read_text()[-4000:]
        return json.loads(note.read_text()), log

    yield begin
    for process in running:
        process.terminate()
        assert process.wait(60) == 0


def get(url: str, **headers: str) -> str:
    asked = urllib.request.Request(url, headers=headers)  # noqa: S310 - http://127.0.0.1
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310
        return str(answer.read().decode())


def test_an_office_starts_and_works(
    start: Callable[[Environment], tuple[dict[str, str], Path]],
    environ: Environment,
    as_app: str,
    database: str,
) -> None:
    """Owner migrates, the site works as its own role; login page, figures, doctor, no demo."""
    token = "a-token-of-the-tests"
    given = {
        **environ,
        "DATABASE_URL": as_app,
        "OWNER_DATABASE_URL": database,
        "METRICS_TOKEN": token,
        "LOG_FORMAT": "json",
    }
    site, log = start(given)
    page = get(f"{site['url']}/login")
    assert "登录" in page
    assert "演示数据" not in page
    said = log.read_text()
    assert "users create" in said
    assert PASSWORD not in said
    kept = Path(environ["DATA_DIR"]) / "settings.env"
    assert "OWNER" not in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0
    bearer = {"Authorization": f"Bearer {token}"}
    worked = 'banjian_jobs_total{job="pulse",result="done"}'
    assert wait_until(lambda: worked in get(f"{site['url']}/metrics", **bearer), WORKS, 1)
    clean = {name: value for name, value in os.environ.items() if name not in given}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "doctor", "--json"],
        cwd=ROOT,
        env={**clean, "DATA_DIR": environ["DATA_DIR"]},
        capture_output=True,
        text=True,
        check=False,
    )
    for name in ("web", "worker", "pdf"):  # LOG_FORMAT=json: every line one event
        lines = (Path(environ["DATA_DIR"]) / "log" / f"{name}.log").read_text().splitlines()
        assert all({"event", "level", "timestamp"} <= set(json.loads(one)) for one in lines), name
    found = {one["name"]: one["state"] for one in json.loads(done.stdout)}
    for name in ("设置", "数据库", "数据库角色", "消息队列", "后台任务", "定时任务", "打印"):
        assert found[name] == "ok", done.stdout
