"""Tasks: the inbox, and what a person does at a node."""

from collections.abc import Callable
from functools import partial

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items
from app.api.shapes.talking import CopyLine
from app.api.shapes.tasks import (
    AddSignersBody,
    ClaimBody,
    CompleteBody,
    HandBody,
    PersonBrief,
    ReceiversQuery,
    ReleaseBody,
    ReturnBody,
    ReturnQuery,
    TaskLine,
    TaskShape,
    TasksQuery,
    UndoingShape,
    WithdrawBody,
)
from app.api.showing import show_task
from app.core.errors import Fault, Invalid
from app.identity.signatures import Signing
from app.tasks import narrowing, queries, service
from app.tasks.copies import list_copies
from app.tasks.models import Task
from app.tasks.screens import lamp
from app.tasks.service import Decision
from app.tasks.types import Box

api = Registrar("任务")
TASK = "/tasks/<int:task_id>"
HAND = (400, 401, 403, 404, 409, 413, 415, 422)


@api.get("/tasks", "待办、待签收、已办、抄送我", 400, 401)
def list_tasks(act: Act, query: TasksQuery) -> Items[TaskLine | CopyLine]:
    narrowed = narrowing.chosen(query.words, act.horizon)
    if Box(query.box) is Box.COPIED:
        told = list_copies(
            act.session,
            act.actor,
            q=query.q,
            filters=narrowed,
            cursor=query.cursor,
            limit=query.limit,
        )
        return Items.of(told.map(CopyLine.of))
    page = queries.list_tasks(
        act.session,
        act.actor,
        Box(query.box),
        q=query.q,
        filters=narrowed,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(partial(TaskLine.of, lamp=partial(lamp, horizon=act.horizon))))


@api.get(TASK, "一个任务", 401, 404)
def show_one(act: Act, task_id: int) -> TaskShape:
    task = queries.find_task(act.session, task_id, act.actor)
    shown = show_task(act, task, foresees=True)
    if service.withdrawable(act.session, act.actor, [task]):
        return shown.model_copy(update={"actions": [*shown.actions, "withdraw"]})
    return shown


@api.get(f"{TASK}/return", "退回会撤销什么，退回以前看", 400, 401, 403, 404, 409)
def preview_return(act: Act, task_id: int, query: ReturnQuery) -> UndoingShape:
    return UndoingShape.of(
        service.preview_return(
            act.session, actor=act.actor, now=act.now, task_id=task_id, node=query.node or None
        )
    )


@api.post(f"{TASK}/claim", "签收", 400, 401, 403, 404, 409, 413, 415, 422)
def claim(act: Act, task_id: int, body: ClaimBody) -> TaskShape:
    task = service.claim(
        act.session, actor=act.actor, now=act.now, task_id=task_id, version=body.version
    )
    return show_task(act, task)


@api.post(f"{TASK}/release", "退回给其他人签收", 400, 401, 403, 404, 409, 413, 415, 422)
def release(act: Act, task_id: int, body: ReleaseBody) -> TaskShape:
    task = service.release(
        act.session, actor=act.actor, now=act.now, task_id=task_id, version=body.version
    )
    return show_task(act, task)


@api.post(f"{TASK}/complete", "办理", 400, 401, 403, 404, 409, 413, 415, 422, 503)
def complete(act: Act, task_id: int, body: CompleteBody) -> TaskShape:
    given = body.signature
    signing = Signing(given.kind, given.image) if given else None
    try:
        task = service.complete(
            act.session,
            actor=act.actor,
            now=act.now,
            task_id=task_id,
            version=body.version,
            decision=Decision(body.outcome, body.opinion, body.answers, signing),
        )
    except Invalid as error:
        raise _relative(error) from error
    return show_task(act, task)


@api.post(f"{TASK}/return", "退回补正", 400, 401, 403, 404, 409, 413, 415, 422)
def return_task(act: Act, task_id: int, body: ReturnBody) -> TaskShape:
    task = service.return_task(
        act.session,
        actor=act.actor,
        now=act.now,
        task_id=task_id,
        version=body.version,
        reason=body.reason,
        node=body.node,
        seen=body.seen,
    )
    return show_task(act, task)


@api.get(f"{TASK}/receivers", "可以交给谁", 400, 401, 403, 404, 409)
def list_receivers(act: Act, task_id: int, query: ReceiversQuery) -> Items[PersonBrief]:
    found = service.list_receivers(
        act.session, actor=act.actor, now=act.now, task_id=task_id, act=query.act, q=query.q
    )
    return Items(
        items=[PersonBrief(username=one.username, name=one.name) for one in found], next_cursor=None
    )


@api.post(f"{TASK}/transfer", "转办", *HAND)
def transfer(act: Act, task_id: int, body: HandBody) -> TaskShape:
    return _handed(act, task_id, body, service.transfer)


@api.post(f"{TASK}/delegate", "委派：办完回到自己这里", *HAND)
def delegate(act: Act, task_id: int, body: HandBody) -> TaskShape:
    return _handed(act, task_id, body, service.delegate)


@api.post(f"{TASK}/add-signers", "加签", *HAND)
def add_signers(act: Act, task_id: int, body: AddSignersBody) -> TaskShape:
    task = service.add_signers(
        act.session,
        actor=act.actor,
        now=act.now,
        task_id=task_id,
        version=body.version,
        to=[body.to] if isinstance(body.to, str) else body.to,
        place=body.place,
        reason=body.reason,
    )
    return show_task(act, task)


@api.post(f"{TASK}/remove-signer", "减签：自己加签或委派、还没有办的人", *HAND, 503)
def remove_signer(act: Act, task_id: int, body: HandBody) -> TaskShape:
    return _handed(act, task_id, body, service.remove_signer)


@api.post(
    f"{TASK}/withdraw",
    "撤回自己刚办的一步",
    *(400, 401, 403, 404, 409, 413, 415, 422),
)
def withdraw_task(act: Act, task_id: int, body: WithdrawBody) -> TaskShape:
    task = service.withdraw_task(
        act.session,
        actor=act.actor,
        now=act.now,
        task_id=task_id,
        version=body.version,
        reason=body.reason,
    )
    return show_task(act, task)


def _handed(act: Act, task_id: int, body: HandBody, does: Callable[..., Task]) -> TaskShape:
    task = does(
        act.session,
        actor=act.actor,
        now=act.now,
        task_id=task_id,
        version=body.version,
        to=body.to,
        reason=body.reason,
    )
    return show_task(act, task)


def _relative(error: Invalid) -> Invalid:
    """Paths of answers start inside `answers`, as they do when a ticket is submitted."""
    return Invalid(
        [Fault(e.path.removeprefix("answers."), e.code, e.message) for e in error.errors],
        error.text,
    )
