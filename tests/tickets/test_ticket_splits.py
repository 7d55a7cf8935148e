"""分表: one typed form whose people belong to several subsystems becomes a ticket for each."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.audit.models import Event
from app.core.errors import Invalid
from app.demo import people as invented
from app.tickets import service
from app.tickets.models import Link, Ticket
from app.tickets.presentation import ticket_view
from app.tickets.types import LinkKind, MayNotUnlink, TicketState
from tests.support.office import Browser, Office

CLERK = "yaohaiyang"


def mixed(office: Office, *subsystems: str, **changed: Any) -> dict[str, Any]:
    """A form of 零工驿站 with a row for each of these subsystems, "" for its own."""
    answers = office.answers(rows=len(subsystems), **changed)
    for row, subsystem in zip(answers["people"], subsystems, strict=True):
        row["subsystem"] = subsystem
    return answers


def others(office: Office, ticket: Ticket) -> list[Ticket]:
    return service.split_from(office.session, ticket)


def count(office: Office) -> int:
    return office.session.scalar(select(func.count()).select_from(Ticket)) or 0


def notices(office: Office, ticket: Ticket) -> tuple[str, ...]:
    return tuple(ticket_view(office.session, ticket, office.actor(CLERK), office.now).notices)


def test_each_subsystem_gets_its_own_ticket(office: Office) -> None:
    """Whole, numbered, on its road: as if the clerk had filled in each form."""
    first = office.start(answers=mixed(office, "", "shared-labour", "", "data-analysis"))
    second, third = others(office, first)
    found = [
        (t.instance.people.count(" ") + 1, t.title.split("操作员")[0], t.state, t.submission)
        for t in (first, second, third)
    ]
    assert found == [
        (2, "零工驿站子系统", TicketState.RUNNING, 1),
        (1, "共享用工子系统", TicketState.RUNNING, 1),
        (1, "人社数据分析子系统", TicketState.RUNNING, 1),
    ]
    assert len({first.number, second.number, third.number}) == 3
    for ticket in (first, second, third):
        assert office.walk(ticket).state is TicketState.CLOSED


def test_all_are_linked_and_say_so(office: Office) -> None:
    """Each shows the others, and what the system did with the typed form."""
    first = office.start(answers=mixed(office, "", "shared-labour", "data-analysis"))
    second, third = others(office, first)
    assert [t.number for t in others(office, third)] == [first.number, second.number]
    for ticket in (first, second, third):
        (told,) = notices(office, ticket)
        assert "已经分成 3 件" in told
        assert all(one.number in told for one in (first, second, third))
    chain = select(Event.kind).where(Event.chain == f"ticket:{second.number}")
    assert {"ticket.created", "ticket.submitted", "ticket.linked"} <= set(
        office.session.scalars(chain)
    )


def test_the_link_is_for_good(office: Office) -> None:
    """It says what happened, so nobody takes it back."""
    first = office.start(answers=mixed(office, "", "shared-labour"))
    link = office.session.scalars(select(Link).where(Link.kind == LinkKind.SPLIT)).one()
    with pytest.raises(MayNotUnlink):
        service.unlink(
            office.session,
            actor=office.actor(CLERK),
            now=office.tick(),
            number=first.number,
            link_id=link.id,
        )


def test_one_wrong_row_makes_none(office: Office) -> None:
    """All or nothing: the error stands at the row where it was typed."""
    answers = mixed(office, "", "shared-labour", "", "shared-labour")
    answers["people"][3]["id_number"] = "422899197803151117"
    answers["people"][2]["phone"] = ""
    draft = office.draft(answers=answers)
    before = count(office)
    with pytest.raises(Invalid) as refused, office.session.begin_nested():
        office.submit(draft)
    assert {error.path for error in refused.value.errors} == {
        "people.3.id_number",
        "people.2.phone",
    }
    assert any("第 4 行" in error.message for error in refused.value.errors)
    assert count(office) == before


def test_a_head_that_nobody_belongs_to_is_mended(office: Office) -> None:
    """Every row says 共享用工: one ticket of 共享用工, and a sentence about it."""
    ticket = office.start(answers=mixed(office, "shared-labour", "shared-labour"))
    assert others(office, ticket) == []
    assert ticket.title.startswith("共享用工子系统")
    assert "已由“零工驿站子系统”改为“共享用工子系统”" in notices(office, ticket)[0]


def test_an_unknown_subsystem_is_told_at_its_row(office: Office) -> None:
    """It makes no ticket of its own."""
    draft = office.draft(answers=mixed(office, "", "shared-labour"))
    answers = mixed(office, "", "nonsense")
    with pytest.raises(Invalid) as refused, office.session.begin_nested():
        office.submit(draft, answers)
    assert "people.1.subsystem" in {error.path for error in refused.value.errors}


def test_a_returned_form_splits_too(office: Office) -> None:
    """It keeps its number and its own rows; what belongs elsewhere starts as 第1次提交."""
    first = office.start()
    office.send_back(first)
    office.submit(first, mixed(office, "", "shared-labour"))
    (second,) = others(office, first)
    assert (first.submission, second.submission) == (2, 1)
    assert second.state is TicketState.RUNNING


def test_the_same_person_in_two_subsystems(office: Office) -> None:
    """One row each: no repetition within a form, one account, two posts."""
    answers = mixed(office, "", "shared-labour")
    answers["people"][1] = {**answers["people"][0], "subsystem": "shared-labour"}
    first = office.start(answers=answers)
    (second,) = others(office, first)
    assert office.walk(first).state is TicketState.CLOSED
    assert office.walk(second).state is TicketState.CLOSED


def test_other_rooms_send_a_split_form_once(office: Office) -> None:
    """What the system fills in: the same cause makes the same tickets."""
    answers = mixed(office, "", "shared-labour")
    for _ in range(2):
        made = service.submit_split(
            office.session,
            actor=office.actor(CLERK),
            now=office.now,
            process="operator-account",
            answers=answers,
            cause="person-event:7",
        )
        numbers = [ticket.number for ticket in made]
        office.session.flush()
    assert len(numbers) == 2
    assert count(office) == 2
    assert made[0].client_key == "person-event:7"


def page_fields(rows: int, *subsystems: str) -> dict[str, str]:
    fields = {"subsystem": "gig-station", "contact_phone": "0718-8200000", "act": "submit"}
    for n, subsystem in zip(range(rows), subsystems, strict=True):
        person = {**invented.row(n + 40, post="review"), "subsystem": subsystem}
        fields |= {f"people-{n}-{key}": str(value) for key, value in person.items()}
    return fields


def test_the_clerk_is_asked_before(office: Office, browser: Callable[[str], Browser]) -> None:
    """The first press tells what the form becomes, the second sends it; a double click is one."""
    clerk = browser(CLERK)
    fields = page_fields(3, "", "shared-labour", "") | {"client_key": "one-page"}
    told = clerk.post("/start/operator-account", **fields)
    assert told.status_code == 200
    assert "这张表会分成 2 件提交" in told.text
    assert "零工驿站子系统 2 行、共享用工子系统 1 行" in told.text
    assert "分成 2 件提交" in told.text
    ticket = office.session.scalars(select(Ticket)).one()
    assert ticket.state is TicketState.DRAFT
    agreed = re.search(r'name="split-agreed" value="([^"]+)"', told.text)
    assert agreed
    for _ in range(2):
        sent = clerk.post("/start/operator-account", **fields, **{"split-agreed": agreed[1]})
        assert sent.status_code == 302
    office.session.expire_all()
    assert count(office) == 2
    (other,) = others(office, ticket)
    shown = clerk.get(f"/tickets/{ticket.number}").text
    assert "已经分成 2 件" in shown
    assert other.number in shown


def test_another_split_is_asked_anew(office: Office, browser: Callable[[str], Browser]) -> None:
    """What was agreed to was another one."""
    clerk = browser(CLERK)
    fields = page_fields(2, "", "shared-labour") | {"client_key": "one-page"}
    told = clerk.post("/start/operator-account", **fields, **{"split-agreed": "零工驿站子系统 9"})
    assert told.status_code == 200
    plain = page_fields(2, "", "") | {"client_key": "one-page"}
    sent = clerk.post("/start/operator-account", **plain, **{"split-agreed": "零工驿站子系统 9"})
    assert sent.status_code == 302
    assert count(office) == 1
