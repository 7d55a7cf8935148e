"""S37, T20: a book as a file holds text only, is recorded, and holds what its page shows."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.audit.queries import first_break
from app.config import Settings
from app.core import sheets
from app.core.actor import Actor
from app.core.crypto import digest
from app.identity import terms
from app.identity.models import Unit
from app.ledgers import service
from app.ledgers.queries import Filters
from app.ledgers.service import append_rows
from app.ledgers.types import ACCOUNTS, Column, TooManyRows
from app.web.actor import set_loader
from tests.ledgers.books import actor_in, entry, office, ref
from tests.support.warm import app_on

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
LIVE = [
    "=1+1",
    '=HYPERLINK("http://127.0.0.1/"&A1,"点这里")',
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "=cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    'DDE("cmd";"/C calc";"x")',
    "＝1+1",
    "＠SUM(A1)",
    "#REF!",
    "1e5",
    "422899199001010000",
]


@pytest.fixture
def reader(session: Session, xianfeng: Unit, laifeng: Unit) -> Actor:
    """An account administrator of 咸丰县; her book has every hostile name."""
    here = office(session, xianfeng)
    rows = [entry(f"QX-CZY-2026-00001#{n}", name=name) for n, name in enumerate(LIVE, start=1)]
    append_rows(session, now=NOW, unit=ref(here), entries=rows)
    foreign = [entry("QX-CZY-2026-00002#1", name="龙金花")]
    append_rows(session, now=NOW, unit=ref(office(session, laifeng)), entries=foreign)
    session.commit()
    return actor_in(here, "account_admin")


@pytest.fixture
def app(bind: Any, reader: Actor, environment: dict[str, str]) -> Iterator[Flask]:
    app = app_on(Settings.from_env(environment), bind)
    set_loader(lambda _request: reader)
    yield app
    set_loader(lambda _request: None)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def ask(client: FlaskClient) -> Callable[..., Any]:
    def post(name: str = "accounts", **fields: str) -> Any:
        page = client.get("/ledgers/accounts").text
        token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
        return client.post(f"/ledgers/{name}/export", data={"csrf_token": token, **fields})

    return post


def cells(data: bytes) -> list[list[Any]]:
    page = load_workbook(io.BytesIO(data)).active
    assert page is not None
    return [list(row) for row in page.iter_rows()]


def test_nothing_in_the_file_is_a_formula(session: Session, reader: Actor) -> None:
    """Opened as Excel would: every cell is a string, whatever somebody is called."""
    made = service.export_ledger(session, actor=reader, now=NOW, name="accounts")
    found = [cell for row in cells(made.data) for cell in row if cell.value is not None]
    assert {cell.data_type for cell in found} == {"s"}
    names = [row[3].value for row in cells(made.data)[3:]]
    assert names == LIVE
    with zipfile.ZipFile(io.BytesIO(made.data)) as parts:
        text = "".join(parts.read(name).decode() for name in parts.namelist())
    assert "<f>" not in text
    assert "<f " not in text
    assert "externalLink" not in text


def test_csv_guards_what_a_spreadsheet_would_run() -> None:
    """What would be calculated begins with an apostrophe; the rest stays as it was."""
    sheet = sheets.Sheet(
        "台账", "", [Column("name", "姓名")], [[text] for text in [*LIVE, "姚海洋"]]
    )
    rows = list(csv.reader(io.StringIO(sheets.as_csv(sheet).decode("utf-8-sig"), newline="")))
    written = [row[0] for row in rows[1:]]
    assert written[-1] == "姚海洋"
    assert not [text for text in written if text.lstrip(" ")[:1] in "=+-@\t\r\n＝＋－＠"]


def test_the_file_can_be_read_by_people(session: Session, reader: Actor) -> None:
    """Title, whose book and when, a frozen head, wide columns, text cells."""
    made = service.export_ledger(
        session, actor=reader, now=NOW, name="accounts", filters=Filters(q="SUM")
    )
    page = load_workbook(io.BytesIO(made.data)).active
    assert page is not None
    assert page["A1"].value == "账户管理台账"
    assert "咸丰县rsj 谭丽华" in page["A2"].value
    assert "2026-11-20 10:00" in page["A2"].value
    assert "含“SUM”；共 2 行" in page["A2"].value
    assert [cell.value for cell in page[3]] == [c.label for c in ACCOUNTS.columns] + ["状态"]
    assert page.freeze_panes == "A4"
    assert page["E4"].number_format == "@"
    assert page.column_dimensions["A"].width > 10
    assert made.name == "账户管理台账-20261120-1000.xlsx"


@pytest.mark.parametrize("demo", [True, False])
def test_the_demonstrations_file_says_so(session: Session, reader: Actor, demo: bool) -> None:
    before = terms.current()
    terms.configure(terms.Terms(demo=demo))
    made = service.export_ledger(session, actor=reader, now=NOW, name="accounts")
    terms.configure(before)
    page = load_workbook(io.BytesIO(made.data)).active
    assert page is not None
    assert str(page["A2"].value).startswith("演示数据" if demo else "导出")


def test_who_took_how_many_rows_is_on_record(session: Session, reader: Actor) -> None:
    """With the file's hash, to match a file found later; not the searched words."""
    made = service.export_ledger(
        session, actor=reader, now=NOW, name="accounts", filters=Filters(q="SUM")
    )
    session.flush()
    event = session.scalars(select(Event).where(Event.kind == "ledger.exported")).one()
    assert (event.actor_name, event.object) == ("谭丽华", "ledger:accounts")
    assert event.data == {
        "title": "账户管理台账",
        "rows": 2,
        "sha256": digest(made.data),
        "format": "xlsx",
        "searched": "是",
    }
    assert first_break(session, event.chain) is None


def test_too_many_rows_are_refused_before_any_is_read(session: Session, reader: Actor) -> None:
    with pytest.raises(TooManyRows) as refused:
        service.export_ledger(session, actor=reader, now=NOW, name="accounts", limit=3)
    assert "最多导出 3 行" in refused.value.text
    assert "缩小范围" in refused.value.text


def test_the_button_brings_the_file(client: FlaskClient, ask: Callable[..., Any]) -> None:
    """With its Chinese name, never shown in the window, and without another county's row."""
    assert "导出 Excel" in client.get("/ledgers/accounts").text
    answer = ask()
    assert answer.status_code == 200
    assert answer.mimetype == sheets.XLSX
    said = answer.headers["Content-Disposition"]
    assert said.startswith('attachment; filename="')
    assert said.isascii()
    assert unquote(said.split("filename*=UTF-8''")[1]).startswith("账户管理台账-")
    names = [row[3].value for row in cells(answer.data)[3:]]
    assert len(names) == len(LIVE)
    assert "龙金花" not in names


@pytest.mark.parametrize(
    ("name", "fields", "status"),
    [("nothing", {}, 404), ("accounts", {"from": "2026-13-01"}, 400)],
)
def test_a_wrong_wish_is_answered(
    ask: Callable[..., Any], name: str, fields: dict[str, str], status: int
) -> None:
    assert ask(name, **fields).status_code == status


def test_nothing_leaves_without_a_form_token(client: FlaskClient, session: Session) -> None:
    assert client.post("/ledgers/accounts/export").status_code == 400
    assert client.get("/ledgers/accounts/export").status_code == 405
    assert not session.scalars(select(Event).where(Event.kind == "ledger.exported")).all()


@pytest.mark.parametrize(
    ("accept", "status", "mimetype"),
    [
        (sheets.XLSX, 200, sheets.XLSX),
        (f"text/html, {sheets.XLSX}", 200, sheets.XLSX),
        ("application/json", 200, "application/json"),
        ("*/*", 200, "application/json"),
        ("application/pdf", 406, "application/problem+json"),
    ],
)
def test_rest_gives_what_is_asked_for(
    client: FlaskClient, accept: str, status: int, mimetype: str
) -> None:
    answer = client.get("/api/v1/ledgers/accounts", headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (status, mimetype)


def test_outside_the_demonstration_a_fresh_proof_is_asked(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S17: an export is a grave act; the loader of this test brings no proof."""
    monkeypatch.setitem(app.extensions, "step_up", True)
    answer = client.get("/api/v1/ledgers/accounts", headers={"Accept": sheets.XLSX})
    assert (answer.status_code, (answer.json or {})["code"]) == (403, "step_up")
    assert client.get("/api/v1/ledgers/accounts").status_code == 200


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_command_writes_the_whole_book(app: Flask, tmp_path: Path, kind: str) -> None:
    """Every county's rows, for the operator, with the same event."""
    file = tmp_path / f"台账.{kind}"
    done = app.test_cli_runner().invoke(args=["ledgers", "export", "accounts", str(file)])
    assert done.exit_code == 0, done.output
    assert f"{len(LIVE) + 1} 行" in done.output
    assert file.stat().st_mode & 0o077 == 0
    if kind == "xlsx":
        assert {cell.data_type for row in cells(file.read_bytes())[3:] for cell in row[:4]} == {"s"}
    else:
        assert "龙金花" in file.read_text("utf-8-sig")


@pytest.mark.parametrize(("name", "file"), [("nothing", "a.xlsx"), ("accounts", "a.txt")])
def test_the_command_says_what_is_wrong(app: Flask, tmp_path: Path, name: str, file: str) -> None:
    done = app.test_cli_runner().invoke(args=["ledgers", "export", name, str(tmp_path / file)])
    assert done.exit_code == 1
    assert "台账" in done.output or ".xlsx" in done.output
    assert not list(tmp_path.iterdir())
