"""Tests of this room stand in an office, with a process that asks for files and REST clients.

Files of each test lie in a folder of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.config import Settings
from app.identity.demo import DEMO_PASSWORD
from app.processes.service import publishing
from app.processes.service.publishing import Bundle
from tests.attachments import bundle
from tests.support.office import (  # noqa: F401 - fixtures
    NOW,
    app,
    bind,
    browser,
    joined,
    office,
    office_database,
    session,
)


@pytest.fixture
def settings(environment: dict[str, str], tmp_path: Path) -> Settings:
    return Settings.from_env(environment | {"DATA_DIR": str(tmp_path)})


@pytest.fixture
def folder(joined: Settings) -> Path:  # noqa: F811
    """Where the bytes lie."""
    return joined.data_dir / "files"


def multipart(name: str, data: bytes) -> bytes:
    """One file, its name in the extended notation that may hold any character."""
    head = f"Content-Disposition: form-data; name=file; filename*=UTF-8''{quote(name)}"
    return b"".join((b"--edge\r\n", head.encode(), b"\r\n\r\n", data, b"\r\n--edge--\r\n"))


@dataclass
class Rest:
    """One person with a token."""

    client: FlaskClient
    token: str = ""

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/api/v1{path}", headers=self._headers())

    def post(self, path: str, body: Any = None) -> TestResponse:
        return self.client.post(f"/api/v1{path}", json=body or {}, headers=self._headers())

    def send(
        self, name: str, data: bytes, path: str = "/attachments", *, key: str = ""
    ) -> TestResponse:
        headers = self._headers() | ({"Idempotency-Key": key} if key else {})
        return self.client.post(
            f"/api/v1{path}",
            data=multipart(name, data),
            content_type="multipart/form-data; boundary=edge",
            headers=headers,
        )

    def keep(self, name: str, data: bytes) -> str:
        """The id of a file that must be taken."""
        answer = self.send(name, data)
        assert answer.status_code == 201, answer.text
        return str(answer.json["id"])

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


@pytest.fixture
def login(app: Flask) -> Callable[[str], Rest]:  # noqa: F811
    def sign_in(username: str) -> Rest:
        rest = Rest(app.test_client())
        answer = rest.post("/tokens", {"username": username, "password": DEMO_PASSWORD})
        assert answer.status_code == 201, answer.text
        return Rest(app.test_client(), answer.json["token"])

    return sign_in


@pytest.fixture
def clerk(login: Callable[[str], Rest]) -> Rest:
    return login("yaohaiyang")


@pytest.fixture
def files_process(session: Session) -> str:  # noqa: F811
    """A small published process whose forms ask for files; nobody ships one yet."""
    made = Bundle(bundle.MODEL, bundle.FORMS, {})
    version = publishing.deploy(session, now=NOW, bundle=made)
    publishing.publish(session, now=NOW, key=version.key, number=version.number)
    session.commit()
    return version.key
