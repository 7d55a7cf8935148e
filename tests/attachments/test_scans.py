"""The signed paper comes back as a scan: beside its form, for those who may print it."""

from collections.abc import Callable
from io import BytesIO

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.attachments.models import Attachment, Binding
from app.audit.models import Event
from app.audit.queries import first_break
from tests.attachments import samples
from tests.attachments.conftest import Rest
from tests.support.office import Browser, Office

PDF = samples.pdf()
NAME = "operator-account"
FAR = "qutianyu"


@pytest.fixture
def number(office: Office, session: Session) -> str:
    """Waiting at the leader: the clerk and the head of the department have had it."""
    ticket = office.walk(office.start(), to="leader_approval")
    session.commit()
    return ticket.number


def path(number: str, name: str = NAME) -> str:
    return f"/tickets/{number}/documents/{name}/scan"


def test_who_had_a_part_brings_the_scan(
    clerk: Rest, login: Callable[[str], Rest], number: str, session: Session
) -> None:
    made = clerk.send("签字件.pdf", PDF, path(number))
    assert made.status_code == 201, made.text
    (scan,) = made.json["scans"]
    assert scan["name"] == "签字件.pdf"
    assert login("qinyongan").send("签字.png", samples.png(), path(number)).status_code == 201
    told = clerk.get(f"/tickets/{number}").json["documents"][0]
    assert [one["name"] for one in told["scans"]] == ["签字件.pdf", "签字.png"]
    session.rollback()
    events = session.scalars(select(Event).where(Event.kind == "document.scanned")).all()
    assert [event.data["sha256"] for event in events] == [one["sha256"] for one in told["scans"]]
    assert first_break(session, f"ticket:{number}") is None
    assert clerk.get(f"/attachments/{scan['id']}").data == PDF
    for stranger in (FAR, "liusiqi"):
        assert login(stranger).get(f"/attachments/{scan['id']}").status_code == 404


def test_strangers_bring_none(
    login: Callable[[str], Rest], browser: Callable[[str], Browser], number: str, session: Session
) -> None:
    """Another county hears nothing of the ticket; nobody without a part leaves a file."""
    assert login(FAR).send("签字件.pdf", PDF, path(number)).status_code == 404
    far = browser(FAR).post(path(number), file=(BytesIO(PDF), "签字件.pdf"))
    assert far.status_code == 404
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Attachment)) == 0


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [("签字件.txt", b"a", 422), ("签字件.pdf", b"MZ", 422), ("签字件.docx", samples.docx(), 422)],
)
def test_only_paper_is_a_scan(
    clerk: Rest, number: str, session: Session, name: str, data: bytes, status: int
) -> None:
    assert clerk.send(name, data, path(number)).status_code == status
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Attachment)) == 0


def test_what_is_not_there_has_no_scan(clerk: Rest, office: Office, session: Session) -> None:
    """A form the process does not print; a draft, of which nobody has signed anything."""
    draft, sent = office.draft(), office.start()
    session.commit()
    assert clerk.send("签字件.pdf", PDF, path(sent.number, "nothing")).status_code == 404
    assert clerk.send("签字件.pdf", PDF, path(draft.number)).status_code == 403


def test_a_double_click_is_one_scan(
    clerk: Rest, browser: Callable[[str], Browser], number: str, session: Session
) -> None:
    """The same bytes again, with a key or without, add nothing."""
    first = clerk.send("签字件.pdf", PDF, path(number), key="k")
    assert clerk.send("签字件.pdf", PDF, path(number), key="k").json == first.json
    page = browser("yaohaiyang")
    for _ in range(2):
        done = page.post(path(number), file=(BytesIO(PDF), "签字件.pdf"))
        assert done.status_code == 302
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Binding)) == 1
    shown = page.get(f"/tickets/{number}").text
    assert "签字件.pdf" in shown
    assert "上传签字盖章后的扫描件" in shown
    assert page.post(path(number)).status_code == 422
