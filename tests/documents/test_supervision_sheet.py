"""督办单 through a real pdf process."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from app.audit.queries import list_chain
from app.config import Settings
from app.documents import service as documents
from app.supervision import printing, service
from app.supervision.types import SupervisionNotFound
from pdf.client import PdfClient
from tests.support.office import Office

CLERK, HEAD, LEADER, STRANGER = "yaohaiyang", "qinyongan", "pengxiuying", "qutianyu"


def test_what_was_asked_and_answered_on_paper(
    office: Office, joined: Settings, pdf_socket: Path, words: Callable[[bytes], str]
) -> None:
    documents.configure(
        documents.Press(PdfClient(pdf_socket), joined.base_url, demo=True),
    )
    ticket = office.start()
    row = service.open_supervision(
        office.session,
        actor=office.actor(LEADER),
        now=office.tick(),
        number=ticket.number,
        demand="请说明为什么没有办。",
        answer_by=office.now.date() + timedelta(days=2),
        task_id=office.task(ticket).id,
    )
    service.answer(
        office.session,
        actor=office.actor(HEAD),
        now=office.tick(),
        supervision_id=row.id,
        version=row.rev,
        text="材料在核对，明天办完。",
    )
    given = {"now": office.now, "supervision_id": row.id}
    data, number = printing.print_sheet(office.session, actor=office.actor(CLERK), **given)
    assert number == ticket.number
    said = words(data)
    for part in ("督办单", number, "请说明为什么没有办", "材料在核对", "彭秀英", "秦永安"):
        assert part in said
    assert "不是上级统一印发的表样" in said
    printing.note_sheet(office.session, actor=office.actor(CLERK), data=data, **given)
    office.session.flush()
    assert list_chain(office.session, f"ticket:{number}")[-1].kind == "supervision.printed"
    with pytest.raises(SupervisionNotFound):
        printing.print_sheet(office.session, actor=office.actor(STRANGER), **given)
