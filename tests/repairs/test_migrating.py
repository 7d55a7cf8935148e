"""Other versions: what would be lost forbids it, what differs is told; one ticket, or all."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text

from app.audit.queries import first_break
from app.core import outbox
from app.core.errors import AppError, Forbidden, NotFound
from app.processes import engine
from app.processes.models import ProcessVersion
from app.processes.service import publishing
from app.processes.service.publishing import Bundle
from app.processes.types import WouldLose
from app.repairs import migrating, migrations
from app.repairs.models import Migration
from app.repairs.types import (
    Difference,
    MigrationRunning,
    MigrationState,
    MovedState,
    NotRehearsed,
    SameVersion,
    VersionNotPublished,
)
from app.tickets.models import Ticket
from app.tickets.queries import ticket_of
from app.tickets.types import TicketState
from scripts.process import ROOT
from tests.repairs.conftest import ADMIN, PUBLISHER, SECOND, STRANGER
from tests.rights.crawler import state_of
from tests.support.office import PROCESS, Office

WHY = "新版本改正了环节的名称。"
Edit = Callable[[str], str]


def version(
    office: Office, model: Edit = str, form: Callable[[dict[str, Any]], None] | None = None
) -> ProcessVersion:
    """The shipped process with something changed, published."""
    bundle = Bundle.read(ROOT, PROCESS)
    forms = json.loads(json.dumps(bundle.forms))
    if form is not None:
        for one in forms.values():
            form(one)
    text = model(bundle.model.decode())
    made = publishing.deploy(
        office.session, now=office.now, bundle=Bundle(text.encode(), forms, bundle.documents)
    )
    publishing.publish(office.session, now=office.now, key=made.key, number=made.number)
    return made


def renamed(text: str) -> str:
    assert 'name="单位意见"' in text or "leader_approval" in text
    return text.replace("</bpmn:definitions>", "<!-- renamed --></bpmn:definitions>")


def without_leader(text: str) -> str:
    return text.replace("leader_approval", "head_approval")


def migrate(
    office: Office, ticket: Ticket, number: int, by: str = ADMIN, seen: int | None = None
) -> Ticket:
    return migrating.migrate(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        number=ticket.number,
        version=number,
        reason=WHY,
        seen=seen,
    )


def preview(office: Office, ticket: Ticket, number: int) -> Difference:
    found = migrating.preview(
        office.session,
        actor=office.actor(ADMIN),
        now=office.now,
        number=ticket.number,
        version=number,
    )
    ticket_of(office.session, ticket.instance_id)  # it was forgotten with what was taken back
    return found


def refusal(act: Callable[[], object]) -> AppError:
    with pytest.raises(AppError) as caught:
        act()
    return caught.value


def test_it_goes_on_where_it_stands(office: Office) -> None:
    ticket = office.walk(office.start(), to="leader_approval")
    made = version(office, renamed)
    assert ticket.instance.version_id != made.id
    assert preview(office, ticket, made.number) == Difference()
    migrate(office, ticket, made.number)
    assert ticket.instance.version_id == made.id
    office.walk(ticket)
    assert ticket.state is TicketState.CLOSED
    assert first_break(office.session, ticket.instance.audit_chain, ticket.instance) is None


def test_nothing_live_disappears(office: Office) -> None:
    """A node that is gone is lost for who stands there, and for nobody else."""
    there = office.walk(office.start(), to="leader_approval")
    before = office.start()
    made = version(office, without_leader)
    office.session.commit()
    state = state_of(office.session)
    lost = preview(office, there, made.number).losses
    assert len(lost) == 1
    assert "新版本中没有这个节点" in lost[0]
    found = refusal(lambda: migrate(office, there, made.number))
    assert isinstance(found, WouldLose)
    assert (found.code, found.facts["losses"]) == ("would_lose", list(lost))
    office.session.commit()
    assert state_of(office.session) == state
    ticket_of(office.session, before.instance_id)
    migrate(office, before, made.number)
    office.decide(before)
    assert office.task(before).node == "head_approval"


def test_answers_that_have_no_place_are_lost(office: Office) -> None:
    ticket = office.start()

    def drop_phone(form: dict[str, Any]) -> None:
        _drop(form["components"], "contact_phone")

    made = version(office, form=drop_phone)
    lost = preview(office, ticket, made.number).losses
    assert [text for text in lost if "申请表" in text]
    assert isinstance(refusal(lambda: migrate(office, ticket, made.number)), WouldLose)


def _drop(components: list[dict[str, Any]], key: str) -> None:
    for component in list(components):
        if component.get("key") == key:
            components.remove(component)
        _drop(component.get("components") or [], key)


def test_who_gets_an_open_step_is_asked_again_and_told(office: Office) -> None:
    """Not claimed yet: the new rule names the people. Claimed: it stays."""
    ticket = office.start()
    assert office.username(office.task(ticket).assignee_id) == "qinyongan"

    def by_leader(text: str) -> str:
        return text.replace(
            "position:dept_head@requester.unit", "position:unit_leader@requester.unit"
        )

    made = version(office, by_leader)
    notes = preview(office, ticket, made.number).notes
    assert any("由谁办变了" in text for text in notes)
    migrate(office, ticket, made.number)
    assert office.username(office.task(ticket).assignee_id) != "qinyongan"


def test_drafts_of_versions_and_the_same_version(office: Office) -> None:
    ticket = office.start()
    bundle = Bundle.read(ROOT, PROCESS)
    draft = publishing.deploy(
        office.session,
        now=office.now,
        bundle=Bundle(renamed(bundle.model.decode()).encode(), bundle.forms, bundle.documents),
    )
    own = engine.load(office.session, ticket.instance.version_id).number
    assert isinstance(refusal(lambda: migrate(office, ticket, draft.number)), VersionNotPublished)
    assert isinstance(refusal(lambda: migrate(office, ticket, own)), SameVersion)
    assert isinstance(refusal(lambda: migrate(office, ticket, 99)), NotFound)


def test_who_may_and_twice(office: Office) -> None:
    ticket = office.start()
    made = version(office, renamed)
    for by in (PUBLISHER, "yaohaiyang", "qinyongan"):
        assert isinstance(
            refusal(lambda by=by: migrate(office, ticket, made.number, by)), Forbidden
        )
    assert isinstance(refusal(lambda: migrate(office, ticket, made.number, STRANGER)), NotFound)
    seen = ticket.instance.rev
    migrate(office, ticket, made.number, seen=seen)
    for by in (ADMIN, SECOND):
        found = refusal(lambda by=by: migrate(office, ticket, made.number, by, seen))
        assert found.code == "stale_repair"
        assert isinstance(
            refusal(lambda by=by: migrate(office, ticket, made.number, by)), SameVersion
        )


# ── many at once ──


def begin(
    office: Office, made: ProcessVersion, *, by: str = ADMIN, of: str = "", key: str = ""
) -> Migration:
    found = migrations.create(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        key=PROCESS,
        number=1,
        version=made.number,
        reason=WHY,
        client_key=key or f"{by}:{of}:{office.now}",
        rehearsal_of=of,
    )
    office.session.commit()
    return found


def refused(office: Office, act: Callable[[], object]) -> AppError:
    """Nothing of it stays in the session."""
    office.session.commit()
    try:
        return refusal(act)
    finally:
        office.session.rollback()


def stands_on(office: Office, *tickets: Ticket) -> set[int]:
    return {ticket_of(office.session, one.instance_id).instance.version_id for one in tickets}


def work_off(office: Office) -> None:
    """The clock of the office may be ahead of the real one, in which the outbox lives."""
    office.session.execute(text("UPDATE outbox SET due_at = now() WHERE state = 'waiting'"))
    office.session.commit()
    while outbox.work_off():
        pass
    office.session.expire_all()


def report(office: Office, one: Migration) -> dict[str, tuple[MovedState, list[str]]]:
    items = migrations.list_items(office.session, one).items
    return {item.number: (item.state, item.told) for item in items}


def test_rehearsal_then_those_that_can(office: Office) -> None:
    """25 tickets in more than one step; each has its line; those that would lose stay."""
    going = [office.start() for _ in range(24)]
    stuck = office.walk(office.start(), to="leader_approval")
    closed = office.walk(office.start())
    far = office.start("qutianyu")
    made = version(office, without_leader)
    rehearsal = begin(office, made)
    assert rehearsal.is_running
    assert isinstance(refused(office, lambda: begin(office, made, by=SECOND)), MigrationRunning)
    work_off(office)
    assert rehearsal.state is MigrationState.DONE
    found = report(office, rehearsal)
    assert set(found) == {t.number for t in [*going, stuck]}
    assert closed.number not in found
    assert far.number not in found  # another county's: out of reach
    assert found[stuck.number][0] is MovedState.KEPT
    assert "没有这个节点" in found[stuck.number][1][0]
    assert migrations.counts(office.session, rehearsal)[MovedState.MOVED] == 24
    assert made.id not in stands_on(office, *going)  # nothing was done
    real = begin(office, made, of=rehearsal.id)
    work_off(office)
    assert migrations.counts(office.session, real)[MovedState.MOVED] == 24
    assert stands_on(office, *going) == {made.id}
    assert made.id not in stands_on(office, stuck)


def test_the_real_thing_follows_its_own_rehearsal_once(office: Office) -> None:
    office.start()
    made = version(office, renamed)
    assert isinstance(
        refused(office, lambda: begin(office, made, of="no-such-rehearsal")), NotRehearsed
    )
    rehearsal = begin(office, made, key="one page")
    assert begin(office, made, key="one page").id == rehearsal.id  # a second click
    assert isinstance(
        refused(office, lambda: begin(office, made, of=rehearsal.id)), MigrationRunning
    )
    work_off(office)
    real = begin(office, made, of=rehearsal.id)
    work_off(office)
    assert real.state is MigrationState.DONE
    assert isinstance(refused(office, lambda: begin(office, made, of=rehearsal.id)), NotRehearsed)


def test_a_publisher_rehearses_and_an_administrator_migrates(office: Office) -> None:
    office.start()
    made = version(office, renamed)
    rehearsal = begin(office, made, by=PUBLISHER)
    work_off(office)
    assert isinstance(
        refused(office, lambda: begin(office, made, by=PUBLISHER, of=rehearsal.id)), Forbidden
    )
    assert isinstance(refused(office, lambda: begin(office, made, by="yaohaiyang")), Forbidden)
    # One of a county does not see what one of the whole region began.
    assert isinstance(
        refusal(lambda: migrations.find(office.session, rehearsal.id, office.actor(STRANGER))),
        NotFound,
    )


def test_what_moved_between_is_looked_at_again(office: Office) -> None:
    """A ticket that walked on after the rehearsal is asked anew under its lock."""
    ticket = office.start()
    made = version(office, without_leader)
    rehearsal = begin(office, made)
    work_off(office)
    ticket_of(office.session, ticket.instance_id)
    office.decide(ticket)
    assert office.task(ticket).node == "leader_approval"
    real = begin(office, made, of=rehearsal.id)
    work_off(office)
    state, told = report(office, real)[ticket.number]
    assert state is MovedState.KEPT
    assert "没有这个节点" in told[0]
    assert made.id not in stands_on(office, ticket)


def test_it_can_be_stopped(office: Office) -> None:
    office.start()
    made = version(office, renamed)
    rehearsal = begin(office, made)
    for _ in range(2):
        migrations.stop(
            office.session, actor=office.actor(ADMIN), now=office.now, migration_id=rehearsal.id
        )
    office.session.commit()
    work_off(office)
    assert rehearsal.state is MigrationState.STOPPED
    assert migrations.counts(office.session, rehearsal)[MovedState.SKIPPED] == 1
    assert office.session.scalars(select(Migration)).one().finished_at
