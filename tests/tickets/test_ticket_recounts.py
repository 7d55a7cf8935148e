"""A notice comes or goes: what is open is counted anew, with a trace of both dates.

A longer walk: DEADLINES=40000 pytest -s -k many (docs/adr/0101).
"""

import os
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Text, cast, func, insert, literal, select

from app.audit.queries import list_chain
from app.audit.verifying import verify
from app.calendar import service as calendar
from app.calendar.days import DayKind
from app.calendar.lights import Horizon
from app.calendar.types import Draft, Said
from app.core.outbox import Outbox, OutboxState
from app.notifications.service.acts import TOLD
from app.processes.models import Instance
from app.tasks.models import Task, Visit
from app.tickets import policy, service
from app.tickets.dues import dues, history
from app.tickets.models import Ticket
from app.tickets.presentation import ticket_view
from app.tickets.queries import access_ticket
from app.tickets.recounts import DueChange, Recount
from tests.support.dated import CLERK, HALF, OFF, agree, begun, day, publish, unit_id, visit
from tests.support.office import Office

NEXT_YEAR = (date(2027, 1, 1),)
FESTIVAL = (date(2025, 8, 18), date(2025, 8, 19))
MANY = int(os.environ.get("DEADLINES", "40"))


def enter(
    office: Office,
    year: int,
    days: Sequence[date],
    unit: str | None = None,
    kind: DayKind = OFF,
) -> int:
    draft = Draft(
        unit_id=unit_id(office, unit) if unit else None,
        year=year,
        number=f"州政办函〔{year}〕{len(days)}号",
        title="放假通知",
        days=tuple(Said(one, kind) for one in days),
    )
    notice = calendar.enter_notice(office.session, actor=None, now=office.tick(), draft=draft)
    office.session.flush()
    return notice.id


def withdraw(office: Office, notice_id: int) -> None:
    calendar.withdraw_notice(
        office.session,
        actor=office.actor("duanshiyu"),
        now=office.tick(),
        notice_id=notice_id,
        version=1,
        reason="录错了",
    )
    office.session.flush()


def work_off(office: Office) -> list[Recount]:
    """Every batch that waits, as the worker does it; answers the walks."""
    while row := office.session.scalars(
        select(Outbox)
        .where(Outbox.topic == service.RECOUNT, Outbox.state == OutboxState.WAITING)
        .order_by(Outbox.id)
    ).first():
        given = row.payload
        service.recount_batch(office.session, given["recount"], given["step"], office.now)
        row.done(office.now)
        office.session.flush()
    office.session.expire_all()
    return list(office.session.scalars(select(Recount).order_by(Recount.id)))


def traces(office: Office, ticket: Ticket) -> list[tuple[str, str, str]]:
    events = list_chain(office.session, f"ticket:{ticket.number}")
    return [
        (one.data["what"], one.data["before"], one.data["after"])
        for one in events
        if one.kind == "ticket.due_changed"
    ]


def test_year_end(office: Office) -> None:
    """S13: an estimate until the notice of 2027 is entered; both dates stay."""
    publish(office, deadline="5wd", process="5wd")
    ticket = begun(office, "2026-12-28")
    assert (day(visit(office, ticket).due_at), visit(office, ticket).due_is_estimate) == (
        "2027-01-04 17:30",
        True,
    )
    enter(office, 2027, NEXT_YEAR)
    (walk,) = work_off(office)
    assert (walk.total, walk.done, walk.changed) == (2, 2, 2)
    assert walk.finished_at is not None
    kept = visit(office, ticket)
    assert (day(kept.due_at), kept.due_is_estimate) == ("2027-01-05 17:30", False)
    assert day(office.task(ticket).due_at) == day(ticket.due_at) == "2027-01-05 17:30"
    assert traces(office, ticket) == [
        ("审核", "2027-01-04", "2027-01-05"),
        ("整件", "2027-01-04", "2027-01-05"),
    ]
    changes = office.session.scalars(select(DueChange).order_by(DueChange.id)).all()
    assert [(one.what, day(one.before), day(one.after)) for one in changes] == [
        ("审核", "2027-01-04 17:30", "2027-01-05 17:30"),
        ("整件", "2027-01-04 17:30", "2027-01-05 17:30"),
    ]
    assert [(one.was_estimate, one.is_estimate) for one in changes] == [(True, False)] * 2
    whole, step = history(office.session, ticket)
    assert (whole.what, step.what, step.rule) == ("整件", "审核", "5 个工作日，从收到起")
    for one in (whole, step):
        (moved,) = one.changes
        assert (day(moved.before), day(moved.after)) == ("2027-01-04 17:30", "2027-01-05 17:30")
        assert (moved.notice, day(one.due_at)) == ("州政办函〔2027〕1号", "2027-01-05 17:30")
        assert [str(free) for free in one.skipped] == ["2027-01-01", "2027-01-02", "2027-01-03"]
    clerk = office.actor(CLERK)
    seen = access_ticket(office.session, ticket.number, clerk, policy.can_view)
    said = ticket_view(office.session, seen, clerk, office.now).timeline
    assert any(
        one.title == "审核：放假安排有变，时限重算"
        and one.text == "由 2027年1月4日 改为 2027年1月5日，依据 州政办函〔2027〕1号"
        for one in said
    )
    assert verify(office.session).first_break is None


def test_the_preview_tells_how_many_move(office: Office) -> None:
    """As the walk finds it afterwards; nothing of the preview stays."""
    publish(office, deadline="3wd")
    for _ in range(2):
        begun(office, "2025-08-15")
    begun(office, "2025-08-25")
    draft = Draft(
        unit_id=unit_id(office, "422800"),
        year=2025,
        number="州政办函〔2025〕2号",
        title="放假通知",
        days=tuple(Said(one, OFF) for one in FESTIVAL),
    )
    with office.session.begin_nested() as preview:
        weighed = calendar.weigh(office.session, actor=None, now=office.now, draft=draft)
        found = calendar.foresee(office.session, weighed, office.now)
        preview.rollback()
    assert (found.total, found.moved) == (3, 2)
    notice = enter(office, 2025, FESTIVAL, "422800")
    (walk,) = work_off(office)
    (shown,) = service.walks_of(office.session, notice)
    assert (shown.total, shown.done, shown.changed) == (walk.total, 3, found.moved)
    assert shown.finished_at is not None


def test_a_local_holiday_and_its_withdrawal(office: Office) -> None:
    """S13b: 08-20 by the nation, 08-22 with the notice of the 州, 08-20 again without it."""
    publish(office, deadline="3wd")
    ticket = begun(office, "2025-08-15")
    closed = begun(office, "2025-08-15")
    agree(office, closed)
    agree(office, closed)
    over = office.tasks(closed)[0]
    assert day(over.due_at) == "2025-08-20 17:30"
    notice = enter(office, 2025, FESTIVAL, "422800")
    work_off(office)
    assert day(office.task(ticket).due_at) == "2025-08-22 17:30"
    withdraw(office, notice)
    work_off(office)
    assert day(office.task(ticket).due_at) == "2025-08-20 17:30"
    assert traces(office, ticket) == [
        ("审核", "2025-08-20", "2025-08-22"),
        ("审核", "2025-08-22", "2025-08-20"),
    ]
    assert traces(office, closed) == []
    assert day(over.due_at) == "2025-08-20 17:30"


def test_an_afternoon_off_and_its_withdrawal(office: Office) -> None:
    """A deadline of that day ends at noon, and again when the office closes; no day moves."""
    publish(office, deadline="3wd")
    ticket, later = begun(office, "2025-08-15"), begun(office, "2025-08-18")
    days = (date(2025, 8, 20),)
    notice = enter(office, 2025, days, "422800", HALF)
    (walk,) = work_off(office)
    assert (walk.total, walk.changed) == (2, 1)
    assert day(visit(office, ticket).due_at) == "2025-08-20 12:00"
    assert day(office.task(ticket).due_at) == "2025-08-20 12:00"
    assert day(office.task(later).due_at) == "2025-08-21 17:30"
    fresh = begun(office, "2025-08-15")
    assert day(office.task(fresh).due_at) == "2025-08-20 12:00"
    ahead = Horizon(office.session, office.actor(CLERK).unit_id, office.now)
    why = "8月20日下午放假，到中午为止"
    for one, told in ((ticket, f"已跳过休息日 8月16日—17日；{why}"), (later, "")):
        (line,) = dues(office.session, one, office.tasks(one), ahead)
        assert line.shown.why == told
    assert why not in str(ahead.show(visit(office, ticket).due_at, stands=True))
    assert why in str(ahead.show(visit(office, ticket).due_at))  # as lists do, by the reader's days
    assert [one.noon for one in history(office.session, ticket)] == [why]
    withdraw(office, notice)
    work_off(office)
    assert [one.noon for one in history(office.session, ticket)] == [""]
    assert day(office.task(ticket).due_at) == day(office.task(fresh).due_at) == "2025-08-20 17:30"
    assert traces(office, ticket) == [("审核", "2025-08-20", "2025-08-20")] * 2
    (step,) = history(office.session, ticket)
    noon, closing = "2025-08-20 12:00", "2025-08-20 17:30"
    assert [(day(one.before), day(one.after)) for one in step.changes] == [
        (closing, noon),
        (noon, closing),
    ]
    clerk = office.actor(CLERK)
    seen = access_ticket(office.session, ticket.number, clerk, policy.can_view)
    said = [one.text for one in ticket_view(office.session, seen, clerk, office.now).timeline]
    cause = "依据 州政办函〔2025〕1号"
    assert f"由 2025年8月20日 17:30 改为 2025年8月20日 12:00，{cause}" in said
    assert f"由 2025年8月20日 12:00 改为 2025年8月20日 17:30，{cause}" in said
    event = list_chain(office.session, f"ticket:{ticket.number}")[-1]
    (news,) = TOLD[event.kind](office.session, event, office.now)
    assert news.facts["day"] == "2025年8月20日 17:30"


def test_a_notice_of_another_county_moves_nothing(office: Office) -> None:
    publish(office, deadline="3wd")
    ticket = begun(office, "2025-08-15")
    enter(office, 2025, FESTIVAL, "422801")
    assert work_off(office) == []
    assert day(office.task(ticket).due_at) == "2025-08-20 17:30"


def test_a_notice_that_makes_yesterday_a_holiday(office: Office) -> None:
    """What was late in the morning need not be any more."""
    publish(office, deadline="1wd")
    ticket = begun(office, "2025-08-15")
    enter(office, 2025, FESTIVAL, "422800")
    work_off(office)
    assert day(office.task(ticket).due_at) == "2025-08-20 17:30"


def test_a_batch_that_comes_twice_does_nothing(office: Office) -> None:
    publish(office, deadline="3wd")
    ticket = begun(office, "2025-08-15")
    enter(office, 2025, FESTIVAL, "422800")
    (walk,) = work_off(office)
    before = (walk.done, walk.changed, walk.step)
    for step in range(3):
        service.recount_batch(office.session, walk.id, step, datetime(2026, 12, 1, tzinfo=UTC))
    service.recount_batch(office.session, walk.id + 1, 0, office.now)
    office.session.expire_all()
    assert (walk.done, walk.changed, walk.step) == before
    assert len(traces(office, ticket)) == 1


def test_whoever_is_killed_goes_on_where_the_last_commit_stood(office: Office) -> None:
    """Batches of one; the second is cut off before its commit, and comes again."""
    publish(office, deadline="3wd", process="3wd")
    tickets = [begun(office, "2025-08-15") for _ in range(3)]
    enter(office, 2025, FESTIVAL, "422800")
    (walk,) = office.session.scalars(select(Recount)).all()
    seen = []
    for step in range(9):
        if step == 1:
            with office.session.begin_nested() as cut:
                service.recount_batch(office.session, walk.id, step, office.now, most=1)
                office.session.flush()
                cut.rollback()
            assert (walk.step, walk.done) == (1, 1)
        service.recount_batch(office.session, walk.id, step, office.now, most=1)
        office.session.flush()
        seen.append(walk.done)
        if walk.finished_at:
            break
    assert seen == [1, 2, 3, 3, 4, 5, 6, 6]
    assert walk.changed == walk.total == 6
    office.session.expire_all()
    assert {day(one.due_at) for one in tickets} == {"2025-08-22 17:30"}
    assert [len(traces(office, one)) for one in tickets] == [2, 2, 2]
    assert verify(office.session).first_break is None


def put_many(office: Office, ticket: Ticket, count: int) -> None:
    """As many runs more that stand where this one does."""
    nth = select(func.generate_series(1, count).label("n")).subquery()
    _copy(office, ticket.instance, nth, number=literal("R").concat(cast(nth.c.n, Text)))
    runs = select(Instance.id).where(Instance.number.like("R%")).subquery()
    _copy(office, visit(office, ticket), runs, instance_id=runs.c.id)
    visits = select(Visit.id, Visit.instance_id).join(runs, runs.c.id == Visit.instance_id)
    of = visits.subquery()
    _copy(office, office.task(ticket), of, visit_id=of.c.id, instance_id=of.c.instance_id)


def _copy(office: Office, row: Instance | Visit | Task, beside: Any, **changed: Any) -> None:
    """Once for each of these."""
    kind = type(row)
    columns = {
        name: changed.get(name, column)
        for name, column in kind.__table__.columns.items()
        if name != "id"
    }
    found = select(*columns.values()).select_from(kind).join(beside, literal(value=True))
    office.session.execute(insert(kind).from_select([*columns], found.where(kind.id == row.id)))


def test_many(office: Office) -> None:
    """A notice moves all of them, batch by batch; a walk of thousands is told how long it took."""
    publish(office, deadline="3wd")
    ticket = begun(office, "2025-08-15")
    office.session.flush()
    put_many(office, ticket, MANY - 1)
    enter(office, 2025, FESTIVAL, "422800")
    began = time.monotonic()
    (walk,) = work_off(office)
    took = f"{walk.total} deadlines in {walk.step} batches: {time.monotonic() - began:.1f} s"
    print(took)  # noqa: T201 - for whoever asked for thousands
    assert walk.finished_at is not None
    assert (walk.total, walk.done, walk.changed) == (MANY, MANY, MANY)
    assert office.session.scalar(select(func.count()).select_from(DueChange)) == MANY
    days = {day(moment) for moment in office.session.scalars(select(Task.due_at))}
    assert days == {"2025-08-22 17:30"}
