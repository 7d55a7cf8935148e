"""附件2 through a real pdf process: drafts while it runs, one sealed original when it is closed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.config import Settings
from app.core import outbox
from app.core.clock import utcnow
from app.core.crypto import seal_json
from app.core.errors import ExternalFailure
from app.core.outbox import Outbox, OutboxState
from app.demo.people import RARE, row
from app.documents import service
from app.documents.models import Document
from app.documents.queries import find_verdict, frozen_pdf, list_documents
from app.documents.types import CannotPrint, DocumentState
from app.identity.queries import unit_by_code
from app.identity.service import give_name
from app.tickets.models import Ticket
from app.tickets.service import withdraw
from pdf.client import PdfClient
from tests.support.office import Office

NAME = "operator-account"
Words = Callable[[bytes], str]


@pytest.fixture(autouse=True)
def press(joined: Settings, pdf_socket: Path) -> service.Press:
    made = service.Press(PdfClient(pdf_socket), joined.base_url, demo=True)
    service.configure(made)
    return made


def printed(office: Office, ticket: Ticket, mode: str = "") -> tuple[bytes, str]:
    made = service.printable(office.session, ticket, NAME, mode, now=utcnow())
    return made.data, made.kind


def freeze(office: Office, ticket: Ticket) -> Document:
    payload = {
        "instance": ticket.instance_id,
        "name": NAME,
        "submission": ticket.submission,
    }
    service.freeze(office.session, payload, utcnow())
    return office.session.scalars(
        select(Document).where(Document.instance_id == ticket.instance_id)
    ).one()


def test_running_ticket_prints_as_draft_with_what_was_decided(office: Office, words: Words) -> None:
    ticket = office.walk(office.start(), to="leader_approval")
    pdf, kind = printed(office, ticket)
    paper = words(pdf)
    assert kind == "draft"
    assert "草" in paper
    assert ticket.number in paper
    assert "咸丰县公共就业服务中心" in paper
    assert "2026年11月20日" in paper
    assert "第1次提交" in paper


def test_wet_print_leaves_the_lines_to_sign_empty(office: Office, words: Words) -> None:
    ticket = office.start()
    pdf, kind = printed(office, ticket, "wet")
    assert kind == "wet"
    assert "部门负责人签字" in words(pdf)


def test_returned_ticket_prints_empty_boxes_and_then_the_next_submission(
    office: Office, words: Words
) -> None:
    """R19: what is void is not on the paper; the mended form says 第2次提交."""
    ticket = office.start()
    office.decide(ticket, opinion="情况属实。")
    assert "情况属实" in words(printed(office, ticket)[0])
    office.send_back(ticket)
    assert "情况属实" not in words(printed(office, ticket)[0])
    office.submit(ticket)
    assert "第2次提交" in words(printed(office, ticket)[0])


def test_draft_before_the_first_submission_shows_what_was_typed(
    office: Office, words: Words
) -> None:
    """Also what the system fills in: the department, the day, the contact."""
    answers = office.answers()
    ticket = office.draft(answers=answers)
    paper = words(printed(office, ticket)[0])
    assert answers["people"][0]["name"] in paper
    assert "咸丰县公共就业服务中心" in paper
    assert "姚海洋" in paper


def test_a_draft_is_printed_as_it_will_be_sent(office: Office, words: Words) -> None:
    """What nobody sees goes when the form is sent; the draft does not fail of it before."""
    people = [row(900, post="review", called="杨\u200b一")]
    ticket = office.draft(answers=office.answers(people=people))
    paper = words(printed(office, ticket)[0])
    assert "杨一" in paper


def test_a_character_that_no_font_has_is_told_at_its_field(office: Office) -> None:
    ticket = office.draft(
        answers=office.answers(people=[row(900, post="review", called="杨\ue000")])
    )
    with pytest.raises(CannotPrint) as refused:
        printed(office, ticket)
    assert refused.value.text.startswith("“姓名”第1行（杨\ue000）")
    assert refused.value.facts == {"path": "people.0.name", "character": "\ue000"}


def test_an_opinion_that_cannot_be_printed_is_told_by_its_step(office: Office) -> None:
    ticket = office.start()
    office.decide(ticket, opinion="同意\U0001fae8")
    with pytest.raises(CannotPrint) as refused:
        printed(office, ticket)
    assert "：意见”含有" in refused.value.text


def test_an_opinion_is_kept_as_it_can_be_printed(office: Office, words: Words) -> None:
    """Pasted from a chat, with what nobody sees in it: the paper of a closed ticket has it too."""
    ticket = office.start()
    office.decide(ticket, opinion="情况\u200b属实\x07，\r\n同意\u202e。")
    paper = words(printed(office, ticket)[0])
    assert "情况属实" in paper
    assert "同意。" in paper


def test_preview_of_a_mended_form_shows_the_mended_form(office: Office, words: Words) -> None:
    """What is typed for the second submission, not what was sent at first."""
    ticket = office.start()
    office.send_back(ticket)
    draft = office.answers(people=[row(900, post="review", called="新名字")])
    ticket.draft_sealed = seal_json(draft)
    paper = words(printed(office, ticket)[0])
    assert "新名字" in paper
    assert "第2次提交" in paper


def test_closed_ticket_gets_one_sealed_original(
    office: Office, session: Session, words: Words
) -> None:
    """Frozen once with every rare name; the file is ours byte for byte, and its seal holds."""
    people = [row(700 + n, post="review", called=name) for n, name in enumerate(RARE)]
    ticket = office.walk(office.start(answers=office.answers(people=people)))
    pending = list_documents(session, ticket, office.requester(ticket))
    assert [document.state for document in pending] == ["pending"]
    document = freeze(office, ticket)
    assert document.state is DocumentState.FROZEN
    original = frozen_pdf(session, ticket, NAME)
    assert original is not None
    paper = words(original)
    for name in RARE:
        assert name in paper
    assert document.check_code in paper
    assert paper.count("2026年11月20日") >= 4
    ours, found, verification = service.check(session, original)
    assert ours
    assert found is document
    (signature,) = verification.signatures
    assert signature.valid
    assert signature.covers_whole_file
    assert "咸丰县公共就业服务中心" in signature.signer
    assert printed(office, ticket) == (original, "final")
    assert freeze(office, ticket).sha256 == document.sha256
    assert frozen_pdf(session, ticket, NAME) == original


@pytest.mark.parametrize(
    ("clerk", "head", "unit"),
    [
        ("huangxuelian", "tengxiaoyan", "咸丰县人社局"),  # works in 就业股, a section
        ("yaohaiyang", "qinyongan", "咸丰县公共就业服务中心"),
        ("moujunjie", "tengsiqi", "咸丰县高乐山镇"),
    ],
)
def test_the_unit_seals_not_its_section(
    office: Office, session: Session, clerk: str, head: str, unit: str
) -> None:
    """所在单位 of the form: whose 分管领导 signed."""
    ticket = office.start(clerk)
    office.decide(ticket, by=head)
    office.decide(ticket, by="yinguanghui" if clerk == "moujunjie" else None)
    office.walk(ticket)
    freeze(office, ticket)
    _, _, verification = service.check(session, frozen_pdf(session, ticket, NAME) or b"")
    (signature,) = verification.signatures
    assert signature.valid
    assert signature.signer.endswith(unit)


def test_a_renamed_unit_seals_by_the_name_on_the_paper(office: Office, session: Session) -> None:
    """What was asked for before is sealed by the old name, what comes after by the new one."""
    unit = unit_by_code(session, office.actor("yaohaiyang").unit_code)
    first = office.walk(office.start())
    freeze(office, first)
    running, old = office.start(), unit.name
    give_name(session, unit, "咸丰县就业服务局", office.tick())
    for ticket, name in ((running, old), (office.start(), unit.name)):
        office.walk(ticket)
        freeze(office, ticket)
        ours, _, verification = service.check(session, frozen_pdf(session, ticket, NAME) or b"")
        (signature,) = verification.signatures
        assert (ours, signature.valid) == (True, True)
        assert signature.signer.endswith(name)


def test_rows_not_carried_out_stand_in_the_result_box(office: Office, words: Words) -> None:
    ticket = office.walk(office.start(answers=office.answers(rows=2)), to="account_execution")
    office.decide(ticket, answers={"result": "其余已开户。\n第2行未办理：资料不齐"})
    paper = words(printed(office, ticket)[0])
    assert "其余已开户。" in paper
    assert "第2行未办理：资料不齐" in paper


def test_changed_file_is_no_original(office: Office, session: Session) -> None:
    ticket = office.walk(office.start())
    freeze(office, ticket)
    original = frozen_pdf(session, ticket, NAME) or b""
    ours, found, _ = service.check(session, original + b"\n% more")
    assert (ours, found) == (False, None)


def test_verdict_names_no_person(office: Office, session: Session) -> None:
    """The QR page says what it is and whether it holds, to anybody."""
    ticket = office.walk(office.start())
    document = freeze(office, ticket)
    verdict = find_verdict(session, f" {document.check_code.lower()} ")
    assert verdict is not None
    assert (verdict.number, verdict.state) == (ticket.number, DocumentState.FROZEN)
    assert find_verdict(session, "AAAA-AAAA-AAAA") is None


@pytest.mark.parametrize("end", ["refused", "withdrawn"])
def test_only_closed_tickets_have_originals(office: Office, session: Session, end: str) -> None:
    ticket = office.start()
    if end == "refused":
        office.decide(ticket, "reject", opinion="不再新增。")
    else:
        clerk, number = office.requester(ticket), ticket.number
        withdraw(session, actor=clerk, now=office.tick(), number=number)
    assert session.scalars(select(Document)).all() == []


def test_printer_that_is_gone_is_tried_again(
    office: Office, session: Session, press: service.Press, tmp_path: Path
) -> None:
    """The ticket is closed all the same; the original waits in the outbox."""
    service.configure(replace(press, renderer=PdfClient(tmp_path / "nobody.sock")))
    ticket = office.walk(office.start())
    for message in session.scalars(select(Outbox)):
        message.due_at = utcnow()
    session.commit()
    outbox.work_off()
    session.expire_all()
    message = session.scalars(select(Outbox).where(Outbox.topic == "documents.freeze")).one()
    assert (message.state, message.attempts) == (OutboxState.WAITING, 1)
    with pytest.raises(ExternalFailure):
        printed(office, office.start())
    service.configure(press)
    message.due_at = utcnow()
    session.commit()
    assert outbox.work_off() == 1
    session.expire_all()
    state = session.scalars(select(Document.state).where(Document.submission == 1)).one()
    assert state is DocumentState.FROZEN
    assert ticket.id
