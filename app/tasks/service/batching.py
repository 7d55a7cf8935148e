"""Many tasks at once: each in a transaction of its own, as its person, with the rights of then.

A batch is a list in the database. Each item is a row of the outbox, and what it did commits with
its state: a worker that is killed has done an item wholly or not at all, and no item is done twice.
One that cannot be done says why and leaves the others alone.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core import outbox
from app.core.actor import Actor
from app.core.errors import AppError, ExternalFailure, Invalid, Malformed
from app.core.outbox import Outbox
from app.identity.queries import actor_of, can_sign_in
from app.identity.signatures import Signing
from app.processes.queries import get_instance
from app.processes.service import running
from app.processes.types import StepFailed
from app.tasks.batches import subjects_of_tasks
from app.tasks.models import TaskBatch, TaskBatchItem
from app.tasks.service.claiming import claim
from app.tasks.service.deciding import MAX_OPINION, Decision, complete
from app.tasks.service.foreseeing import Foreseer, foresee, register_foreseer
from app.tasks.service.sharing import transfer
from app.tasks.types import (
    MOST_ITEMS,
    RETRIABLE,
    BatchAct,
    BatchesRunning,
    BatchNotFound,
    Foreseen,
    ItemState,
    NothingChosen,
    Seen,
    TooManyChosen,
    Wrong,
)

TOPIC = "tasks.batch"
MOST_RUNNING = 3
LONGEST_KEY = 64
LONGEST_NAME = 100
REPORT_KEPT = timedelta(days=30)
CANNOT_SIGN_IN = "您的登录账号已经停用或者到期，这一件没有办。"
BROKEN = "系统反复出错，这一件没有办。请打开单独办，仍不行时告诉管理员。"
Doing = Callable[[Session, Actor, datetime, TaskBatchItem], object]


def new_key() -> str:
    """For who repeats a request by other means than a page."""
    return secrets.token_hex(16)


def create_batch(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    act: BatchAct,
    items: Sequence[Seen],
    opinion: str,
    client_key: str,
    to: str = "",
) -> TaskBatch:
    """A batch of the actor, in the order given; the same key again is the same batch.

    What cannot be done with others is told at once, the rest when its turn comes. `opinion`: of
    each decision, or why they are handed `to` somebody.
    Raises: NothingChosen, TooManyChosen, BatchesRunning, Malformed, Invalid (paths opinion, to).
    """
    if not 0 < len(client_key) <= LONGEST_KEY:
        raise Malformed
    known = session.scalars(_keyed(actor, client_key)).first()
    if known is not None:
        return known
    chosen = list({item.task_id: item for item in items}.values())
    given = {"opinion": opinion.strip(), "to": to.strip()}
    _check(session, actor, act, chosen, given)
    batch_id = session.scalar(_making(actor, now, act, given, client_key))
    if batch_id is None:  # the other half of a double click was faster
        return session.scalars(_keyed(actor, client_key)).one()
    batch = access_batch(session, batch_id, actor)
    told = foresee(session, actor=actor, now=now, act=act, ids=[item.task_id for item in chosen])
    batch.items = [
        _item(n, seen, one, given["to"])
        for n, (seen, one) in enumerate(zip(chosen, told, strict=True), start=1)
    ]
    session.flush()  # the outbox names the items
    _record(session, actor, now, "tasks.batched", batch, len(chosen))
    _send(session, batch, now)
    return batch


def access_batch(session: Session, batch_id: str, actor: Actor, *, lock: bool = False) -> TaskBatch:
    """One's own batch. Raises: BatchNotFound."""
    found = session.get(TaskBatch, batch_id, with_for_update=True if lock else None)
    if found is None or found.person_id != actor.person_id:
        raise BatchNotFound
    return found


def stop_batch(session: Session, *, actor: Actor, now: datetime, batch_id: str) -> TaskBatch:
    """What is done stays done; stopping twice, or too late, changes nothing.

    Raises: BatchNotFound.
    """
    batch = access_batch(session, batch_id, actor, lock=True)
    skipped = session.execute(
        update(TaskBatchItem)
        .where(TaskBatchItem.batch_id == batch.id, TaskBatchItem.state == ItemState.WAITING)
        .values(state=ItemState.SKIPPED)
        .returning(TaskBatchItem.id)
    ).all()
    session.expire(batch, ["items"])
    if skipped:
        batch.stopped_at = now
        _record(session, actor, now, "tasks.batch_stopped", batch, len(skipped))
    return batch


def retry_batch(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    batch_id: str,
    items: Sequence[Seen] | None = None,
) -> TaskBatch:
    """Once more what was refused or skipped: all of it, or `items` with the versions seen now.

    What waits or is done already is left alone, so a second click changes nothing.
    Raises: BatchNotFound.
    """
    batch = access_batch(session, batch_id, actor, lock=True)
    left = {item.task_id: item for item in batch.of(*RETRIABLE)}
    if items is None:
        again = list(left.values())
    else:
        again = [left[seen.task_id] for seen in items if seen.task_id in left]
        for seen in items:
            if seen.task_id in left:
                left[seen.task_id].seen = seen.version
    ids = [item.task_id for item in again]
    told = foresee(session, actor=actor, now=now, act=batch.act, ids=ids)
    sent = 0
    for item, one in zip(again, told, strict=True):
        if one.is_possible:
            item.wait_again()
            sent += 1
        else:
            item.refuse(one.why)
    if sent:
        batch.stopped_at = None
        _record(session, actor, now, "tasks.batch_retried", batch, sent)
        _send(session, batch, now)
    return batch


def step(session: Session, payload: Mapping[str, Any], now: datetime) -> None:
    """Do one item; safe to run twice. Its state is written with what it did."""
    item = session.get(TaskBatchItem, payload["item"], with_for_update=True)
    if item is None or item.state is not ItemState.WAITING:
        return
    batch = session.get_one(TaskBatch, item.batch_id)
    if not can_sign_in(session, batch.person_id, now):
        item.refuse(CANNOT_SIGN_IN)
        return
    actor = actor_of(session, batch.person_id, now)
    try:
        with session.begin_nested():
            DOINGS[batch.act](session, actor, now, item)
    except StepFailed as error:
        _open_incident(session, error, now)
        item.refuse(error.text)
    except ExternalFailure:
        raise  # what was needed will be back: the outbox tries again
    except AppError as error:
        item.refuse(_words(error))
    else:
        item.finish(now)


def give_up(session: Session, row_id: int) -> None:
    """An item that all attempts could not do."""
    row = session.get_one(Outbox, row_id)
    item = session.get(TaskBatchItem, row.payload["item"], with_for_update=True)
    if item is not None and item.state is ItemState.WAITING:
        item.refuse(BROKEN)


def subjects_of(
    session: Session, *, actor: Actor, now: datetime, batch: TaskBatch
) -> dict[int, str]:
    """What each item is about, where its person may still see it."""
    if batch.act is not BatchAct.URGE:
        return subjects_of_tasks(session, actor, batch)
    ids = [item.task_id for item in batch.items]
    told = foresee(session, actor=actor, now=now, act=batch.act, ids=ids)
    return {one.task_id: one.title for one in told if one.title}


def sweep(session: Session, *, now: datetime) -> None:
    """Reports go after a month."""
    session.execute(delete(TaskBatch).where(TaskBatch.created_at < now - REPORT_KEPT))


def _claim(session: Session, actor: Actor, now: datetime, item: TaskBatchItem) -> object:
    return claim(session, actor=actor, now=now, task_id=item.task_id, version=item.seen)


def _agree(session: Session, actor: Actor, now: datetime, item: TaskBatchItem) -> object:
    """The outcome that was confirmed; where the node asks for a signature, the stored one."""
    return complete(
        session,
        actor=actor,
        now=now,
        task_id=item.task_id,
        version=item.seen,
        decision=Decision(
            outcome=item.outcome, opinion=item.batch.given["opinion"], signing=Signing("stored")
        ),
    )


def _transfer(session: Session, actor: Actor, now: datetime, item: TaskBatchItem) -> object:
    given = item.batch.given
    return transfer(
        session,
        actor=actor,
        now=now,
        task_id=item.task_id,
        version=item.seen,
        to=given["to"],
        reason=given["opinion"],
    )


DOINGS: dict[BatchAct, Doing] = {
    BatchAct.CLAIM: _claim,
    BatchAct.AGREE: _agree,
    BatchAct.TRANSFER: _transfer,
}


def register(act: BatchAct, doing: Doing, foreseer: Foreseer) -> None:
    """An act on other things than tasks, which a room above knows how to do."""
    DOINGS[act] = doing
    register_foreseer(act, foreseer)


def _check(
    session: Session,
    actor: Actor,
    act: BatchAct,
    chosen: Sequence[Seen],
    given: Mapping[str, str],
) -> None:
    if not chosen:
        raise NothingChosen
    if len(chosen) > MOST_ITEMS:
        raise TooManyChosen
    if len(given["opinion"]) > MAX_OPINION:
        raise Invalid([Wrong("opinion", "too_long", f"最多写 {MAX_OPINION} 个字。")])
    if act is BatchAct.TRANSFER and not 0 < len(given["to"]) <= LONGEST_NAME:
        raise Invalid([Wrong("to", "required", "请填转给谁：姓名或用户名。")])
    if _running(session, actor) >= MOST_RUNNING:
        raise BatchesRunning


def _item(n: int, seen: Seen, told: Foreseen, to: str) -> TaskBatchItem:
    return TaskBatchItem(
        n=n,
        task_id=seen.task_id,
        seen=seen.version,
        number=told.number,
        node_title=told.node_title,
        outcome=told.outcome,
        label=f"转给{to}" if to else told.label,
        state=ItemState.WAITING if told.is_possible else ItemState.REFUSED,
        why=told.why,
        tries=0,
    )


def _send(session: Session, batch: TaskBatch, now: datetime) -> None:
    """All at once: an item that waits for another attempt holds nobody up."""
    for item in batch.of(ItemState.WAITING):
        key = f"{batch.id}:{item.n}:{item.tries}"
        outbox.add(session, TOPIC, {"item": item.id}, key=key, now=now)


def _open_incident(session: Session, error: StepFailed, now: datetime) -> None:
    instance = get_instance(session, error.instance_id, lock=True)
    running.open_incident(
        session,
        now=now,
        instance=instance,
        node=error.node,
        cause=error.cause,
        detail=error.detail,
    )


def _words(error: AppError) -> str:
    told = [one.message for one in error.errors] if isinstance(error, Invalid) else []
    return "".join(told) or error.text


def _making(
    actor: Actor, now: datetime, act: BatchAct, given: dict[str, str], client_key: str
) -> Any:
    made = insert(TaskBatch).values(
        id=secrets.token_urlsafe(12),
        person_id=actor.person_id,
        client_key=client_key,
        act=act,
        given=given,
        created_at=now,
    )
    once = made.on_conflict_do_nothing(index_elements=["person_id", "client_key"])
    return once.returning(TaskBatch.id)


def _keyed(actor: Actor, client_key: str) -> Select[TaskBatch]:
    return select(TaskBatch).where(
        TaskBatch.person_id == actor.person_id, TaskBatch.client_key == client_key
    )


def _running(session: Session, actor: Actor) -> int:
    waiting = select(TaskBatchItem.id).where(
        TaskBatchItem.batch_id == TaskBatch.id, TaskBatchItem.state == ItemState.WAITING
    )
    mine = select(func.count()).where(TaskBatch.person_id == actor.person_id, waiting.exists())
    return session.scalar(mine) or 0


def _record(
    session: Session, actor: Actor, now: datetime, kind: str, batch: TaskBatch, count: int
) -> None:
    record(
        session,
        now=now,
        actor=actor,
        kind=kind,
        object=f"batch:{batch.id}",
        data={"act": batch.act.value, "count": count},
    )
