"""A served folder: started, asked by command and by SQL, ended."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from app.config import gather
from scripts.process import ROOT, Child, Failed, Running, wait_until

SITE_READY = 300


@contextmanager
def served(data: Path) -> Iterator[str]:
    """`make run` on a folder and a free port."""
    note, log = data / "run" / "site.json", data / "log" / "site.log"
    env = {"DATA_DIR": str(data), "PORT": "0", "REGION": "enshi"}
    child = Child("site", [sys.executable, "-m", "scripts.serve"], grace=20, env=env)
    log.parent.mkdir(parents=True, exist_ok=True)
    running = Running(child)
    threading.Thread(target=_pour, args=(running, log), daemon=True).start()
    try:
        up = wait_until(lambda: note.exists() or running.process.poll() is not None, SITE_READY)
        if not up or not note.exists():
            tail = "\n".join(log.read_text().splitlines()[-30:]) if log.exists() else ""
            raise Failed(f"The site in {data} did not start:\n{tail}")
        yield str(json.loads(note.read_text())["url"])
    finally:
        running.stop()


def _pour(running: Running, log: Path) -> None:
    if running.process.stdout:
        with log.open("ab") as file:
            shutil.copyfileobj(running.process.stdout, file)


def command(data: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failed(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def database(data: Path) -> Iterator[psycopg.Connection[Any]]:
    """The database of a served folder."""
    with psycopg.connect(gather({"DATA_DIR": str(data)})["DATABASE_URL"]) as connection:
        yield connection


def ask(data: Path, statement: str) -> list[tuple[Any, ...]]:
    with database(data) as connection:
        return connection.execute(statement.encode()).fetchall()
