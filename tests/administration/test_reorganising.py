"""机构调整: another name, a merger, a closure; who orders it, and what it leaves behind."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.administration import service
from app.administration.models import Reorganisation
from app.administration.pages import plan_page
from app.administration.remains import weigh
from app.administration.reorganising import Change
from app.administration.types import (
    MayNotClose,
    PlanKind,
    PlanLive,
    PlanMoved,
    PlanNotFound,
    PlanOver,
    PlanOwn,
    PlanState,
    PlanTooFar,
    Refused,
    StaleUnit,
    UnitClosed,
)
from app.audit.models import Event
from app.core import clock
from app.core.crypto import seal
from app.core.errors import Forbidden, NotFound
from app.identity.cover_models import Pair
from app.identity.models import Appointment, Unit
from app.identity.queries import unit_by_code
from app.identity.types import Position
from app.ledgers.models import LedgerRow
from app.notifications.models import Channel
from app.notifications.queries import list_channels
from app.outages import service as outages
from app.outages.types import Draft, OutageTwice
from app.processes.models import Incident
from app.tasks.queries import list_tasks
from app.tasks.types import Box
from app.tickets.presentation import ticket_view
from app.tickets.queries import list_tickets
from app.tickets.types import Filters, MayNotStart, TicketBox
from tests.administration.conftest import ADMIN, SECOND, STRANGER, person_of
from tests.support.office import Office

OLD, NEW = "咸丰县公共就业服务中心", "咸丰县就业服务局"
CENTRE, SECTION, TOWN = "422826-jyzx", "422826-rsj-jyg", "422826-gaoleshan"
PAPER = {"document": "咸编办〔2026〕7号", "reason": "机构改革，按县委编办文件调整。"}
Propose = Callable[..., Reorganisation]


def today(office: Office) -> date:
    return clock.local(office.now).date()


@pytest.fixture
def propose(office: Office) -> Propose:
    def act(code: str = CENTRE, *, by: str = ADMIN, **given: Any) -> Reorganisation:
        session = office.session
        session.flush()
        session.expire_all()
        unit = unit_by_code(session, code)
        to = given.pop("to", None)
        change = Change(
            **{"kind": PlanKind.RENAME, "day": today(office), "new_name": NEW, **PAPER, **given}
        )
        if to:
            change = replace(change, successor=unit_by_code(session, to), new_name="")
        made = service.propose(
            session,
            actor=office.actor(by),
            now=office.tick(),
            unit_id=unit.id,
            seen=unit.rev,
            change=change,
        )
        session.commit()
        return made

    return act


def confirm(office: Office, plan: Reorganisation, by: str = SECOND) -> Reorganisation:
    now = office.tick()
    made = service.confirm_plan(
        office.session,
        actor=office.actor(by),
        now=now,
        plan_id=plan.id,
        version=plan.version,
        seen=weigh(office.session, plan.unit, now).mark,
    )
    office.session.commit()
    office.session.expire_all()
    return made


def rows(office: Office, by: str, **given: Any) -> dict[str, str]:
    page = list_tickets(office.session, office.actor(by), TicketBox.ALL, **given)
    return {row.number: row.unit_name for row in page.items}


def test_tickets_keep_the_name_of_their_day(office: Office, propose: Propose) -> None:
    """What was asked for before shows the old name everywhere, what comes after the new one; a
    draft that was not sent yet is sent under the new one.
    """
    first, draft = office.start(), office.draft()
    plan = propose()
    with pytest.raises(PlanOwn):
        confirm(office, plan, by=ADMIN)
    assert confirm(office, plan).state is PlanState.DONE
    second = office.start()
    office.submit(draft)
    named = {first.number: OLD, second.number: NEW, draft.number: NEW}
    assert rows(office, SECOND) == named
    assert rows(office, SECOND, q="公共就业") == {first.number: OLD}
    assert rows(office, SECOND, q="就业服务局") == {second.number: NEW, draft.number: NEW}
    assert rows(office, SECOND, filters=Filters(unit="公共就业")) == named
    todo = list_tasks(office.session, office.actor("qinyongan"), Box.TODO)
    assert {row.number: row.unit_name for row in todo.items} == named
    office.walk(first)
    view = ticket_view(office.session, first, office.actor("qinyongan"), office.now)
    assert view.unit_name == OLD
    booked = office.session.scalars(select(LedgerRow).where(LedgerRow.ticket == first.number))
    assert {row.values["unit"] for row in booked} == {OLD}
    assert unit_by_code(office.session, CENTRE).name == NEW
    told = select(Event.data).where(Event.kind == "unit.reorganised")
    assert office.session.scalars(told).one()["plan"] == f"{OLD}更名为{NEW}"


def test_a_merged_unit_goes_over_whole(office: Office, propose: Propose) -> None:
    """People, positions, pairs, drafts and what waits; whoever has a task keeps it."""
    session = office.session
    office.appoint("huangyan", Position.DEPT_HEAD, CENTRE)
    shared, draft = office.start(), office.draft()
    office.dismiss(Position.DEPT_HEAD, SECTION)
    pair = Pair(
        unit_id=unit_by_code(session, CENTRE).id,
        position=Position.DEPT_HEAD,
        a_id=office.actor("qinyongan").person_id,
        b_id=office.actor("huangyan").person_id,
        entered_by_id=office.actor(ADMIN).person_id,
        created_at=office.now,
    )
    chat = Channel(
        unit_id=unit_by_code(session, CENTRE).id,
        name="就业中心工作群",
        url_sealed=seal("json://chat.example/robot"),
        entered_by_id=office.actor(ADMIN).person_id,
        entered_at=office.now,
    )
    session.add_all([pair, chat])
    session.flush()
    effect = weigh(session, unit_by_code(session, CENTRE), office.now)
    assert (effect.tickets, effect.drafts, effect.tasks, effect.keys) == (1, 1, 1, 1)
    assert effect.pairs == 1
    assert effect.positions == effect.people + 1  # one is registered elsewhere
    confirm(office, propose(kind=PlanKind.MERGE, to=SECTION))
    centre, section = unit_by_code(session, CENTRE), unit_by_code(session, SECTION)
    assert centre.closed_at
    assert centre.path == f"{section.path}{CENTRE}/"
    clerk = office.actor("yaohaiyang")
    assert (clerk.unit_code, clerk.keys) == (SECTION, [f"clerk:{SECTION}", "person:yaohaiyang"])
    assert pair.unit_id == section.id
    assert chat in list_channels(session, clerk)
    task = office.task(shared)
    assert task.candidates == [f"dept_head:{SECTION}"]
    assert office.decide(shared, by="qinyongan").outcome == "approve"
    office.submit(draft)
    assert rows(office, SECOND) == {shared.number: OLD, draft.number: section.name}
    found = list_tickets(session, office.actor("yaohaiyang"), TicketBox.UNIT, q=shared.number)
    assert [row.number for row in found.items] == [shared.number]
    with pytest.raises(MayNotClose, match="并入"):
        service.reopen_unit(
            session,
            actor=office.actor(SECOND),
            now=office.tick(),
            unit_id=centre.id,
            seen=centre.rev,
        )
    (late,) = service.late_plans(session, now=office.tick())
    service.follow_up(session, now=office.tick(), plan_id=late)  # nothing is left to go over
    moved = select(Event.kind).where(Event.kind == "task.succeeded")
    assert len(session.scalars(moved).all()) == 1


def test_nothing_open_is_left_without_anybody(office: Office, propose: Propose) -> None:
    """Whom the rule finds nowhere any more: an incident says so."""
    office.appoint("huangyan", Position.DEPT_HEAD, CENTRE)
    ticket = office.start()
    office.dismiss(Position.DEPT_HEAD, CENTRE)
    office.dismiss(Position.DEPT_HEAD, SECTION)
    confirm(office, propose(kind=PlanKind.CLOSE, to=SECTION))
    found = office.session.scalars(select(Incident.cause)).all()
    assert [("部门" in cause, ticket.instance.open_incident_count) for cause in found] == [
        (True, 1)
    ]


def test_what_cannot_be_is_refused(office: Office, propose: Propose) -> None:
    """Each says which field, and how to mend it."""
    ticket = office.start()
    merge = {"kind": PlanKind.MERGE}
    yesterday = today(office) - timedelta(days=1)
    for field, words, given in (
        ("unit_name", "一样", {"new_name": OLD}),
        ("unit_name", "用这个名称", {"new_name": "咸丰县人社局就业股"}),
        ("day", ticket.number, {"day": yesterday}),
        ("day", "一年", {"day": today(office) + timedelta(days=400)}),
        ("day", "一年以内", {"day": date.min}),  # no moment that the database could tell
        ("successor", "没有选", merge),
        ("successor", "自己", {**merge, "to": CENTRE}),
        ("successor", "别处", {**merge, "to": "422827-jyzx", "by": SECOND}),
        ("successor", "同一级", {**merge, "to": TOWN}),
        ("successor", "下属", {**merge, "code": "422826-rsj", "to": SECTION}),
        ("plan_kind", "行政区划", {**merge, "code": "422826", "to": SECTION}),
        ("successor", "没有办结", {"kind": PlanKind.CLOSE, "new_name": ""}),
    ):
        with pytest.raises(Refused) as refused:
            propose(**given)
        told = {str(error.path): str(error.message) for error in refused.value.errors}
        assert words in told[field]
    for by, error in ((STRANGER, NotFound), ("yaohaiyang", Forbidden)):
        with pytest.raises(error):
            propose(by=by)
    office.session.rollback()


def test_one_plan_a_unit_and_no_circles(office: Office, propose: Propose) -> None:
    """A second click finds the first; another plan, a circle, an old page are refused."""
    plan = propose()
    assert propose().id == plan.id
    with pytest.raises(PlanLive):
        propose(by=SECOND)
    with pytest.raises(Refused):
        propose(SECTION, new_name=NEW)  # somebody else is about to be called so
    given: dict[str, Any] = {"actor": office.actor(SECOND), "now": office.tick()}
    with pytest.raises(PlanNotFound):
        confirm(office, plan, by=STRANGER)
    with pytest.raises(PlanMoved):
        service.retract(office.session, **given, plan_id=plan.id, version=plan.version + 1)
    service.retract(office.session, **given, plan_id=plan.id, version=plan.version)
    with pytest.raises(PlanOver):
        confirm(office, plan)
    merged = propose(kind=PlanKind.MERGE, to=SECTION)
    with pytest.raises(Refused):
        propose(SECTION, kind=PlanKind.MERGE, to=CENTRE)
    seen = {"version": merged.version, "seen": weigh(office.session, merged.unit, office.now).mark}
    office.start()
    with pytest.raises(PlanMoved):
        service.confirm_plan(office.session, **given, plan_id=merged.id, **seen)
    unit = unit_by_code(office.session, TOWN)
    with pytest.raises(StaleUnit):
        service.propose(
            office.session,
            **given,
            unit_id=unit.id,
            seen=unit.rev + 1,
            change=Change(PlanKind.RENAME, today(office), **PAPER, new_name="新高乐山镇"),
        )


def test_who_confirms_looks_after_both(office: Office, propose: Propose) -> None:
    """A township's own administrator does not put its people among those of another one."""
    other = "422826-other"
    above = unit_by_code(office.session, "422826")
    given: dict[str, Any] = {"actor": office.actor(ADMIN), "now": office.tick()}
    service.add_unit(
        office.session,
        **given,
        unit_id=above.id,
        seen=above.rev,
        code=other,
        name="试设镇",
        kind=unit_by_code(office.session, TOWN).kind,
    )
    office.appoint("moujunjie", Position.SYSTEM_ADMIN, TOWN)
    office.session.get_one(Unit, unit_by_code(office.session, other).id).level = unit_by_code(
        office.session, TOWN
    ).level
    plan = propose(TOWN, kind=PlanKind.MERGE, to=other)
    near = office.actor("moujunjie")
    assert not plan_page(office.session, near, office.now, plan.id)["may_confirm"]
    with pytest.raises(PlanTooFar):
        confirm(office, plan, by="moujunjie")
    assert plan_page(office.session, office.actor(SECOND), office.now, plan.id)["may_confirm"]
    assert confirm(office, plan).state is PlanState.DONE


def test_what_was_held_in_both_lasts_as_long_as_either(office: Office, propose: Propose) -> None:
    """Held for good in the unit that ends, from next week on or until tomorrow in the other."""
    session, now = office.session, office.now
    for name, since, until in (
        ("yaohaiyang", now - timedelta(days=9), now + timedelta(days=1)),
        ("qinyongan", now + timedelta(days=7), now + timedelta(days=9)),
    ):
        (held,) = office.actor(name).positions
        made = Appointment(
            person_id=office.actor(name).person_id,
            position=Position(held.position),
            unit_id=unit_by_code(session, SECTION).id,
            source="test",
        )
        made.lay_down(since, until, now)
        session.add(made)
    session.commit()
    confirm(office, propose(kind=PlanKind.MERGE, to=SECTION))
    for name in ("yaohaiyang", "qinyongan"):
        now_held = office.actor(name)
        assert {one.unit_code for one in now_held.positions} == {SECTION}
        kept = session.scalars(
            select(Appointment).where(
                Appointment.person_id == now_held.person_id, Appointment.ends_at.is_(None)
            )
        ).all()
        assert [one.holds_at(office.now) for one in kept] == [True]


def test_papers_of_an_outage_after_a_merger(office: Office, propose: Propose) -> None:
    """An outage of a merged unit is entered once more, for its successor."""
    since, until = office.now - timedelta(hours=50), office.now - timedelta(hours=40)

    def declare(code: str) -> None:
        outages.declare(
            office.session,
            actor=office.actor(SECOND),
            now=office.tick(),
            draft=Draft(unit_by_code(office.session, code).id, since, until, "机房停电"),
        )

    declare(CENTRE)
    confirm(office, propose(kind=PlanKind.MERGE, to=SECTION))
    declare(SECTION)
    with pytest.raises(OutageTwice):
        declare(SECTION)


def test_it_waits_for_its_day(office: Office, propose: Propose) -> None:
    """Carried out on its day; what stands against it then is said, and it waits."""
    session, day = office.session, today(office) + timedelta(days=3)
    first = confirm(office, propose(kind=PlanKind.MERGE, to=SECTION, day=day))
    assert first.state is PlanState.CONFIRMED
    assert service.due_plans(session, now=office.tick()) == []
    later = office.now + timedelta(days=5)
    section = unit_by_code(session, SECTION)
    section.closed_at = later
    assert service.due_plans(session, now=later) == [first.id]
    service.carry_out(session, now=later, plan_id=first.id)
    assert "已经关闭" in first.stuck
    assert first.state is PlanState.CONFIRMED
    section.closed_at = None
    service.carry_out(session, now=later, plan_id=first.id)
    assert (first.state, first.stuck) == (PlanState.DONE, "")
    assert service.due_plans(session, now=later) == []
    assert person_of(session, "yaohaiyang").unit_id == section.id


def test_a_unit_without_anything_is_closed(office: Office, propose: Propose) -> None:
    """Nobody takes it over; a position that is asked for there goes nowhere."""
    session = office.session
    above = unit_by_code(session, SECTION)
    made = service.add_unit(
        session,
        actor=office.actor(ADMIN),
        now=office.tick(),
        unit_id=above.id,
        seen=above.rev,
        code="422826-trial",
        name="试设组",
        kind=above.kind,
    )
    confirm(office, propose("422826-trial", kind=PlanKind.CLOSE, new_name=""))
    assert made.closed_at
    with pytest.raises(UnitClosed):
        propose("422826-trial")
    office.session.get_one(Unit, office.actor("yaohaiyang").unit_id).closed_at = office.now
    with pytest.raises(MayNotStart, match="撤销"):
        office.draft()
