"""Many prints at once: in order, each on its own, stopped, cut off, told item by item, and gone."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.audit.queries import list_chain
from app.core.clock import utcnow
from app.core.errors import ExternalFailure, Malformed
from app.core.outbox import Outbox, OutboxState, hold_unfinished
from app.documents import batches, copies, service
from app.documents.models import PrintBatch, PrintCopy
from app.documents.types import (
    BatchesRunning,
    BatchNotFound,
    BatchState,
    ItemState,
    NoFileLeft,
    NoFileYet,
    NothingToPrint,
    NotYoursAnyMore,
    TooManyPrints,
)
from app.identity.models import Appointment
from app.tasks.models import Task
from app.tickets.models import Ticket
from pdf.merge import merge
from pdf.types import Mode, PdfUnavailable, RenderFailed
from tests.attachments import samples
from tests.support.office import Office, race

CLERK, STRANGER = "yaohaiyang", "longjinhua"


@dataclass
class Typewriter:
    """Answers a PDF of one page without laying anything out, and counts."""

    made: int = 0
    fails: dict[str, Exception] = field(default_factory=dict)

    def render(self, template: str, data: dict[str, Any], *, mode: Mode) -> bytes:
        assert template
        assert mode
        if error := self.fails.get(data["number"]):
            raise error
        self.made += 1
        return samples.pdf()


@pytest.fixture(autouse=True)
def press(app: Flask) -> Typewriter:
    """After the application, which brings a press of its own."""
    assert app
    made = Typewriter()
    service.configure(service.Press(made, "https://banjian.example", demo=True))
    return made


def order(office: Office, *numbers: str, key: str = "k" * 32, by: str = CLERK) -> PrintBatch:
    return batches.create(
        office.session,
        actor=office.actor(by),
        now=utcnow(),
        numbers=numbers,
        mode="",
        client_key=key,
    )


def step(office: Office, batch: PrintBatch) -> None:
    batches.step(office.session, {"batch": batch.id}, utcnow())


def finish(office: Office, batch: PrintBatch) -> PrintBatch:
    while batch.is_running:
        step(office, batch)
    return batch


@pytest.fixture
def tickets(office: Office) -> list[Ticket]:
    return [office.start(CLERK) for _ in range(3)]


def test_all_become_one_file_in_the_order_given(office: Office, tickets: list[Ticket]) -> None:
    numbers = [ticket.number for ticket in reversed(tickets)]
    batch = finish(office, order(office, *numbers, numbers[0]))
    assert [(item.number, item.state, item.pages) for item in batch.items] == [
        (number, ItemState.PRINTED, 1) for number in numbers
    ]
    _, data = batches.take(
        office.session, actor=office.actor(CLERK), now=utcnow(), batch_id=batch.id
    )
    assert merge([data], title="x")[1] == [3]
    assert all(item.pdf_sealed is None for item in batch.items)
    assert batch.pdf_sealed is not None
    assert not batch.pdf_sealed.startswith(b"%PDF")


def test_each_print_is_on_its_tickets_chain(office: Office, tickets: list[Ticket]) -> None:
    finish(office, order(office, tickets[0].number))
    chain = list_chain(office.session, tickets[0].instance.audit_chain)
    assert [event.kind for event in chain].count("document.printed") == 1


def test_a_double_click_makes_one_batch(office: Office, tickets: list[Ticket]) -> None:
    first, second = (order(office, tickets[0].number) for _ in range(2))
    assert first.id == second.id
    assert order(office, tickets[0].number, key="other").id != first.id


def test_what_may_not_be_printed_is_told_item_by_item(
    office: Office, tickets: list[Ticket], press: Typewriter
) -> None:
    """A stranger's ticket answers like one that is not there."""
    press.fails[tickets[1].number] = RenderFailed("missing_glyph", "第1行含有字体中没有的字符。")
    foreign = office.start(STRANGER)
    batch = finish(
        office, order(office, tickets[0].number, foreign.number, "QX-1", tickets[1].number)
    )
    said = [(item.state, item.error) for item in batch.items]
    assert said[0] == (ItemState.PRINTED, "")
    assert said[1] == said[2]
    assert said[1][0] is ItemState.FAILED
    assert said[3] == (ItemState.FAILED, "第1行含有字体中没有的字符。")
    assert batch.state is BatchState.DONE


def test_who_sees_it_without_a_part_cannot_print_it(office: Office, tickets: list[Ticket]) -> None:
    """A colleague of the county sees the ticket with masks; the print has whole numbers."""
    batch = finish(office, order(office, tickets[0].number, by="huangxuelian"))
    assert [item.state for item in batch.items] == [ItemState.FAILED]
    with pytest.raises(NoFileLeft):
        batches.take(
            office.session, actor=office.actor("huangxuelian"), now=utcnow(), batch_id=batch.id
        )


@pytest.mark.parametrize("by", ["qinyongan", STRANGER])
def test_nobody_else_knows_the_batch(office: Office, tickets: list[Ticket], by: str) -> None:
    batch = order(office, tickets[0].number)
    with pytest.raises(BatchNotFound):
        batches.access(office.session, batch.id, office.actor(by))
    with pytest.raises(BatchNotFound):
        batches.stop(office.session, actor=office.actor(by), now=utcnow(), batch_id=batch.id)
    finish(office, batch)
    with pytest.raises(BatchNotFound):
        batches.take(office.session, actor=office.actor(by), now=utcnow(), batch_id=batch.id)


def test_stopped_it_joins_what_there_is(office: Office, tickets: list[Ticket]) -> None:
    batch = order(office, *(ticket.number for ticket in tickets))
    step(office, batch)
    for _ in range(2):  # stopping twice changes nothing
        batches.stop(office.session, actor=office.actor(CLERK), now=utcnow(), batch_id=batch.id)
    finish(office, batch)
    assert [item.state for item in batch.items] == [
        ItemState.PRINTED,
        ItemState.SKIPPED,
        ItemState.SKIPPED,
    ]
    assert (batch.state, batch.sha256 is not None) == (BatchState.STOPPED, True)


def test_stopping_too_late_changes_nothing(office: Office, tickets: list[Ticket]) -> None:
    batch = finish(office, order(office, tickets[0].number))
    batches.stop(office.session, actor=office.actor(CLERK), now=utcnow(), batch_id=batch.id)
    assert batch.state is BatchState.DONE


def test_it_cannot_be_taken_before_it_is_over(office: Office, tickets: list[Ticket]) -> None:
    batch = order(office, tickets[0].number)
    with pytest.raises(NoFileYet):
        batches.take(office.session, actor=office.actor(CLERK), now=utcnow(), batch_id=batch.id)


def test_the_press_that_is_away_costs_an_attempt_only(
    office: Office, tickets: list[Ticket], press: Typewriter
) -> None:
    batch = order(office, tickets[0].number)
    press.fails[tickets[0].number] = PdfUnavailable("away")
    with pytest.raises(ExternalFailure):
        step(office, batch)
    assert [item.state for item in batch.items] == [ItemState.WAITING]
    press.fails.clear()
    assert finish(office, batch).state is BatchState.DONE


def test_a_step_done_twice_prints_no_second_copy(
    office: Office, tickets: list[Ticket], press: Typewriter
) -> None:
    """The outbox brings a step again when its worker died after the commit, or twice at once."""
    batch = order(office, *(ticket.number for ticket in tickets))
    for _ in range(6):
        step(office, batch)
    assert press.made == 3
    rows = office.session.scalars(select(Outbox).where(Outbox.topic == batches.TOPIC)).all()
    assert len(rows) == 4  # one a ticket, one to join


def test_a_step_that_nobody_can_make_is_told_and_the_rest_goes_on(
    office: Office, tickets: list[Ticket]
) -> None:
    batch = order(office, *(ticket.number for ticket in tickets))
    row = office.session.scalars(select(Outbox).where(Outbox.topic == batches.TOPIC)).one()
    row.state = OutboxState.DEAD
    batches.give_up(office.session, row.id, utcnow())
    finish(office, batch)
    assert [item.state for item in batch.items] == [
        ItemState.FAILED,
        ItemState.PRINTED,
        ItemState.PRINTED,
    ]
    assert batch.items[0].error == batches.BROKEN


def test_joining_that_nobody_can_do_is_told(office: Office, tickets: list[Ticket]) -> None:
    batch = order(office, tickets[0].number)
    step(office, batch)
    last = select(Outbox).where(Outbox.topic == batches.TOPIC).order_by(Outbox.id.desc())
    batches.give_up(office.session, office.session.scalars(last).first().id, utcnow())  # type: ignore[union-attr]
    assert (batch.is_running, batch.items[0].error) == (False, batches.NOT_JOINED)


def test_rights_that_went_take_the_file_along(office: Office, tickets: list[Ticket]) -> None:
    """The head decided on it; moved to another office, he takes nothing of it any more."""
    office.decide(tickets[0])
    batch = finish(office, order(office, tickets[0].number, by="qinyongan"))
    assert batch.items[0].state is ItemState.PRINTED
    person = office.actor("qinyongan").person_id
    office.session.execute(delete(Appointment).where(Appointment.person_id == person))
    for task in office.session.scalars(select(Task).where(Task.assignee_id == person)):
        task.assignee_id = office.actor("tengxiaoyan").person_id
    office.session.flush()
    with pytest.raises(NotYoursAnyMore):
        batches.take(
            office.session, actor=office.actor("qinyongan"), now=utcnow(), batch_id=batch.id
        )


def test_what_makes_no_batch(office: Office, tickets: list[Ticket]) -> None:
    with pytest.raises(NothingToPrint):
        order(office, " ", "")
    with pytest.raises(TooManyPrints):
        order(office, *(f"QX-{n}" for n in range(51)))
    with pytest.raises(Malformed):
        order(office, "x" * 61)
    with pytest.raises(Malformed):
        order(office, tickets[0].number, key="")
    for n in range(3):
        order(office, tickets[0].number, key=f"key{n}")
    with pytest.raises(BatchesRunning):
        order(office, tickets[0].number, key="one too many")


def test_files_go_after_a_day_and_reports_after_a_month(
    office: Office, tickets: list[Ticket]
) -> None:
    batch = finish(office, order(office, tickets[0].number))
    session, now = office.session, utcnow()
    batches.sweep(session, now=now + timedelta(hours=23))
    session.refresh(batch)
    assert batch.state is BatchState.DONE
    batches.sweep(session, now=now + timedelta(hours=25))
    session.expire_all()
    assert (batch.state, batch.pdf_sealed) == (BatchState.EXPIRED, None)
    with pytest.raises(NoFileLeft):
        batches.take(session, actor=office.actor(CLERK), now=now, batch_id=batch.id)
    batches.sweep(session, now=now + timedelta(days=31))
    assert session.scalars(select(PrintBatch)).all() == []


def test_held_after_a_restore_it_waits_for_a_person(office: Office, tickets: list[Ticket]) -> None:
    order(office, tickets[0].number)
    assert hold_unfinished(office.session) >= 1


# ── copies ──


def draft(office: Office, ticket: Ticket, name: str = "operator-account") -> bytes:
    """As the browser asks for it."""
    printed = service.printable(office.session, ticket, name, "", now=utcnow())
    service.note_print(
        office.session,
        actor=office.actor(CLERK),
        now=utcnow(),
        number=ticket.number,
        name=name,
        printed=printed,
    )
    return printed.data


def test_the_same_content_is_set_once(
    office: Office, tickets: list[Ticket], press: Typewriter
) -> None:
    first = draft(office, tickets[0])
    assert draft(office, tickets[0]) == first
    assert press.made == 1
    kept = office.session.scalars(select(PrintCopy)).one()
    assert not kept.pdf_sealed.startswith(b"%PDF")


def decided(office: Office, ticket: Ticket) -> None:
    office.decide(ticket)


def retyped(office: Office, ticket: Ticket) -> None:
    office.send_back(ticket)
    office.submit(ticket, office.answers())


def another_press(office: Office, ticket: Ticket) -> None:
    assert office.session
    assert ticket.number
    (one,) = service._press
    service.configure(service.Press(one.renderer, one.base_url, one.demo, "new fonts"))


@pytest.mark.parametrize("change", [decided, retyped, another_press])
def test_other_content_is_set_anew(
    office: Office,
    tickets: list[Ticket],
    press: Typewriter,
    change: Callable[[Office, Ticket], None],
) -> None:
    draft(office, tickets[0])
    change(office, tickets[0])
    draft(office, tickets[0])
    assert press.made == 2
    assert len(office.session.scalars(select(PrintCopy)).all()) == 1


def test_a_copy_lives_for_a_day(session: Session, office: Office, tickets: list[Ticket]) -> None:
    draft(office, tickets[0])
    copies.sweep(session, now=utcnow() + timedelta(hours=25))
    assert session.scalars(select(PrintCopy)).all() == []


def test_a_copy_is_asked_for_with_the_same_rights(
    office: Office, tickets: list[Ticket], browser: Callable[[str], Any]
) -> None:
    draft(office, tickets[0])
    address = f"/tickets/{tickets[0].number}/documents/operator-account.pdf"
    assert browser(CLERK).get(address).status_code == 200
    assert browser("huangxuelian").get(address).status_code == 403
    assert browser(STRANGER).get(address).status_code == 404


# ── pages ──


def test_a_clerk_orders_stops_and_finds_it_again(
    office: Office, tickets: list[Ticket], browser: Callable[[str], Any]
) -> None:
    clerk = browser(CLERK)
    sent = {"client_key": "p" * 32, "numbers": f"{tickets[0].number}，{tickets[1].number}\nQX-0"}
    answers = [clerk.post("/documents/batches", **sent) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {302}
    (address,) = {answer.headers["Location"] for answer in answers}
    assert "第 1 件，共 3 件" in clerk.get(address).text
    assert address in clerk.get("/documents/batches").text
    assert clerk.get(f"{address}.pdf").status_code == 409
    assert clerk.post(f"{address}/stop").status_code == 302
    batch = office.session.scalars(select(PrintBatch)).one()
    finish(office, batch)
    office.session.commit()
    page = clerk.get(address).text
    assert "没有一件排成" in page
    assert browser(STRANGER).get(address).status_code == 404
    assert browser(STRANGER).post(f"{address}/stop").status_code == 404


def test_who_goes_back_and_ticks_others_gets_another_batch(
    tickets: list[Ticket], browser: Callable[[str], Any]
) -> None:
    """The browser shows the list again as it was, with the key that it already sent."""
    clerk, key = browser(CLERK), "p" * 32
    first, again, others = (
        clerk.post("/documents/batches", client_key=key, number=[ticket.number])
        for ticket in (tickets[0], tickets[0], tickets[1])
    )
    assert first.headers["Location"] == again.headers["Location"] != others.headers["Location"]
    assert clerk.post("/documents/batches", number=[tickets[0].number]).status_code == 400


def test_the_file_is_shown_in_the_browser(
    office: Office, tickets: list[Ticket], browser: Callable[[str], Any]
) -> None:
    clerk = browser(CLERK)
    made = clerk.post("/documents/batches", client_key="p" * 32, number=[tickets[0].number])
    finish(office, office.session.scalars(select(PrintBatch)).one())
    office.session.commit()
    page = clerk.get(made.headers["Location"]).text
    assert "打开合成的文件（1 页）" in page
    file = clerk.get(f"{made.headers['Location']}.pdf")
    assert (file.status_code, file.mimetype) == (200, "application/pdf")


@pytest.mark.committed
def test_two_clicks_at_the_same_moment_make_one_batch(office: Office) -> None:
    ticket = office.start(CLERK)
    office.session.commit()
    actor = office.actor(CLERK)

    def click(session: Session) -> str:
        made = batches.create(
            session,
            actor=actor,
            now=utcnow(),
            numbers=[ticket.number],
            mode="",
            client_key="k" * 32,
        )
        return made.id

    first, second = race(click, click)
    assert isinstance(first, str)
    assert first == second
