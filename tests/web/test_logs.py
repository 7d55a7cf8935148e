"""S42, T23: whatever somebody sends, one event is one line, and a line is what we wrote."""

import errno
import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog
from flask.testing import FlaskClient

from app.web import logs

FORGED = "2026-11-22T00:00:00Z [info     ] login.signed_in  username=system_admin"
PAYLOADS = [
    f"nobody\r\n{FORGED}",
    f"nobody\n{FORGED}",
    f"nobody\u2028{FORGED}",
    f"nobody\u0085{FORGED}",
    f"nobody\x0b{FORGED}",
    "nobody\x1b[2K\x1b[1A\x1b[31m" + FORGED,
    "nobody\x9b2K" + FORGED,
    "nobody\u202e" + FORGED[::-1],
    'nobody", "event": "login.signed_in", "username": "system_admin',
    "nobody\x00\x07\x08\x7f",
]


@pytest.fixture(params=["json", "text"])
def form(request: pytest.FixtureRequest) -> Iterator[str]:
    logs.configure(request.param)
    yield request.param
    logs.configure("text")


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.removesuffix("\n").split("\n")


def is_plain(line: str) -> bool:
    return not logs.FORGING.search(line) and line.isprintable()


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_an_event_is_one_line(form: str, payload: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In our own events and in a library's, as a value, inside a value, as a name, as the words."""
    structlog.get_logger().info("test.event", username=payload, inner={"a": [payload]})
    structlog.get_logger().info(payload)
    logging.getLogger("library").warning("said %s", payload)
    structlog.get_logger().info("test.named", **{payload: 1})
    found = lines(capsys)
    assert len(found) == 4
    assert all(map(is_plain, found))
    if form == "json":
        told = [json.loads(line) for line in found]
        assert told[0]["event"] == "test.event"
        assert told[0]["username"] == logs.escape(payload)
        assert "system_admin" not in told[0].get("event", "")


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_the_words_of_an_exception_forge_nothing(
    form: str, payload: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON: one line. Text: a traceback keeps its lines, each behind a margin."""
    try:
        int(payload)
    except ValueError:
        structlog.get_logger().exception("test.failed")
        logging.getLogger("library").exception("failed")
    found = lines(capsys)
    assert all(map(is_plain, found))
    heads = [line for line in found if line and not line.startswith(logs.MARGIN)]
    assert len(heads) == 2
    if form == "json":
        assert len(found) == 2
        assert all("ValueError" in json.loads(line)["exception"] for line in found)


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_request_is_one_line(
    form: str, client: FlaskClient, payload: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the address, the query, a form and a header: a line a request, and none of the words."""
    client.get("/login")
    capsys.readouterr()
    del form
    client.get(f"/no/{payload}")
    client.get("/login", query_string={"next": payload})
    client.post("/closed", data={"reason": payload, payload: "x"})
    plain = payload.partition("\n")[0].strip("\r")
    client.get("/login", headers={"User-Agent": plain.encode("ascii", "ignore").decode()})
    found = [line for line in lines(capsys) if line]
    requests = [line for line in found if "route=" in line or '"route"' in line]
    assert len(requests) == 4
    assert all(map(is_plain, found))
    assert not [line for line in found if "system_admin" in line]


def test_half_a_character_is_escaped_too() -> None:
    """A lone surrogate, which no file takes."""
    assert logs.escape("nobody\ud800") == "nobody\\ud800"


def test_a_line_that_cannot_be_written_undoes_nothing(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full, or whoever read the lines has gone."""
    del form

    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.ENOSPC, text)

    monkeypatch.setattr(sys, "stderr", Full())
    structlog.get_logger().info("test.event", name="x")


def test_quiet_words_are_not_written(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    del form
    structlog.get_logger().debug("test.detail")
    structlog.get_logger().warning("test.event")
    (line,) = lines(capsys)
    assert "test.event" in line
    assert __name__ in line
