"""An office that is no demonstration: everything that DEMO=1 turns off is on."""

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from flask import Flask

from app.config import Settings
from scripts.process import ROOT, wait_until
from tests.support.office import app, bind, joined, office_database, session
from tests.support.patience import PATIENCE

__all__ = ["app", "bind", "joined", "office_database", "session"]


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    return Settings.from_env({**environment, "DEMO": "0"})


@pytest.fixture
def other_process(environment: dict[str, str], app: Flask) -> Iterator[str]:
    """The same site in a process of its own, on the same database."""
    del app  # its database is there by then
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    run = [sys.executable, "-m", "flask", "--app", "wsgi", "run", "--port", port]
    with subprocess.Popen(
        run,
        cwd=ROOT,
        env={**os.environ, **environment, "DEMO": "0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            assert wait_until(lambda: status(port, "/healthz") == 200, PATIENCE, 0.2)
            yield port
        finally:
            process.terminate()


def status(port: str, path: str, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=PATIENCE)
    try:
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()
