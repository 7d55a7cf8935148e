"""S43, S45, S47: after a ticket's whole road no clear number lies anywhere: database, Redis,
folders, logs, not even in the lines of an error.
"""

import re

import pytest
from flask import Flask
from sqlalchemy import Engine, inspect, text

from app.config import Settings
from app.core import outbox
from tests.rights.counties import County
from tests.rights.crawler import Walker, lists, objects, whole

pytestmark = pytest.mark.committed  # a dump is looked at from outside

TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
NAMING = ("Content-Disposition", "Location", "ETag", "HX-Redirect", "Link")


@pytest.fixture
def home(both: tuple[County, County]) -> County:
    return both[0]


def forms_of(number: str) -> tuple[bytes, ...]:
    """How a number may lie in bytes: as it is, and as PostgreSQL writes bytes."""
    return number.encode(), number.encode().hex().encode()


def everything(bind: Engine) -> bytes:
    """Every row of every table as text, bytes in hexadecimal: what a dump would hold."""
    with bind.connect() as connection:
        return "\n".join(
            str(row)
            for name in inspect(connection).get_table_names()
            for row in connection.scalars(
                text(f'SELECT row_to_json(t)::text FROM "{name}" t')  # noqa: S608 - our own tables
            )
        ).encode()


def test_no_clear_number_lies_anywhere(
    app: Flask,
    bind: Engine,
    home: County,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Two tickets on their road, a draft, a frozen original; then the outbox is worked off, a
    number is revealed, and a service that is not there fails aloud.
    """
    walker = Walker(app, home.place.holders[0])
    asked = {"row": 1, "field": "id_number", "reason": "电话核实本人"}
    revealed = walker.rest.post(
        f"/api/v1/tickets/{home.closed}/reveal", json=asked, headers=walker.headers
    )
    assert revealed.json["value"] == home.numbers[0]
    refused = walker.rest.post(
        "/api/v1/tickets",
        json={"process": "operator-account", "answers": {"people": [{"phone": home.numbers[1]}]}},
        headers=walker.headers | {"Idempotency-Key": "once"},
    )
    assert refused.status_code == 422
    # Nobody prints here: the draft's print and the freezing fail, and say so in the log.
    assert walker.browser.get(f"/tickets/{home.draft}/documents/").status_code == 302
    walker.browser.get(f"/tickets/{home.running}/documents/{home.document}.pdf")
    outbox.work_off(100)
    lines = capsys.readouterr().err.encode()
    folder = settings.data_dir
    files = b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    dump = everything(bind)
    assert home.closed.encode() in dump
    found = [
        f"{number} in {name}"
        for number in home.numbers
        for name, data in (("the database", dump), ("the log", lines), ("the folder", files))
        if any(form in data for form in forms_of(number))
    ]
    assert found == []
    assert lines


def test_no_title_name_of_a_file_or_address_has_a_number(app: Flask, home: County) -> None:
    """For those who may see the ticket too."""
    found = []
    for username in (home.place.holders[0], home.place.username("auditor")):
        walker = Walker(app, username)
        for target in [*lists(app, home), *(there for there, _ in objects(app, home))]:
            if target.method != "GET":
                continue
            answer = walker.ask(target)
            named = " ".join(answer.headers.get(name, "") for name in NAMING)
            if answer.mimetype == "text/html":
                named += " ".join(TITLE.findall(answer.text))
                named += " ".join(re.findall(r'(?:href|action|src)="([^"]*)"', answer.text))
            found += [f"{target}: {one}" for one in home.numbers if one in named]
    assert found == []


def test_pages_and_lists_are_masked(app: Flask, home: County) -> None:
    """No page but the form in its requester's hands writes a number out."""
    found = []
    for username in (*home.place.holders[1:], home.place.username("auditor")):
        walker = Walker(app, username)
        for target in [*lists(app, home), *(there for there, _ in objects(app, home))]:
            if target.method == "GET" and not target.path.startswith("/api/"):
                text_ = whole(walker.ask(target))
                found += [f"{username}: {target}" for one in home.numbers if one in text_]
    assert found == []
