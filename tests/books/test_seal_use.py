"""印章使用登记, shipped as three files: from the form to the ledger's row and the printed sheet."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from app.core.errors import Invalid
from app.documents import queries as documents
from app.ledgers import queries
from app.ledgers.models import LedgerRow
from app.processes import engine
from app.processes.service import publishing
from app.tasks import service as tasks
from app.tasks.types import NotYourTask, TaskNotFound
from app.tickets import service as tickets
from app.tickets.models import Ticket
from app.tickets.types import TicketState
from tests.support.office import DRAWN, NOW, ROOT, Office

CLERK, HEAD, LEADER, KEEPER = "yaohaiyang", "qinyongan", "pengxiuying", "qinxuemei"
ANSWERS = {
    "seal": "unit",
    "document": "关于印发《零工驿站管理办法》的通知",
    "document_number": "咸就业〔2026〕12号",
    "copies": 30,
    "recipient": "各乡镇人民政府",
    "reason": "印发执行。",
    "place": "office",
}
OUT = {"place": "out", "destination": "县政务服务中心", "return_by": "2026-11-23T17:30:00+08:00"}
REGISTERED = {"used_on": "2026-11-20", "stamped": 30, "result": "已监印，文件由经办人取走。"}


@pytest.fixture
def desk(office: Office) -> Office:
    bundle = publishing.Bundle.read(ROOT, "seal-use")
    version = publishing.deploy(office.session, now=NOW, bundle=bundle)
    publishing.publish(office.session, now=NOW, key=version.key, number=version.number)
    return office


def start(desk: Office, clerk: str = CLERK, **changed: Any) -> Ticket:
    draft = tickets.create_draft(
        desk.session,
        actor=desk.actor(clerk),
        now=desk.tick(),
        process="seal-use",
        answers=ANSWERS | changed,
    )
    return desk.submit(draft)


def decide(
    desk: Office,
    ticket: Ticket,
    by: str,
    outcome: str = "approve",
    answers: Mapping[str, Any] | None = None,
) -> None:
    task = desk.task(ticket)
    tasks.complete(
        desk.session,
        actor=desk.actor(by),
        now=desk.tick(),
        task_id=task.id,
        version=task.version,
        decision=tasks.Decision(
            outcome=outcome, answers=dict(answers or {}), signing=DRAWN, opinion="见附件。"
        ),
    )


def register(desk: Office, ticket: Ticket, by: str = KEEPER) -> None:
    decide(desk, ticket, by, "done", REGISTERED)


def booked(desk: Office) -> list[LedgerRow]:
    found = select(LedgerRow).where(LedgerRow.name == "seal-use").order_by(LedgerRow.id)
    return list(desk.session.scalars(found))


def test_stamped_in_the_house_it_needs_the_head_and_the_keeper(desk: Office) -> None:
    ticket = start(desk)
    assert (ticket.number, ticket.title) == (
        "YY-2026-00001",
        "用印：关于印发《零工驿站管理办法》的通知",
    )
    decide(desk, ticket, HEAD)
    register(desk, ticket)
    assert ticket.state is TicketState.CLOSED
    (row,) = booked(desk)
    assert (row.serial, row.ticket, row.values["_executor"]) == (1, ticket.number, "秦雪梅")
    assert row.values["seal"] == "单位公章"
    assert row.values["register.stamped"] == "30"
    assert row.values["head_opinion.signer"] == "秦永安"
    assert row.values["leader_opinion.signer"] == row.values["return_by"] == ""


def test_taken_out_it_needs_the_leader_too(desk: Office) -> None:
    ticket = start(desk, **OUT)
    decide(desk, ticket, HEAD)
    assert desk.task(ticket).node == "leader_opinion"
    decide(desk, ticket, LEADER)
    register(desk, ticket)
    (row,) = booked(desk)
    assert row.values["leader_opinion.signer"] == "彭秀英"
    assert row.values["return_by"] == "2026年11月23日 17:30"


def test_taken_out_it_says_where_to_and_until_when(desk: Office) -> None:
    with pytest.raises(Invalid) as refused:
        start(desk, place="out")
    assert {error.path for error in refused.value.errors} == {"destination", "return_by"}


@pytest.mark.parametrize("by", [HEAD, LEADER])
def test_refused_it_ends_without_a_row(desk: Office, by: str) -> None:
    ticket = start(desk, **OUT)
    if by == LEADER:
        decide(desk, ticket, HEAD)
    decide(desk, ticket, by, "reject")
    assert (ticket.state, booked(desk)) == (TicketState.REFUSED, [])


def test_returned_by_the_keeper_it_is_booked_once(desk: Office) -> None:
    ticket = start(desk)
    decide(desk, ticket, HEAD)
    task = desk.task(ticket)
    tasks.return_task(
        desk.session,
        actor=desk.actor(KEEPER),
        now=desk.tick(),
        task_id=task.id,
        version=task.version,
        reason="份数与文件不一致。",
        node=None,
    )
    desk.submit(ticket, ANSWERS | {"copies": 28})
    decide(desk, ticket, HEAD)
    register(desk, ticket)
    assert (ticket.submission, len(booked(desk))) == (2, 1)


@pytest.mark.parametrize("by", ["zhangchangjiang", "yangxiurong", LEADER])
def test_only_the_keeper_of_the_unit_registers(desk: Office, by: str) -> None:
    """Not the keeper of another county or of a township, not the leader."""
    ticket = start(desk)
    decide(desk, ticket, HEAD)
    with pytest.raises((NotYourTask, TaskNotFound)):
        register(desk, ticket, by)


@pytest.mark.parametrize(
    ("clerk", "keeper"),
    [("yaohaiyang", KEEPER), ("moujunjie", "yangxiurong"), ("zhujiahui", "tianxiulan")],
)
def test_every_unit_of_the_demonstration_has_a_keeper(
    desk: Office, clerk: str, keeper: str
) -> None:
    """County agency, township, prefecture: nearest above the requester."""
    ticket = start(desk, clerk)
    decide(desk, ticket, desk.username(desk.task(ticket).assignee_id))
    assert desk.task(ticket).assignee_id == desk.actor(keeper).person_id


def test_the_sheet_has_all_that_was_asked_and_done(desk: Office) -> None:
    ticket = start(desk, **OUT)
    decide(desk, ticket, HEAD)
    decide(desk, ticket, LEADER)
    register(desk, ticket)
    data = documents.print_data(
        desk.session, ticket, "seal-use", demo=True, check_code="", verify_url="", now=desk.now
    )
    assert data["answers"]["place"] == "带出使用"
    assert data["results"]["register"]["stamped"] == 30
    assert data["boxes"]["leader_opinion"]["opinion"]
    assert data["boxes"]["register"]["seal"] is True


def test_the_catalogue_offers_both(desk: Office, browser: Any) -> None:
    assert desk.session
    page = browser(CLERK).get("/start").text
    assert "印章使用登记" in page
    assert "操作员账户权限申请" in page


def test_the_book_reads_as_the_diagram_says(desk: Office) -> None:
    ticket = start(desk)
    decide(desk, ticket, HEAD)
    register(desk, ticket)
    ledger = queries.access_ledger(desk.session, desk.actor(KEEPER), "seal-use").ledger
    assert ledger.title == "用印登记台账"
    assert ledger.searched == "单位、印章、文件名称、文号、送往单位、经办人或编号"
    assert engine.load(desk.session, ticket.instance.version_id).document_names == ("seal-use",)
