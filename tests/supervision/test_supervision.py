"""督办: asked by a leader, answered by whoever has the step, closed; it decides nothing."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.audit.queries import list_chain
from app.audit.verifying import verify
from app.calendar.lights import Horizon
from app.core.clock import today
from app.core.errors import AppError, Invalid
from app.identity.demo import DEMO_PASSWORD
from app.identity.queries import unit_by_code
from app.identity.service import give_name
from app.identity.types import Position
from app.supervision import queries, service
from app.supervision.models import Supervision
from app.supervision.types import (
    Asked,
    DueRow,
    InYourHands,
    Lamp,
    MayNotAnswer,
    MayNotList,
    MayNotSupervise,
    NothingToSupervise,
    StaleSupervision,
    State,
    SupervisedAlready,
    SupervisionNotFound,
    SupervisionOver,
    What,
)
from app.tasks import service as tasks
from app.tasks.types import TaskNotFound, TaskState
from app.tickets import service as tickets
from app.tickets.models import Ticket
from app.tickets.types import TicketNotFound
from tests.support.dated import CLERK, HEAD, LEADER, agree, begun, on, publish, unit_id, visit
from tests.support.office import Browser, Office, race

FAR_LEADER, AUDITOR, TOP = "tengguorong", "humin", "huangxuelian"
DAY = date(2026, 10, 14)


@pytest.fixture
def late(office: Office) -> Ticket:
    """Due on 10-10, red on 10-12 in the hands of 秦永安."""
    publish(office, deadline="3wd", process="10wd", sign="1wd")
    office.appoint(TOP, Position.BUREAU_LEADER, "422826-rsj")
    ticket = begun(office, "2026-09-30")
    on(office, "2026-10-12")
    return ticket


def ask(office: Office, ticket: Ticket, by: str = LEADER, **given: Any) -> Supervision:
    sent = {"demand": "请说明为什么没有办。", "answer_by": DAY, **given}
    return service.open_supervision(
        office.session, actor=office.actor(by), now=office.now, number=ticket.number, **sent
    )


def answer(office: Office, row: Supervision, by: str = HEAD, **given: Any) -> Supervision:
    sent = {"text": "材料在核对，明天办完。", "version": row.rev, **given}
    return service.answer(
        office.session, actor=office.actor(by), now=office.now, supervision_id=row.id, **sent
    )


def close(office: Office, row: Supervision, by: str = LEADER, **given: Any) -> Supervision:
    sent = {"text": "知道了。", "version": row.rev, **given}
    return service.close(
        office.session, actor=office.actor(by), now=office.now, supervision_id=row.id, **sent
    )


def dues(office: Office, by: str = LEADER, what: What = What.STEPS, **asked: Any) -> list[DueRow]:
    actor = office.actor(by)
    horizon = Horizon(office.session, actor.unit_id, office.now)
    page = queries.list_dues(
        office.session, actor, horizon, what=what, asked=Asked(**asked), limit=50
    )
    return list(page.items)


def test_the_ticket_keeps_the_name_of_its_unit(office: Office, late: Ticket) -> None:
    ask(office, late, task_id=office.task(late).id)
    unit = unit_by_code(office.session, office.actor(CLERK).unit_code)
    old = unit.name
    give_name(office.session, unit, "咸丰县就业服务局", office.now)
    listed = queries.list_supervisions(office.session, office.actor(LEADER), DAY).items
    shown = queries.supervisions_of(office.session, late, office.actor(LEADER), DAY)
    assert [one.unit_name for one in (*listed, *shown)] == [old, old]


def test_a_story(office: Office, late: Ticket) -> None:
    row = ask(office, late, task_id=office.task(late).id)
    assert (row.state, row.what, late.instance.supervision_count) == (State.OPEN, "审核", 1)
    with pytest.raises(SupervisedAlready):
        ask(office, late, task_id=office.task(late).id)
    with pytest.raises(SupervisedAlready):  # the second person
        ask(office, late, by=TOP, task_id=office.task(late).id)
    with pytest.raises(MayNotAnswer):
        answer(office, row, by=CLERK)
    for words in ("", "长" * 501):
        with pytest.raises(Invalid):
            answer(office, row, text=words)
    seen = row.rev
    answer(office, row)
    assert row.state is State.ANSWERED
    for stale in (seen, None):
        with pytest.raises(StaleSupervision):  # the double click, the stale page
            answer(office, row, version=stale)
        with pytest.raises(StaleSupervision):
            close(office, row, version=stale)
    for who in (CLERK, HEAD):  # a leader too, but he is asked himself
        with pytest.raises(MayNotSupervise):
            close(office, row, by=who)
    close(office, row)
    for act in (answer, close):
        with pytest.raises(SupervisionOver):
            act(office, row)
    office.session.flush()
    kinds = [one.kind for one in list_chain(office.session, f"ticket:{late.number}")]
    assert [one for one in kinds if one.startswith("supervision.")] == [
        *("supervision.opened", "supervision.answered", "supervision.closed")
    ]
    assert verify(office.session).first_break is None
    assert ask(office, late, task_id=office.task(late).id).state is State.OPEN  # another one


def test_who_may_ask_and_of_what(office: Office, late: Ticket) -> None:
    for who, error in (
        (CLERK, MayNotSupervise),
        (AUDITOR, MayNotSupervise),
        (FAR_LEADER, TicketNotFound),
        (HEAD, InYourHands),
    ):
        with pytest.raises(error):
            ask(office, late, by=who)
    for wrong in ({"demand": " "}, {"answer_by": None}, {"answer_by": date(2026, 10, 11)}):
        with pytest.raises(Invalid):
            ask(office, late, **wrong)
    with pytest.raises(NothingToSupervise):
        ask(office, late, task_id=10**9)
    whole = ask(office, late)
    with pytest.raises(SupervisionNotFound):
        answer(office, whole, by=FAR_LEADER)
    with pytest.raises(TaskNotFound):  # who asks may not decide
        office.decide(late, by=LEADER, signing=None)
    assert office.task(late).state is TaskState.OPEN
    agree(office, late)
    answer(office, whole, by=LEADER)  # of the whole: whoever has it now
    agree(office, late)
    office.session.refresh(whole)
    assert (whole.state, whole.closed_by_id) == (State.CLOSED, None)
    with pytest.raises(NothingToSupervise):
        ask(office, late)


def test_the_list(office: Office, late: Ticket) -> None:
    """Red and yellow of the units one leads; the auditor all he sees; others nothing."""
    office.now = office.now.replace(hour=16)
    near, later = begun(office), begun(office)
    while (waiting := tickets.next_reminder(office.session, office.now)) is not None:
        tickets.remind(office.session, waiting, office.now)
        office.session.flush()
    agree(office, near)  # at `sign`, due tomorrow
    assert [(one.number, one.shown.light, one.holders) for one in dues(office)] == [
        (late.number, "red", "秦永安"),
        (near.number, "yellow", "彭秀英"),
    ]
    assert [one.is_escalated for one in dues(office)] == [True, False]
    assert [one.number for one in dues(office, escalated=True)] == [late.number]
    assert [one.number for one in dues(office, lamp=Lamp.RED)] == [late.number]
    assert [one.number for one in dues(office, lamp=Lamp.YELLOW)] == [near.number]
    assert [one.number for one in dues(office, lamp=Lamp.GREEN)] == [later.number]
    assert len(dues(office, lamp=Lamp.ALL)) == len(dues(office, AUDITOR, lamp=Lamp.ALL)) == 3
    assert [one.number for one in dues(office, person="秦永")] == [late.number]
    assert len(dues(office, unit="就业", process="dated")) == 2
    assert dues(office, process="other") == dues(office, unit="没有这个单位") == []
    assert [one.what for one in dues(office, what=What.WHOLE, lamp=Lamp.ALL)] == ["整件"] * 3
    assert [one.number for one in dues(office, HEAD, person="秦")] == [late.number]
    assert dues(office, FAR_LEADER, lamp=Lamp.ALL) == []
    with pytest.raises(MayNotList):
        dues(office, CLERK)
    ask(office, late, task_id=office.task(late).id)
    assert dues(office)[0].supervision is State.OPEN
    listed = queries.list_supervisions(office.session, office.actor(LEADER), date(2026, 10, 15))
    assert [(one.number, one.is_late, one.what) for one in listed.items] == [
        (late.number, True, "审核")
    ]
    assert not queries.list_supervisions(office.session, office.actor(FAR_LEADER), DAY).items


def asked_for(office: Office, by: str) -> list[int]:
    actor = office.actor(by)
    return [one.id for one in queries.list_supervisions(office.session, actor, DAY).items]


def test_whose_list_has_what_was_asked_for(office: Office, late: Ticket) -> None:
    """Of one's units, of what they handle, and one's own as long as one may see the ticket."""
    step, whole = ask(office, late, task_id=office.task(late).id), ask(office, late, by=TOP)
    everything = [step.id, whole.id]
    for who in (LEADER, TOP, AUDITOR, HEAD):
        assert asked_for(office, who) == everything
    visit(office, late).due_unit_id = unit_id(office, "422826-xxzx")
    office.appoint("tanlihua", Position.DEPT_HEAD, "422826-xxzx")
    on(office, "2026-10-12")
    assert asked_for(office, "tanlihua") == [step.id]  # whose step it is, and not the whole
    agree(office, late)  # 彭秀英 has a part in it from now on, 黄雪莲 has none
    late.unit_id = unit_id(office, "422827-rsj")
    assert asked_for(office, FAR_LEADER) == asked_for(office, AUDITOR) == everything  # of the 州
    assert asked_for(office, LEADER) == [step.id]
    assert asked_for(office, TOP) == []
    assert asked_for(office, "tanlihua") == []
    with pytest.raises(MayNotList):
        asked_for(office, CLERK)


def test_who_leads_the_office_that_handles_a_step_without_a_deadline(office: Office) -> None:
    """The unit is known by who may take it, where no deadline has kept it."""
    publish(office, assign="position:account_admin@same_level(requester.unit)")
    office.appoint("tanguifang", Position.DEPT_HEAD, "422826-xxzx")
    ticket = begun(office, "2026-09-30")
    assert visit(office, ticket).due_unit_id is None
    assert ask(office, ticket, by="tanguifang").state is State.OPEN
    with pytest.raises(MayNotSupervise):
        ask(office, ticket, by="wuyiming")


def test_the_list_reads_an_index_in_its_order(
    office: Office, late: Ticket, count_queries: Callable[[], Any]
) -> None:
    """By key: a page, however many deadlines there are; and as many statements for any page."""
    counter = count_queries()
    dues(office)
    few = len(counter)
    for _ in range(3):
        begun(office)
    counter = count_queries()
    dues(office, lamp=Lamp.ALL)
    assert len(counter) == few
    assert late.number
    plans = {
        "ix_visit_due_at": "SELECT id FROM visit WHERE state = 'open' AND due_at IS NOT NULL"
        " AND due_at < now() ORDER BY due_at, id LIMIT 51",
        "ix_ticket_due_at": "SELECT id FROM ticket WHERE closed_at IS NULL AND due_at IS NOT NULL"
        " AND due_at < now() ORDER BY due_at, id LIMIT 51",
        "ix_visit_next": "SELECT id FROM visit WHERE state = 'open' AND due_next_at <= now()"
        " ORDER BY due_next_at, id LIMIT 1",
        "ix_ticket_next": "SELECT id FROM ticket WHERE closed_at IS NULL AND due_next_at <= now()"
        " ORDER BY due_next_at, id LIMIT 1",
    }
    office.session.execute(text("SET LOCAL enable_seqscan = off"))
    for index, statement in plans.items():
        rows = office.session.execute(text(f"EXPLAIN {statement}")).scalars().all()
        plan = "\n".join(rows)
        assert index in plan
        assert "Sort" not in plan


def test_pages_and_rest(office: Office, late: Ticket, browser: Callable[[str], Browser]) -> None:
    office.session.commit()
    leader, head, clerk = browser(LEADER), browser(HEAD), browser(CLERK)
    path = f"/tickets/{late.number}"
    assert "发出督办" in leader.get(path).text
    assert "发出督办" not in head.get(path).text
    wrong = leader.post(f"{path}/supervise", demand="", answer_by="2099-01-01")
    assert wrong.status_code == 422
    assert "请写明要他做什么" in wrong.text
    assert '<option value="" selected>整件' in wrong.text  # as it was chosen
    assert "答复的日期不能早于今天" in wrong.text
    task = office.task(late).id
    made = leader.post(f"{path}/supervise", demand="请尽快。", answer_by=_soon(), task=task)
    assert made.status_code == 302
    page = head.get(path).text
    assert "请尽快。" in page
    assert page.index("请尽快。") < page.index('class="case"')  # at the top
    assert "答复督办" in page
    assert "答复督办" not in leader.get(path).text
    row = office.session.query(Supervision).one()
    one = f"/supervisions/{row.id}"
    assert clerk.post(f"{one}/answer", text="我来", version=1).status_code == 403
    assert head.post(f"{one}/answer", text="", version=1).status_code == 422
    assert head.post(f"{one}/answer", text="明天。", version=1).status_code == 302
    assert head.post(f"{one}/answer", text="明天。", version=1).status_code == 409
    assert leader.post(f"{one}/close", text="", version=2).status_code == 302
    assert "办结的督办 1 项" in head.get(path).text
    assert browser(FAR_LEADER).post(f"{one}/close", version=3).status_code == 404
    assert leader.get("/supervision").status_code == 200
    assert leader.get("/supervision", of="asked").status_code == 200
    assert leader.get("/supervision", of="nothing").status_code == 400
    assert clerk.get("/supervision").status_code == 403
    log = head.get(path, view="log").text
    assert "时限是怎么算的" in log
    assert "3 个工作日，从收到起" in log
    assert "时限督办" not in clerk.get("/tasks").text


def test_over_rest(office: Office, late: Ticket, app: Flask) -> None:
    """A page that is stale and a second click are told so; to a stranger nothing is there."""
    office.session.commit()
    leader, head, stranger, clerk = (_rest(app, who) for who in (LEADER, HEAD, FAR_LEADER, CLERK))
    path, body = f"/api/v1/tickets/{late.number}/supervisions", {"demand": "请尽快。"}
    for wrong in (body, body | {"answer_by": "2099-01-01"}, body | {"answer_by": "明天"}):
        assert leader("post", path, wrong).status_code == 422
    body["answer_by"] = _soon()
    assert stranger("post", path, body).status_code == stranger("get", path).status_code == 404
    assert clerk("post", path, body).status_code == 403
    made = leader("post", path, body)
    assert (made.status_code, made.json["actions"], made.json["what"]) == (201, ["close"], "整件")
    assert leader("post", path, body).json["code"] == "supervised_already"
    one = f"/api/v1/supervisions/{made.json['id']}"
    said = {"text": "明天。", "version": made.json["version"]}
    assert stranger("post", f"{one}/answer", said).status_code == 404
    assert head("post", f"{one}/answer", said).json["answers"][0]["text"] == "明天。"
    for again in (said, {"text": "明天。"}):
        assert head("post", f"{one}/answer", again).status_code == 409
    assert leader("post", f"{one}/close", {"version": made.json["version"]}).status_code == 409
    listed = leader("get", "/api/v1/supervisions").json["items"]
    assert [(row["id"], row["state"]) for row in listed] == [(made.json["id"], "answered")]
    assert stranger("get", "/api/v1/supervisions").json["items"] == []
    assert clerk("get", "/api/v1/supervisions").status_code == 403
    closed = leader("post", f"{one}/close", {"version": 2}).json
    assert (closed["state"], closed["actions"], closed["closed_by"]) == ("closed", [], "彭秀英")
    assert leader("get", f"/api/v1/supervisions/{10**30}.pdf").status_code == 404


def _rest(app: Flask, username: str) -> Callable[..., Any]:
    client = app.test_client()
    login = {"username": username, "password": DEMO_PASSWORD}
    token = client.post("/api/v1/tokens", json=login).json["token"]
    head = {"Authorization": f"Bearer {token}"}
    return lambda method, path, body=None: client.open(
        path, method=method.upper(), json=body, headers=head
    )


def _soon() -> str:
    return (today() + timedelta(days=2)).isoformat()


@pytest.mark.committed
def test_two_at_once(office: Office) -> None:
    """Whoever comes second hears of the first."""
    publish(office, deadline="3wd")
    office.appoint(TOP, Position.BUREAU_LEADER, "422826-rsj")
    ticket = begun(office, "2026-09-30")
    on(office, "2026-10-12")
    office.session.commit()
    leader, top = office.actor(LEADER), office.actor(TOP)

    def act(actor: Any) -> Callable[[Any], object]:
        return lambda session: service.open_supervision(
            session,
            actor=actor,
            now=office.now,
            number=ticket.number,
            demand="请尽快。",
            answer_by=DAY,
        )

    answers = race(act(leader), act(top))
    assert sorted(type(one).__name__ for one in answers) == ["SupervisedAlready", "Supervision"]
    row = office.session.query(Supervision).one()

    def said(words: str) -> Callable[[Any], object]:
        head = office.actor(HEAD)
        return lambda session: service.answer(
            session, actor=head, now=office.now, supervision_id=row.id, version=1, text=words
        )

    answers = race(said("一"), said("二"))
    assert [isinstance(one, AppError) for one in answers].count(True) == 1


def test_handing_on_hands_on_the_answer(office: Office, late: Ticket) -> None:
    row = ask(office, late, task_id=office.task(late).id)
    task = office.task(late)
    tasks.transfer(
        office.session,
        actor=office.actor(HEAD),
        now=office.now,
        task_id=task.id,
        version=task.version,
        to="tengxiaoyan",
        reason="请代为审核。",
    )
    with pytest.raises(MayNotAnswer):
        answer(office, row, by=HEAD)
    assert answer(office, row, by="tengxiaoyan").state is State.ANSWERED
