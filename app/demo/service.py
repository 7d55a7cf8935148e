"""A dozen tickets, played by the demo people through the same services as everybody's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.db import transaction
from app.demo.people import RARE, row
from app.identity.models import Appointment, Login, Unit
from app.identity.queries import actor_of
from app.identity.region import read_region
from app.identity.signatures import Signing
from app.processes import engine
from app.processes.models import Instance, ProcessVersion
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tasks.queries import active_tasks
from app.tasks.service import Decision, outcomes_of
from app.tickets import service as tickets
from app.tickets.models import Ticket
from forms import Form

PROCESS = "operator-account"
STORED = Signing("stored")
RESULT = "已按表办理完毕，并已通知联系人。"
LONG = (
    "新增用户并分配岗位权限：负责全市零工驿站岗位信息的采集、核对、发布和下架，每周汇总一次用工"
    "需求；节假日值班期间代办发布审核；不分配查询导出权限。因驿站窗口轮岗，需同时开通移动端登录，"
    "并与原窗口人员交接未办结的岗位信息，交接完成后由本单位另行申请收回原窗口人员的权限；以上内容"
    "已经本单位负责人核实，涉及人员均已签订保密协议并参加岗前培训。"
)


@dataclass(frozen=True)
class Story:
    """Who asks, for whom, and what the others do: `approve`, `return:reason`, `refuse:reason`."""

    clerk: str
    subsystem: int
    rows: tuple[dict[str, str], ...]
    acts: tuple[str, ...] = ()
    days_ago: int = 3
    ends: str = "submit"


def play(now: datetime, say: Callable[[str], object]) -> int:
    """Play what is missing; a database with tickets is left as it is."""
    with transaction() as session:
        if session.scalar(_played().limit(1)) is not None:
            return 0
        region = read_region(session)
        subsystems = [entry.value for entry in region.entries("subsystems")]
        posts = [entry.value for entry in region.entries("posts")]
    stories = _stories(posts)
    for story in stories:
        with transaction() as session:
            ticket = _play(session, story, subsystems[story.subsystem], now)
            say(f"  {ticket.number} {ticket.state.value} {ticket.title}")
    return len(stories)


def _played() -> Select[int]:
    return (
        select(Ticket.id)
        .join(Instance, Instance.id == Ticket.instance_id)
        .join(ProcessVersion, ProcessVersion.id == Instance.version_id)
        .where(ProcessVersion.key == PROCESS)
    )


def _stories(posts: Sequence[str]) -> tuple[Story, ...]:
    def people(first: int, count: int, **more: str) -> tuple[dict[str, str], ...]:
        return tuple(
            row(seed, post=posts[seed % len(posts)], **more) for seed in range(first, first + count)
        )

    rare = tuple(row(100 + n, post=posts[0], called=called) for n, called in enumerate(RARE))
    many = (
        *(row(200 + n, post=posts[n % 3], called=called) for n, called in enumerate(RARE)),
        row(203, post=posts[1], requirement=LONG[:180]),
        *people(204, 21),
    )
    done = ("approve",) * 4
    mend = "return:第 2 行的具体要求没有写清要哪些权限，请补充。"
    lacks = "return:第 1 行岗位角色与本人岗位不符，请核对后重报。"
    return (
        Story("yaohaiyang", 1, rare, done, days_ago=9),
        Story("{422802}", 2, many, done, days_ago=8),
        Story("longjinhua", 1, people(1, 3), (mend, "approve", lacks, *done), days_ago=7),
        Story("{422801}", 0, people(10, 2), ("approve", "refuse:本季度不再新增信息库用户。"), 6),
        Story("{422822}", 3, people(20, 1), ("approve", "approve", "approve"), 4),
        Story("longjinhua", 2, people(30, 2), ("approve", "approve", lacks), 4, ends="leave"),
        Story("yaohaiyang", 1, people(40, 2), ("approve", "approve"), 3),
        Story("{422828}", 4, people(45, 1), ("approve", "approve"), 3),
        Story("{422826-gaoleshan}", 1, people(50, 1), ("approve",), 2),
        Story("longjinhua", 1, people(55, 4), ("approve",), 2),
        Story("yaohaiyang", 1, people(60, 3), (), 1),
        Story("{422800}", 3, people(70, 2), (), 1),
        Story("{422823}", 0, people(75, 1), (), 1, ends="withdraw"),
        Story("yaohaiyang", 2, people(80, 2), (), 0, ends="draft"),
    )


def _play(session: Session, story: Story, subsystem: str, now: datetime) -> Ticket:
    at = now - timedelta(days=story.days_ago, minutes=len(story.rows))
    clerk = actor_of(session, _clerk(session, story.clerk), at)
    answers: dict[str, Any] = {
        "subsystem": subsystem,
        "contact_phone": "0718-8200000",
        "people": list(story.rows),
    }
    ticket = tickets.create_draft(session, actor=clerk, now=at, process=PROCESS, answers=answers)
    if story.ends == "draft":
        return ticket
    at += timedelta(minutes=12)
    tickets.submit(session, actor=clerk, now=at, number=ticket.number, answers=answers)
    for act in story.acts:
        at += timedelta(hours=2, minutes=7)
        task = active_tasks(session, ticket.instance_id)[0]
        if task.assignee_id == clerk.person_id:
            tickets.submit(session, actor=clerk, now=at, number=ticket.number, answers=answers)
            at += timedelta(hours=1)
            task = active_tasks(session, ticket.instance_id)[0]
        decide(session, task, act, at)
    if story.ends == "withdraw":
        tickets.withdraw(session, actor=clerk, now=at, number=ticket.number, reason="填错了子系统")
    return ticket


def decide(session: Session, task: Task, act: str, at: datetime, signing: Signing = STORED) -> None:
    """Take the task and do `act`, as whoever it waits for."""
    actor = actor_of(session, who(session, task), at)
    tasks.claim(session, actor=actor, now=at, task_id=task.id)
    verb, _, words = act.partition(":")
    if verb == "return":
        tasks.return_task(
            session, actor=actor, now=at, task_id=task.id, version=task.version, reason=words
        )
        return
    loaded = engine.load(session, task.instance.version_id)
    allowed = outcomes_of(loaded.node(task.node))
    outcome = next(o for o in allowed if o.is_refusal == (verb == "refuse"))
    form = loaded.form(task.node)
    answers = {} if form is None else _filled(form, at)
    tasks.complete(
        session,
        actor=actor,
        now=at,
        task_id=task.id,
        version=task.version,
        decision=Decision(outcome.value, words, answers, signing),
    )


def _filled(form: Form, at: datetime) -> dict[str, Any]:
    """Whatever a node asks for: days of today, a dozen, the first choice, and a sentence."""
    by_type = {"datetime": clock.local(at).date().isoformat(), "number": 12}
    return {
        leaf.key: leaf.values[0].value if leaf.values else by_type.get(leaf.type, RESULT)
        for leaf in form.leaves
        if not leaf.readonly
    }


def who(session: Session, task: Task) -> int:
    """The assignee, or the first who may take it."""
    if task.assignee_id is not None:
        return task.assignee_id
    position, _, code = task.candidates[0].partition(":")
    return (
        session.scalars(
            select(Appointment.person_id)
            .join(Unit, Unit.id == Appointment.unit_id)
            .where(
                Appointment.position == position,
                Unit.code == code,
                Appointment.person_id.not_in(task.excluded),
            )
            .order_by(Appointment.id)
        ).first()
        or 0
    )


def _clerk(session: Session, name: str) -> int:
    """A user name, or {unit code}: a clerk of that unit or below it."""
    if not name.startswith("{"):
        return session.scalars(select(Login.person_id).where(Login.username == name)).one()
    code = name.strip("{}")
    return (
        session.scalars(
            select(Appointment.person_id)
            .join(Unit, Unit.id == Appointment.unit_id)
            .where(Appointment.position == "clerk", Unit.path.contains(f"/{code}"))
            .where(Unit.kind != "township" if "-" not in code else Unit.code == code)
            .order_by(Unit.path, Appointment.id)
        ).first()
        or 0
    )
