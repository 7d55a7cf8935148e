"""全程记录 through a real pdf process: all that happened to a ticket, for whoever may view it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.attachments import service as attachments
from app.audit.models import Event
from app.config import Settings
from app.documents import records, service
from app.documents.chronicle import chronicle
from app.processes.models import Instance
from app.tasks import service as tasks
from app.tickets import service as tickets
from app.tickets.models import Ticket
from app.tickets.queries import comments_of
from app.tickets.types import TicketNotFound
from pdf.client import PdfClient
from tests.attachments import samples
from tests.support.office import DRAWN, Browser, Office

CLERK, HEAD, LEADER = "yaohaiyang", "qinyongan", "pengxiuying"
STRANGER = "qutianyu"
SIGNERS = ("tanlihua", "tanguifang", "wuyiming", "qinxuemei")
Words = Callable[[bytes], str]


@pytest.fixture(autouse=True)
def press(joined: Settings, pdf_socket: Path) -> service.Press:
    made = service.Press(PdfClient(pdf_socket), joined.base_url, demo=True)
    service.configure(made)
    return made


def record(office: Office, ticket: Ticket, by: str = CLERK) -> bytes:
    return records.print_record(
        office.session, actor=office.actor(by), now=office.now, number=ticket.number
    )


def say(office: Office, ticket: Ticket, text: str, by: str = HEAD) -> None:
    tickets.comment(
        office.session, actor=office.actor(by), now=office.now, number=ticket.number, text=text
    )


def with_signers(office: Office, ticket: Ticket) -> None:
    """Four beside 秦永安, each with an opinion and a signature of his own."""
    task = office.task(ticket)
    given: dict[str, Any] = {"place": "parallel", "reason": ""}
    tasks.add_signers(
        office.session,
        actor=office.actor(HEAD),
        now=office.tick(),
        task_id=task.id,
        version=task.version,
        to=list(SIGNERS),
        **given,
    )
    for one in [task for task in office.tasks(ticket) if task.is_active]:
        tasks.complete(
            office.session,
            actor=office.actor(office.holder(one)),
            now=office.tick(),
            task_id=one.id,
            version=one.version,
            decision=tasks.Decision(outcome="approve", opinion="情况属实。", signing=DRAWN),
        )


def events(office: Office, ticket: Ticket) -> list[str]:
    chain = select(Event.kind).where(Event.chain == f"ticket:{ticket.number}").order_by(Event.seq)
    return list(office.session.scalars(chain))


def head(office: Office, ticket: Ticket) -> Instance:
    office.session.refresh(ticket.instance)
    return ticket.instance


def test_it_says_who_asked_what_was_answered_and_who_decided(office: Office, words: Words) -> None:
    answers = office.answers()
    ticket = office.walk(office.start(answers=answers))
    paper = words(record(office, ticket))
    (person,) = answers["people"]
    for said in (
        *("全程记录", ticket.number, "姚海洋", "咸丰县公共就业服务中心", "办结", "第1次提交"),
        *(person["name"], "申请部门意见", "秦永安", "彭秀英", "已按申请表办理完毕", "演示数据"),
        *("账户管理台账", "开通账户", "操作员", "第1页共"),
    ):
        assert said in paper, said
    assert head(office, ticket).audit_hash.hex() in paper
    assert "前后相接" in paper


@pytest.mark.parametrize("who", [CLERK, HEAD, "humin"])
def test_numbers_are_masked_for_every_reader(office: Office, words: Words, who: str) -> None:
    """As on the page: also for who typed them, who looks at one at a time."""
    answers = office.answers()
    ticket = office.start(answers=answers)
    paper = words(record(office, ticket, who))
    number, phone = (answers["people"][0][key] for key in ("id_number", "phone"))
    assert number not in paper
    assert phone not in paper
    assert f"{number[:6]}********{number[-4:]}" in paper


def test_a_return_and_what_it_made_void_stand_in_it(office: Office, words: Words) -> None:
    ticket = office.start()
    office.decide(ticket, opinion="情况属实。")
    office.send_back(ticket, reason="请补充第 1 行的岗位。")
    office.submit(ticket, office.answers(rows=2))
    paper = words(record(office, ticket))
    for said in ("第1次提交", "第2次提交", "请补充第1行的岗位", "情况属实", "起作废"):
        assert said in paper, said
    assert "作废：申请部门意见" in paper
    assert "作废：申请部门意见、" not in paper  # the return itself is nothing to go by


def test_everybody_of_a_joint_step_stands_with_words_and_signature(office: Office) -> None:
    ticket = office.start()
    with_signers(office, ticket)
    found = chronicle(office.session, ticket, office.actor(CLERK), office.now)
    steps = [step for group in found["step_groups"] for step in group["steps"]]
    signed = [step for step in steps if step["signature"]]
    assert len(signed) == len(SIGNERS) + 1
    assert all(step["said"] == "情况属实。" for step in signed)
    assert record(office, ticket).startswith(b"%PDF")


def test_what_stands_beside_it_and_the_files_are_in_it(office: Office, words: Words) -> None:
    ticket = office.start()
    accepted = attachments.check("佐证 材料.png", samples.png())
    kept = attachments.keep(
        office.session, actor=office.actor(CLERK), now=office.now, accepted=accepted
    )
    tickets.attach(
        office.session, actor=office.actor(CLERK), now=office.now, ticket=ticket, ids=[kept.id]
    )
    say(office, ticket, "请看第 2 行。")
    say(office, ticket, "写错了的话")
    *_, last = comments_of(office.session, ticket.instance_id).values()
    tickets.withdraw_comment(
        office.session,
        actor=office.actor(HEAD),
        now=office.now,
        number=ticket.number,
        comment_id=last.id,
    )
    tickets.urge(
        office.session,
        actor=office.actor(CLERK),
        now=office.tick(),
        number=ticket.number,
        text="请快一点",
    )
    paper = words(record(office, ticket))
    for said in ("佐证材料.png", kept.sha256, "请看第2行", "写的人撤回了", "催秦永安办理"):
        assert said in paper, said


def test_what_no_font_has_is_spelled_and_stops_nothing(office: Office, words: Words) -> None:
    ticket = office.start()
    say(office, ticket, "办得好\u200b\x07")
    assert "办得好〔U+200B〕〔U+0007〕" in words(record(office, ticket))


def test_a_long_one_goes_over_several_pages(office: Office, words: Words) -> None:
    ticket = office.start()
    for n in range(60):
        say(office, ticket, f"第 {n} 条：请核对表里写到的每一个人，有出入的在这里说明。")
    paper = words(record(office, ticket))
    assert "第59条" in paper
    assert "第3页共" in paper


def test_more_than_the_press_takes_is_cut_and_says_so(office: Office) -> None:
    ticket = office.start()
    for n in range(605):
        say(office, ticket, f"{n}")
    found = chronicle(office.session, ticket, office.actor(CLERK), office.now)
    assert "没有印" in found["entries_left"]
    assert [len(group["entries"]) for group in found["entry_groups"]] == [100] * 6


def test_a_draft_prints_for_its_requester_alone(office: Office, words: Words) -> None:
    ticket = office.draft()
    assert "草稿，还没有提交" in words(record(office, ticket))
    with pytest.raises(TicketNotFound):
        record(office, ticket, HEAD)


def test_a_stranger_gets_nothing_and_leaves_nothing(office: Office) -> None:
    ticket = office.start()
    before = events(office, ticket)
    with pytest.raises(TicketNotFound):
        record(office, ticket, STRANGER)
    with pytest.raises(TicketNotFound):
        records.note_record(
            office.session,
            actor=office.actor(STRANGER),
            now=office.now,
            number=ticket.number,
            data=b"",
        )
    assert events(office, ticket) == before


def test_the_page_offers_it_and_taking_it_is_on_record(
    office: Office, browser: Callable[[str], Browser], press: service.Press
) -> None:
    ticket = office.walk(office.start(), to="leader_approval")
    office.session.commit()
    leader = browser(LEADER)
    service.configure(press)  # the application has one of its own
    assert f"/tickets/{ticket.number}/record.pdf" in leader.get(f"/tickets/{ticket.number}").text
    answer = leader.get(f"/tickets/{ticket.number}/record.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert events(office, ticket)[-1] == "record.printed"
    assert browser(STRANGER).get(f"/tickets/{ticket.number}/record.pdf").status_code == 404


def test_a_broken_chain_is_said(office: Office) -> None:
    """The record tells where the chain does not hold; it hides nothing."""
    ticket = office.start()
    ticket.instance.audit_hash = bytes(32)
    found = chronicle(office.session, ticket, office.actor(CLERK), office.now)
    assert "对不上" in found["audit"]["verdict"]
