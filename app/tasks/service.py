"""Use cases of people at a node: claim, release, complete, return; and opening their tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core import events
from app.core.actor import Actor
from app.core.crypto import digest, seal_json
from app.core.errors import ErrorAt, Invalid
from app.identity import queries as people
from app.processes import engine
from app.processes.models import Instance
from app.processes.queries import unit_ref
from app.processes.service import answering, running
from app.processes.types import InstanceSubmitted, VisitOpened, VisitsCancelled
from app.tasks import policy
from app.tasks.assignment import lines_of, resolve
from app.tasks.models import Task, Visit
from app.tasks.queries import access_task, active_tasks, deciders, visit_by_key
from app.tasks.signatures import BadSignature, Signing, picture
from app.tasks.types import (
    NotReturnable,
    NotYourTask,
    Outcome,
    TaskAlreadyClaimed,
    TaskCompleted,
    TaskState,
    VisitState,
    Wrong,
)

RETURN = "return"
SUBMIT = "submit"
MAX_OPINION = 500


@dataclass(frozen=True)
class Decision:
    """What a person answers at a node, as it came in."""

    outcome: str = ""
    opinion: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    signing: Signing | None = None


def claim(
    session: Session, *, actor: Actor, now: datetime, task_id: int, version: int | None = None
) -> Task:
    """Take an offered task for oneself; `version` is the one that was seen, where one was.

    Raises: NotYourTask, TaskAlreadyClaimed, StalePage.
    """
    task = access_task(session, task_id, actor, policy.can_claim)
    before = task.version
    if version is not None and task.is_unclaimed:
        task.expect(version)
    task.claim(actor.person_id, now)
    if task.version != before:
        _record(session, task, now=now, actor=actor, kind="task.claimed")
    return task


def release(
    session: Session, *, actor: Actor, now: datetime, task_id: int, version: int | None
) -> Task:
    """Give a claimed task back to the others. Raises: NotYourTask, StalePage."""
    task = access_task(session, task_id, actor, policy.can_claim)
    task.expect(version)
    if not policy.can_release(actor, task):
        raise NotYourTask
    task.release()
    _record(session, task, now=now, actor=actor, kind="task.released")
    return task


def complete(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    task_id: int,
    version: int | None,
    decision: Decision,
) -> Task:
    """Answer a task: outcome, opinion, signature and the node's form; the ticket walks on.

    Raises: NotYourTask, TaskAlreadyClaimed, TaskAlreadyDone, StalePage,
    Invalid (paths outcome, opinion, signature, answers.…).
    """
    task = _access(session, task_id, actor, version)
    instance = task.instance
    loaded = engine.load(session, instance.version_id)
    if task.node == loaded.start.id:
        running.submit(session, actor=actor, now=now, instance=instance, answers=decision.answers)
        return task
    answers, signature = _judged(session, task, loaded, actor, now, decision)
    task.finish(actor.person_id, decision.outcome, decision.opinion.strip(), now)
    task.signature = signature
    task.answers_sealed = seal_json(answers) if answers else None
    files = _bind_files(session, task, loaded, actor, now, answers)
    visit = _decided(session, task, decision.outcome, now)
    label = next(o.label for o in outcomes_of(loaded.node(task.node)) if o.value == task.outcome)
    _record(
        session,
        task,
        now=now,
        actor=actor,
        kind="task.completed",
        outcome=decision.outcome,
        label=label,
        signature=digest(signature) if signature else None,
        **({"files": files} if files else {}),
    )
    running.advance(
        session,
        actor=actor,
        now=now,
        instance=instance,
        visit=visit.key,
        changes={
            **answering.routing(loaded, answers),
            "outcome": decision.outcome,
            f"{task.node}_outcome": decision.outcome,
        },
    )
    events.publish(session, TaskCompleted(instance.id, task.id, decision.outcome))
    return task


def return_task(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    task_id: int,
    version: int | None,
    reason: str,
    node: str | None = None,
) -> Task:
    """退回补正: the ticket goes back to `node` (the start form by default), with the reason.

    Decisions made since that node are void (R19). Raises: NotYourTask, TaskAlreadyClaimed,
    TaskAlreadyDone, StalePage, NotReturnable, Invalid (path reason).
    """
    task = _access(session, task_id, actor, version)
    instance = task.instance
    loaded = engine.load(session, instance.version_id)
    target = node or loaded.start.id
    if RETURN not in actions_of(loaded.node(task.node)):
        raise NotReturnable("这一步不能退回。")
    if target not in engine.return_targets(session, instance):
        raise NotReturnable
    reason = reason.strip()
    if not reason:
        raise Invalid([Wrong("reason", "required", "退回要写明改哪里，申请人才知道怎么补正。")])
    if len(reason) > MAX_OPINION:
        raise Invalid([Wrong("reason", "too_long", f"退回原因最多 {MAX_OPINION} 个字。")])
    task.finish(actor.person_id, RETURN, reason, now)
    _decided(session, task, RETURN, now)
    _void_since(session, instance, loaded, target, now)
    _record(
        session,
        task,
        now=now,
        actor=actor,
        kind="task.returned",
        to=target,
        to_title=loaded.node(target).name,
    )
    running.return_to(session, actor=actor, now=now, instance=instance, node=target)
    return task


def open_visit(session: Session, event: VisitOpened) -> None:
    """A token arrived: offer the node to whom `assign` names.

    The start form of a first draft opens no task: the draft stands in 草稿 until it is submitted.
    """
    instance = session.get_one(Instance, event.instance_id)
    loaded = engine.load(session, instance.version_id)
    node = loaded.node(event.node)
    is_start = node.id == loaded.start.id
    if is_start and instance.submission_count == 0:
        return
    visit = Visit(
        instance_id=instance.id,
        key=event.visit,
        node=node.id,
        title="补正重报" if is_start else node.name,
        round=event.round,
        decide=node.properties.get("decide", "any"),
        opened_at=event.at,
    )
    task = Task(
        visit=visit,
        instance_id=instance.id,
        node=node.id,
        title=visit.title,
        round=event.round,
        submission=instance.submission_count,
        candidates=[],
        excluded=[],
        opened_at=event.at,
    )
    if is_start:
        task.assignee_id = instance.requester_id
    else:
        _offer(session, task, instance, node, event.at)
    session.add(task)


def _offer(
    session: Session, task: Task, instance: Instance, node: engine.Node, now: datetime
) -> None:
    barred = {instance.requester_id} | deciders(session, instance.id, instance.submission_count)
    if "person:requester" in lines_of(node):
        barred.discard(instance.requester_id)
    found = resolve(
        session,
        node=node,
        requester_id=instance.requester_id,
        unit_id=instance.unit_id,
        excluded=frozenset(barred),
        now=now,
    )
    task.assignee_id, task.excluded = found.only_person, sorted(barred)
    if task.assignee_id is None:  # else there is nobody it could go back to
        task.candidates = list(found.keys)
    if not found.people:
        running.open_incident(
            session,
            now=now,
            instance=instance,
            node=node.id,
            cause=f"“{node.name}”没有可以办理的人",
            detail="；".join(lines_of(node)),
        )


def close_visits(session: Session, event: VisitsCancelled) -> None:
    """Tokens are gone: their visits and tasks are void."""
    for visit in session.scalars(
        select(Visit).where(
            Visit.instance_id == event.instance_id,
            Visit.key.in_(event.visits),
            Visit.state == VisitState.OPEN,
        )
    ):
        visit.state, visit.closed_at = VisitState.CANCELLED, event.at
        for task in active_tasks(session, event.instance_id):
            if task.visit_id == visit.id:
                task.cancel(event.at)


def close_amendment(session: Session, event: InstanceSubmitted) -> None:
    """The form came in again: the 补正 task that asked for it is done."""
    visit = visit_by_key(session, event.instance_id, event.visit)
    if visit is None:
        return
    for task in active_tasks(session, event.instance_id):
        if task.visit_id == visit.id:
            task.finish(event.person_id, SUBMIT, "", event.at)
            _decided(session, task, SUBMIT, event.at)


def outcomes_of(node: engine.Node) -> tuple[Outcome, ...]:
    """`outcomes` as drawn: `approve=同意;reject=不予办理`; a node without has one: 办结这一步."""
    pairs = [part.partition("=") for part in engine.split(node.properties.get("outcomes", ""))]
    drawn = tuple(Outcome(value.strip(), label.strip() or value) for value, _, label in pairs)
    return drawn or (Outcome("done", "已办理"),)


def actions_of(node: engine.Node) -> tuple[str, ...]:
    text = node.properties.get("actions", "").replace(",", ";")
    return tuple(engine.split(text))


def sign_of(node: engine.Node) -> str:
    """Kind of signing act, 签字 and so on; empty where none is asked."""
    sign = node.properties.get("sign", "none")
    return "" if sign == "none" else sign


def _access(session: Session, task_id: int, actor: Actor, version: int | None) -> Task:
    """The task for a decision. Whoever was offered it and came too late hears so: no 403."""
    task = access_task(session, task_id, actor, policy.can_claim)
    if task.is_active and not policy.can_complete(actor, task):
        raise TaskAlreadyClaimed(current=task.state.value, version=task.version)
    task.expect(version)
    return task


def _judged(
    session: Session,
    task: Task,
    loaded: engine.Loaded,
    actor: Actor,
    now: datetime,
    decision: Decision,
) -> tuple[dict[str, Any], bytes | None]:
    """The node's answers and signature, all errors at once. Raises: Invalid."""
    node = loaded.node(task.node)
    wrong: list[ErrorAt] = list(_wrong_words(node, decision))
    signature = None
    if sign_of(node):
        try:
            signature = _signature(session, actor, decision.signing)
        except BadSignature as error:
            wrong.append(Wrong("signature", "signature", str(error)))
    answers: dict[str, Any] = {}
    form = loaded.form(task.node)
    if form is not None:
        check = answering.check_context(
            actor, unit_ref(session, task.instance.unit_id), task.instance.number, now
        )
        try:
            answers, _ = answering.judge(
                session, form, check, decision.answers, task.instance.variables, node=task.node
            )
        except Invalid as error:
            wrong += [Wrong(f"answers.{e.path}", e.code, e.message) for e in error.errors]
    elif decision.answers:
        wrong.append(Wrong("answers", "unknown_field", "这一步没有要填的表。"))
    if wrong:
        raise Invalid(wrong)
    return answers, signature


def _bind_files(
    session: Session,
    task: Task,
    loaded: engine.Loaded,
    actor: Actor,
    now: datetime,
    answers: Mapping[str, Any],
) -> list[str]:
    form = loaded.form(task.node)
    if form is None:
        return []
    try:
        return answering.bind_files(
            session,
            form,
            answers,
            actor=actor,
            now=now,
            instance_id=task.instance_id,
            place=f"task:{task.id}",
        )
    except Invalid as error:
        raise Invalid(
            [Wrong(f"answers.{e.path}", e.code, e.message) for e in error.errors]
        ) from error


def _wrong_words(node: engine.Node, decision: Decision) -> Sequence[Wrong]:
    allowed = {outcome.value: outcome for outcome in outcomes_of(node)}
    chosen = allowed.get(decision.outcome)
    wrong = []
    if chosen is None:
        labels = "、".join(outcome.label for outcome in allowed.values())
        wrong.append(Wrong("outcome", "not_a_choice", f"请选择办理结果：{labels}。"))
    elif chosen.is_refusal and not decision.opinion.strip():
        wrong.append(Wrong("opinion", "required", f"“{chosen.label}”要写明理由。"))
    if len(decision.opinion.strip()) > MAX_OPINION:
        wrong.append(Wrong("opinion", "too_long", f"意见最多 {MAX_OPINION} 个字。"))
    return wrong


def _signature(session: Session, actor: Actor, signing: Signing | None) -> bytes:
    if signing is None:
        raise BadSignature("这一步要签名：请手写签名，或者用备案签名。")
    if signing.kind == "drawn":
        return picture(signing)
    stored = people.stored_signature(session, actor.person_id)
    if stored is None:
        raise BadSignature("您还没有备案签名，请在签名框里手写。")
    return stored


def _decided(session: Session, task: Task, outcome: str, now: datetime) -> Visit:
    visit = session.get_one(Visit, task.visit_id)
    visit.state, visit.outcome, visit.closed_at = VisitState.DECIDED, outcome, now
    return visit


def _void_since(
    session: Session, instance: Instance, loaded: engine.Loaded, target: str, now: datetime
) -> None:
    """Signatures given at or after the node the ticket returns to hold no longer."""
    done = [Task.instance_id == instance.id, Task.state == TaskState.DONE]
    since = 0
    if target != loaded.start.id:
        since = (
            session.scalar(
                select(Task.id)
                .where(*done, Task.node == target, Task.voided_at.is_(None))
                .order_by(Task.id.desc())
                .limit(1)
            )
            or 0
        )
    session.execute(
        update(Task)
        .where(*done, Task.id >= since, Task.voided_at.is_(None))
        .values(voided_at=now)
        .execution_options(synchronize_session="fetch")
    )


def _record(
    session: Session, task: Task, *, now: datetime, actor: Actor, kind: str, **data: object
) -> None:
    record(
        session,
        now=now,
        actor=actor,
        kind=kind,
        object=f"ticket:{task.instance.number}",
        head=task.instance,
        data={
            "task": task.id,
            "node": task.node,
            "title": task.title,
            "submission": task.submission,
            **data,
        },
    )
