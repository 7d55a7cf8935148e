"""`make run`: a private PostgreSQL and Redis, then web, worker, beat and pdf, until Ctrl-C.

`python -m scripts.serve [--with-parent]`. Environment: PORT (0 takes a free one), REGION, DATA_DIR.
No child outlives it, see guard.py.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType

from scripts import guard
from scripts.broker import Broker
from scripts.cluster import Cluster, make_password
from scripts.prepare import DATABASE, prepare
from scripts.process import (
    ROOT,
    Child,
    Failed,
    Saying,
    say,
    wait_until,
)
from scripts.settings import make_settings, password_in, read_settings, write_settings
from scripts.supervisor import Supervisor

WEB_READY = 240
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own in it, see counts_folder
GUARDS_GONE = 20


class Stop(BaseException):
    """Somebody asked us to end. Not an error, and nothing on the way may swallow it."""


def lock(path: Path, refusal: str, seconds: float = 0) -> int:
    """Hold a lock until this process (and whoever inherits it) has gone.

    Raises: Failed.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def taken() -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    if not wait_until(taken, seconds):
        raise Failed(refusal)
    return descriptor


def locks(run: Path) -> tuple[int, int]:
    """The launcher's, and the one its children hold until the last of them has gone.

    Raises: Failed.
    """
    launcher = lock(
        run / "launcher.lock",
        f"Banjian already runs in this folder ({run.parent}). End it first (Ctrl-C in its window), "
        f"or serve another folder: `DATA_DIR=var2 make run PORT=8001`.",
    )
    held = lock(
        run / "children.lock",
        f"Children of an earlier start are still ending; try again in a moment. "
        f"`fuser {run}/children.lock` lists them.",
        GUARDS_GONE,
    )
    return launcher, held


def counts_folder(run: Path) -> Path:
    """Where the children keep their counts for /metrics, empty at each start.

    In memory: a full disk kills whoever writes into a mapped file of it. The name follows from the
    folder, so that a start after a kill finds what is to be thrown away.
    """
    name = f"banjian-{os.geteuid()}-{hashlib.sha256(bytes(run)).hexdigest()[:12]}"
    folder = MEMORY / name if os.access(MEMORY, os.W_OK) else run / "counts"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if found.st_uid != os.geteuid() or not stat.S_ISDIR(found.st_mode):
        raise Failed(f"{folder} belongs to somebody else: remove it, then start again.")
    for file in folder.glob("*.db"):
        file.unlink()
    return folder


def children(settings: Mapping[str, str], run: Path) -> list[Child]:
    python = sys.executable
    celery = [python, "-m", "celery", "--quiet", "-A", "app.worker"]
    return [
        Child(
            "pdf",
            [python, "-m", "pdf.server", "--socket", str(run / "pdf.sock"), "--workers", "2"],
            env={"BANJIAN_FONTS": os.environ.get("BANJIAN_FONTS", str(ROOT / "var" / "fonts"))},
        ),
        Child(
            "web",
            [
                *(python, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"),
                *("--port", settings["PORT"], "--workers", "2", "--blocking-threads", "2"),
                # One thread that listens is enough for two that work, and costs less to wake.
                *("--runtime-mode", "st", "--http", "1", "--no-ws"),
                *("--respawn-failed-workers", "--respawn-interval", "0.2"),
                *("--log-level", "warning", "wsgi:app"),
            ],
        ),
        Child(
            "worker",
            [
                *(*celery, "worker", "--concurrency", "2", "--loglevel", "warning"),
                *("--without-gossip", "--without-mingle"),  # there is one worker
            ],
            # In a container everything is root's, and this warning is ten lines at each start.
            env={"PYTHONWARNINGS": "ignore:You're running the worker with superuser"},
        ),
        Child(
            "beat",
            [
                *celery,
                "beat",
                "--schedule",
                str(run / "beat"),
                "--pidfile=",
                "--loglevel",
                "warning",
            ],
        ),
    ]


def is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:  # noqa: S310 - http://127.0.0.1
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def show_logins(env: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "demo", "logins", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        say("The demo logins cannot be listed: `flask --app wsgi demo logins --json` says why.")
        return
    logins = json.loads(done.stdout)
    shown = [entry for entry in logins if entry["positions"]][:10] or logins[:10]
    for entry in shown:
        positions = " ".join(str(position) for position in entry["positions"])
        say(f"  {entry['username']:<16} {entry['name']}  {entry['unit']}  {positions}")
    if logins:
        say(f"  … {len(logins)} logins in all on the login page; password {logins[0]['password']}")


def die_with_parent() -> None:
    """A killed `make` tells nobody; without this the site would go on, unseen."""
    parent = os.getppid()
    guard.prctl(guard.PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        raise Stop


def serve(data: Path, environ: Mapping[str, str]) -> None:
    run = data / "run"
    run.mkdir(parents=True, exist_ok=True)
    launcher, held = locks(run)
    before = read_settings(data / "settings.env")
    settings = make_settings(before, environ, data)
    cluster = Cluster(
        data / "pg", run / "pg", password_in(before.get("DATABASE_URL")) or make_password()
    )
    broker = Broker(run / "redis", password_in(before.get("REDIS_URL")) or make_password())
    settings |= {"DATABASE_URL": cluster.url(DATABASE), "REDIS_URL": broker.url}
    counts = counts_folder(run)
    env = {
        **environ,
        **settings,
        "PYTHONUNBUFFERED": "1",
        "PROMETHEUS_MULTIPROC_DIR": str(counts),
    }
    supervisor = Supervisor(data / "log", env, held)
    try:
        broker.make()
        supervisor.start(broker.child())
        if cluster.is_new():
            say(f"Creating a private PostgreSQL in {cluster.data}")
        cluster.make()
        supervisor.start(cluster.child())
        cluster.wait()
        broker.wait()
        write_settings(data / "settings.env", settings)
        prepare(data, env, cluster, settings["REGION"], held)
        # Who owns the tables migrates, backs up and serves the command line; the site does not.
        supervisor.env = {**env, "DATABASE_URL": cluster.let_app_in(DATABASE)}
        keep_serving(supervisor, settings, run, lambda: show_logins(env))
    finally:
        (run / "site.json").unlink(missing_ok=True)
        say("Ending all children")
        supervisor.stop_all()
        shutil.rmtree(counts, ignore_errors=True)
        say("All ended")
        os.close(launcher)


def keep_serving(
    supervisor: Supervisor, settings: Mapping[str, str], run: Path, welcome: Callable[[], None]
) -> None:
    """Start web, worker, beat and pdf, greet, and look after them until somebody says stop.

    Raises: Failed.
    """
    (run / "pdf.sock").unlink(missing_ok=True)
    url = settings["BASE_URL"]
    local = f"http://127.0.0.1:{settings['PORT']}"
    for child in children(settings, run):
        supervisor.start(child)

    def up() -> bool:
        supervisor.look_after()
        return is_up(local)

    with Saying("Starting web, worker, beat and pdf"):
        if not wait_until(up, WEB_READY, 0.1):
            raise Failed(f"The site did not answer within {WEB_READY} s; its lines are above.")
    # Whoever waits for it reads it whole.
    note = run / "site.json.new"
    note.write_text(json.dumps({"url": local, "pid": os.getpid()}))
    note.replace(run / "site.json")
    say("")
    say(f"Banjian 办件 is served at  {url}   (Ctrl-C ends it)")
    welcome()
    say("")
    while True:
        supervisor.look_after()
        time.sleep(0.3)


def until_stopped(serve: Callable[[Path, Mapping[str, str]], None]) -> int:
    """Run `serve` on DATA_DIR and the environment; a signal ends it in order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--with-parent", action="store_true", help="end when the parent ends")
    given = parser.parse_args()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.SIG_IGN)  # one is enough; ending goes on undisturbed
        raise Stop

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, stop)
    data = Path(os.environ.get("DATA_DIR") or ROOT / "var").resolve()
    try:
        if given.with_parent:
            die_with_parent()
        serve(data, os.environ)
    except Stop:
        return 0
    except Failed as failure:
        say(f"Cannot go on: {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(until_stopped(serve))
