"""After every change in a visit of several people: who goes next, and what they have decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.processes import engine
from app.processes.service import answering, running
from app.tasks.models import Task, Visit
from app.tasks.queries import shares_of
from app.tasks.service.drawn import outcomes_of
from app.tasks.service.recording import decide_visit
from app.tasks.types import TaskKind, TaskState
from app.tasks.voting import Decide, Rule, Share, refusals, verdict

WORDS = {
    Decide.ANY: "几人一起办",  # somebody was added
    Decide.ALL: "会签",
    Decide.IN_ORDER: "依次会签",
    Decide.QUORUM: "票签",
}


def settle(
    session: Session,
    visit: Visit,
    node: engine.Node,
    now: datetime,
    *,
    task: Task | None = None,
) -> str | None:
    """Let those go whose turn it is; answers the outcome once the visit has one.

    `task` was just done: where the visit has no other, nobody else need be read.
    """
    if visit.shares == 1 and task is not None:
        return task.outcome
    group = living(shares_of(session, visit))
    rule = Rule.parse(visit.decide)
    found = verdict(rule, outcomes_of(node), map(share_of, group))
    if found is None:
        arrange(group, rule, now)
    return found


def move_on(session: Session, *, task: Task, outcome: str, actor: Actor, now: datetime) -> None:
    """The visit of this task is decided: close it and walk on. Raises: AlreadyMoved, StepFailed."""
    instance = task.instance
    loaded = engine.load(session, instance.version_id)
    visit = decide_visit(session, task, outcome, now)
    running.advance(
        session,
        actor=actor,
        now=now,
        instance=instance,
        visit=visit.key,
        changes={
            **_answered(session, loaded, visit, task),
            "outcome": outcome,
            f"{task.node}_outcome": outcome,
        },
    )


def arrange(group: Sequence[Task], rule: Rule, now: datetime) -> None:
    """Whose turn it is finds his task in the inbox; whose it is not (any more) waits."""
    for task in group:
        may_go = _may_go(task, group, rule)
        if task.state is TaskState.WAITING and may_go:
            task.resume(now)
        elif task.is_active and not may_go:
            task.wait()


def drop(group: Sequence[Task], task: Task, now: datetime) -> None:
    """A share is needed no more, nor are the open ones of whom its holder added."""
    task.cancel(now)
    for one in group:
        if one.parent_id == task.id and one.is_unfinished:
            drop(group, one, now)


def living(tasks: Sequence[Task]) -> list[Task]:
    """The shares that a visit consists of now."""
    return [task for task in tasks if task.is_living]


def share_of(task: Task) -> Share:
    return Share(task.kind, task.state, task.outcome)


def _answered(
    session: Session, loaded: engine.Loaded, visit: Visit, task: Task
) -> Mapping[str, Any]:
    """What of the answers steers the run, of everybody whose word counts; the latest has the last.

    In a process that has no forms at all, answers are variables and nothing else.
    """
    tasks = living(shares_of(session, visit)) if visit.shares > 1 else [task]
    done = [(one.done_at, one.id, one) for one in tasks if one.decides and one.done_at is not None]
    answers: dict[str, Any] = {}
    for _, _, one in sorted(done):
        answers |= one.answers
    return answering.routing(loaded, answers) if loaded.form(task.node) else answers


def _may_go(task: Task, group: Sequence[Task], rule: Rule) -> bool:
    for other in group:
        if other.parent_id == task.id and other.advises and other.is_unfinished:
            return False
        if task.kind is TaskKind.AFTER and other.id == task.parent_id and other.is_unfinished:
            return False
        if (
            rule.kind is Decide.IN_ORDER
            and task.kind is other.kind is TaskKind.MAIN
            and other.place < task.place
            and other.is_unfinished
        ):
            return False
    return True


@dataclass(frozen=True)
class Progress:
    """How far a visit is that several people decide, in figures and in words."""

    decide: str
    done: int
    total: int
    needed: int
    agreed: int
    text: str


def progress(session: Session, task: Task, node: engine.Node) -> Progress | None:
    """None where one person decides alone."""
    visit = session.get_one(Visit, task.visit_id)
    if visit.shares == 1:
        return None
    group = [one for one in living(shares_of(session, visit)) if one.decides]
    if len(group) == 1:
        return None
    rule = Rule.parse(visit.decide)
    drawn = outcomes_of(node)
    done = [one for one in group if one.state is TaskState.DONE]
    against = refusals(drawn)
    agreed = sum(one.outcome not in against for one in done)
    needed = rule.needed(len(group)) if rule.kind is Decide.QUORUM else len(group)
    text = f"{WORDS[rule.kind]}：{len(group)} 人中 {len(done)} 人已办"
    if rule.kind is Decide.QUORUM:
        text = f"{text}，要 {needed} 人“{drawn[0].label}”，已有 {agreed} 人"
    return Progress(visit.decide, len(done), len(group), needed, agreed, text)
