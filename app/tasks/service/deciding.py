"""Decisions at a node: complete it, or send the ticket back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

import forms
from app.core import events
from app.core.actor import Actor
from app.core.crypto import digest, seal_json
from app.core.errors import ErrorAt, Invalid
from app.identity import queries as people
from app.identity.signatures import BadSignature, Signing, picture
from app.processes import engine, values
from app.processes.queries import unit_of
from app.processes.service import answering, running
from app.tasks.models import Task
from app.tasks.service.drawn import actions_of, form_of, outcomes_of, sign_of
from app.tasks.service.rechecking import ask_again
from app.tasks.service.recording import decide_visit, record_act
from app.tasks.service.settling import move_on, settle
from app.tasks.service.standing import access_turn
from app.tasks.service.undoing import reach_of, return_targets
from app.tasks.types import (
    RETURN,
    NotReturnable,
    TaskCompleted,
    UndoesOther,
    Wrong,
)
from forms import normalise

MAX_OPINION = 500


@dataclass(frozen=True)
class Decision:
    """What a person answers at a node, as it came in."""

    outcome: str = ""
    opinion: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    signing: Signing | None = None

    @property
    def said(self) -> str:
        """The opinion as it is kept and printed: no paper can hold what nobody sees."""
        return normalise.text(self.opinion)


def complete(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    task_id: int,
    version: int | None,
    decision: Decision,
) -> Task:
    """Answer a task: outcome, opinion, signature and the node's form.

    The ticket walks on once everybody has answered whom `decide` waits for.

    Raises: NotYourTask, TaskAlreadyClaimed, TaskAlreadyDone, StalePage,
    FormOutdated, Invalid (paths outcome, opinion, signature, answers.…).
    """
    task = access_turn(session, task_id, actor, version, now)
    instance = task.instance
    loaded = engine.load(session, instance.version_id)
    if task.node == loaded.start.id:
        running.submit(session, actor=actor, now=now, instance=instance, answers=decision.answers)
        return task
    decision = _completed(loaded.node(task.node), decision)
    answers, signature = _judged(session, task, loaded, actor, now, decision)
    ask_again(session, task, loaded, decision.outcome, now)
    task.finish(actor.person_id, decision.outcome, decision.said, now)
    task.signature = signature
    task.answers_sealed = seal_json(answers) if answers else None
    files = _bind_files(session, task, loaded, actor, now, answers)
    label = next(o.label for o in outcomes_of(loaded.node(task.node)) if o.value == task.outcome)
    record_act(
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
    outcome = settle(session, task.visit, loaded.node(task.node), now, task=task)
    if outcome is not None:
        move_on(session, task=task, outcome=outcome, actor=actor, now=now)
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
    seen: str | None = None,
) -> Task:
    """退回补正: the ticket goes back to `node` (the start form by default), with the reason.

    Decisions made since that node are void (R19). `seen` is the mark of what the person read that
    the return would undo; None does not ask. Raises: NotYourTask, TaskAlreadyClaimed,
    TaskAlreadyDone, StalePage, NotReturnable, UndoesOther, Invalid (path reason).
    """
    task = access_turn(session, task_id, actor, version, now)
    instance = task.instance
    loaded = engine.load(session, instance.version_id)
    target = node or loaded.start.id
    if RETURN not in actions_of(loaded.node(task.node)) or not task.decides:
        raise NotReturnable("这一步不能退回。")
    if target not in return_targets(session, task):
        raise NotReturnable
    reason = reason.strip()
    if not reason:
        raise Invalid([Wrong("reason", "required", "退回要写明改哪里，申请人才知道怎么补正。")])
    if len(reason) > MAX_OPINION:
        raise Invalid([Wrong("reason", "too_long", f"退回原因最多 {MAX_OPINION} 个字。")])
    reach = reach_of(session, task, target)
    if seen is not None and seen != reach.mark:
        raise UndoesOther(node=target)
    task.finish(actor.person_id, RETURN, reason, now)
    decide_visit(session, task, RETURN, now)
    for void in (task, *reach.void):
        void.voided_at = now
    session.flush()  # who decided what is void now may decide again: `deciders` reads the table
    record_act(
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


def _completed(node: engine.Node, decision: Decision) -> Decision:
    """Where there is one outcome only, nobody need name it."""
    known = outcomes_of(node)
    return (
        replace(decision, outcome=decision.outcome or known[0].value)
        if len(known) == 1
        else decision
    )


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
    if sign_of(node) and task.decides:
        try:
            signature = _signature(session, actor, decision.signing)
        except BadSignature as error:
            wrong.append(Wrong("signature", "signature", str(error)))
    answers: dict[str, Any] = {}
    form = form_of(loaded, task)
    if form is not None:
        check = answering.check_context(
            actor, unit_of(session, task.instance), task.instance.number, now
        )
        variables = {**task.instance.variables, forms.OUTCOME: decision.outcome}
        try:
            answers, _ = answering.judge(
                session, form, check, decision.answers, variables, node=task.node
            )
        except Invalid as error:
            wrong += [Wrong(f"answers.{e.path}", e.code, e.message) for e in error.errors]
    elif decision.answers and loaded.has_forms:
        wrong.append(Wrong("answers", "unknown_field", "这一步没有要填的表。"))
    else:
        try:
            answers = values.judge(decision.answers, "answers")
        except Invalid as error:
            wrong += error.errors
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
    form = form_of(loaded, task)
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
    elif chosen.is_refusal and not decision.said:
        wrong.append(Wrong("opinion", "required", f"“{chosen.label}”要写明理由。"))
    if len(decision.said) > MAX_OPINION:
        wrong.append(Wrong("opinion", "too_long", f"意见最多 {MAX_OPINION} 个字。"))
    return wrong


def _signature(session: Session, actor: Actor, signing: Signing | None) -> bytes:
    if signing is None:
        raise BadSignature("这一步要签名：请手写签名，或者用备案签名。")
    if signing.kind == "drawn":
        return picture(signing)
    stored = people.stored_signature(session, actor.person_id)
    if stored is None:
        raise BadSignature("您还没有备案签名，请在签名框里手写，或者先到“我的签名”里存一个。")
    return stored
