"""A poured ticket of each shipped process is like any other: pages, REST, paper, files, checks."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select, update
from sqlalchemy.orm import Session

import forms
from app.audit import service as audit
from app.audit.queries import first_break
from app.config import Settings
from app.core import clock
from app.core.clock import utcnow
from app.core.db import reading
from app.core.outbox import Outbox, OutboxState
from app.core.sheets import XLSX
from app.demo.load.stories import STORIES
from app.documents import service as documents
from app.health import service as health
from app.health.checkup import State, examine
from app.health.service import Probes
from app.identity.demo import DEMO_PASSWORD
from app.ledgers.models import LedgerRow
from app.processes.models import Instance
from app.tickets.models import Ticket
from app.tickets.types import TicketState
from pdf import fonts
from pdf.client import PdfClient
from scripts.process import ROOT, wait_until
from tests.support.office import NOW, Browser, Office
from tests.support.patience import PATIENCE

SHIPPED = sorted({story.process for story in STORIES})
# Stories are played by clerks: what administrators begin is not poured.
BEGUN_BY_CLERKS = re.compile(rb'name="start_positions" value="([a-z_]+;)*clerk[;"]')
Ask = Callable[..., Any]
every = pytest.mark.parametrize("process", SHIPPED)


@pytest.fixture
def loaded(office: Office) -> Session:
    return office.session


@pytest.fixture
def clerk(loaded: Session, office: Office, process: str) -> str:
    return office.username(finished(loaded, process).requester_id)


@pytest.fixture
def ask(app: Flask, clerk: str) -> Ask:
    """The requester over REST."""
    client = app.test_client()
    named = {"username": clerk, "password": DEMO_PASSWORD}
    token = (client.post("/api/v1/tokens", json=named).json or {})["token"]

    def get(path: str, accept: str = "application/json", **query: str) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Accept": accept}
        return client.get(f"/api/v1{path}", headers=headers, query_string=query)

    return get


@pytest.fixture(scope="session")
def printer() -> Iterator[PdfClient]:
    """The real process."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "fonts"
        fonts.prepare_fonts([ROOT / "var/fonts", ROOT / "frontend/node_modules"], folder)
        path = Path(place) / "pdf.sock"
        with subprocess.Popen(
            [sys.executable, "-m", "pdf.server", "--socket", str(path), "--workers", "1"],
            env=os.environ | {"BANJIAN_FONTS": str(folder)},
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert wait_until(PdfClient(path).ping, PATIENCE)
            yield PdfClient(path)
            process.terminate()


# Asked for by few people now and then: no site has many of them.
FEW = {
    "admin-account": "tests/administrators",
    "account-cleanup": "tests/personnel",
    "confidentiality-agreement": "tests/stories/test_agreements.py",
    "post-template": "tests/stories/test_agreements.py",
    "message-template": "tests/weihai",
    "requirement": "tests/requirements",
    "message-send": "tests/weihai",
}


def finished(session: Session, process: str) -> Ticket:
    """The last that was poured."""
    poured = select(Ticket).where(Ticket.process == process, Ticket.state == TicketState.CLOSED)
    return session.scalars(poured.order_by(Ticket.id.desc()).limit(1)).one()


def test_every_shipped_process_has_its_stories() -> None:
    """A new one brings a module in app/demo/load/stories."""
    models = (ROOT / "bpmn" / "processes").glob("*.bpmn")
    asked = {model.stem for model in models if BEGUN_BY_CLERKS.search(model.read_bytes())}
    assert asked <= set(SHIPPED) | FEW.keys()
    assert not FEW.keys() & set(SHIPPED)


@every
def test_pages_show_it(
    loaded: Session, process: str, clerk: str, browser: Callable[[str], Browser]
) -> None:
    ticket = finished(loaded, process)
    person = browser(clerk)
    for view in ("form", "print", "flow", "log"):
        assert person.get(f"/tickets/{ticket.number}", view=view).status_code == 200
    assert ticket.number in person.get("/tickets", q=ticket.number).text


@every
def test_rest_tells_it_with_its_rows_and_its_chain(loaded: Session, process: str, ask: Ask) -> None:
    ticket = finished(loaded, process)
    told = ask(f"/tickets/{ticket.number}").json
    assert (told["state"], told["title"], told["process"]) == ("closed", ticket.title, process)
    assert told["answers"]
    assert [one["event"] for one in ask(f"/tickets/{ticket.number}/log").json["items"]]
    rows = loaded.scalars(select(LedgerRow).where(LedgerRow.ticket == ticket.number)).all()
    assert rows
    for name in {row.name for row in rows}:
        found = ask(f"/ledgers/{name}", q=ticket.number).json["items"]
        assert {one["ticket"] for one in found} == {ticket.number}
    run = loaded.get_one(Instance, ticket.instance_id)
    assert first_break(loaded, run.audit_chain, run) is None


@every
def test_it_prints(
    loaded: Session,
    process: str,
    ask: Ask,
    joined: Settings,
    printer: PdfClient,
    tmp_path: Path,
) -> None:
    """The form, filled with its own people, numbers and days."""
    documents.configure(documents.Press(printer, joined.base_url, demo=True))
    ticket = finished(loaded, process)
    shown = ask(f"/tickets/{ticket.number}/documents").json["items"]
    assert shown
    for one in shown:
        answer = ask(f"/tickets/{ticket.number}/documents/{one['name']}.pdf", "application/pdf")
        assert answer.status_code == 200, answer.text
        file = tmp_path / f"{one['name']}.pdf"
        file.write_bytes(answer.data)
        paper = subprocess.run(
            ["pdftotext", str(file), "-"], capture_output=True, text=True, check=True
        ).stdout
        assert ticket.number in "".join(paper.split())


@every
def test_it_leaves_as_a_spreadsheet(loaded: Session, process: str, ask: Ask) -> None:
    ticket = finished(loaded, process)
    rows = loaded.scalars(select(LedgerRow).where(LedgerRow.ticket == ticket.number)).all()
    for name in {row.name for row in rows}:
        answer = ask(f"/ledgers/{name}", XLSX, q=ticket.number)
        assert answer.status_code == 200
        page = load_workbook(BytesIO(answer.data)).worksheets[0]
        cells = [str(cell.value) for line in page.iter_rows(min_row=4) for cell in line]
        assert [one for one in cells if one.startswith(ticket.number)]


def test_days_in_words_are_the_ticket_s_own(loaded: Session) -> None:
    """Not those of the story that it was cast from."""
    rows = loaded.scalars(select(LedgerRow).where(LedgerRow.name == "seal-use")).all()
    assert len(rows) > 10
    for row in rows:
        day = clock.local(row.at).date()
        assert row.values["register.used_on"] == forms.chinese_date(day)


@pytest.mark.committed
def test_the_checks_are_content(
    loaded: Session, app: Flask, printer: PdfClient, tmp_path: Path, played_ids: dict[str, int]
) -> None:
    """`audit verify`, `ledgers verify` and `doctor` on a site that was loaded."""
    health.beat(loaded, now=utcnow())
    walked = Outbox.id <= played_ids["outbox"]  # no worker is there for what people walked
    loaded.execute(update(Outbox).where(walked).values(state=OutboxState.DONE, done_at=NOW))
    audit.seal(loaded, now=utcnow())
    loaded.commit()
    run = app.test_cli_runner()
    for command in (["audit", "verify"], ["ledgers", "verify"]):
        done = run.invoke(args=command)
        assert done.exit_code == 0, done.output
    around = replace(
        app.extensions["surroundings"],
        probes=Probes(broker=lambda: True, pdf=lambda: True),
        printer=printer,
        data_dir=tmp_path,
    )
    found = {one.name: one for one in examine(around, reading, now=utcnow())}
    wrong = {name: one.found for name, one in found.items() if one.state is State.FAIL}
    assert set(wrong) <= {"磁盘", "字体"}, wrong  # of this machine, not of the site
