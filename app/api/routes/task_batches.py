"""Acts on many tasks at once."""

from collections.abc import Sequence

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items, PageQuery
from app.api.shapes.task_batches import (
    RetryBody,
    SeenBody,
    TaskBatchBrief,
    TaskBatchOrder,
    TaskBatchShape,
    UrgesOrder,
)
from app.tasks import batches, service
from app.tasks.types import BatchAct, Seen
from app.tickets import service as tickets

api = Registrar("批量办理")
BATCH = "/tasks/batches/<task_batch_id>"


@api.get("/tasks/batches", "我的批量办理，新的在前", 400, 401)
def list_task_batches(act: Act, query: PageQuery) -> Items[TaskBatchBrief]:
    page = batches.list_batches(act.session, act.actor, cursor=query.cursor, limit=query.limit)
    return Items.of(page.map(TaskBatchBrief.of))


@api.post(
    "/tasks/batches",
    "一次办多件：逐件单独办，一件没有办成不影响别的",
    *(400, 401, 403, 409, 413, 415, 422),
    status=201,
)
def create_task_batch(act: Act, body: TaskBatchOrder) -> TaskBatchShape:
    made = service.create_batch(
        act.session,
        actor=act.actor,
        now=act.now,
        act=BatchAct(body.act),
        items=_seen(body.items),
        opinion=body.opinion,
        to=body.to,
        client_key=service.new_key(),
    )
    return TaskBatchShape.of_batch(made)


@api.post(
    "/tickets/urges",
    "一次催办多件：逐件单独催，一件不能催不影响别的；结果在批量办理里看",
    *(400, 401, 403, 409, 413, 415, 422),
    status=201,
)
def create_urges(act: Act, body: UrgesOrder) -> TaskBatchShape:
    made = tickets.urge_many(
        act.session,
        actor=act.actor,
        now=act.now,
        numbers=body.tickets,
        text=body.text,
        client_key=service.new_key(),
    )
    return TaskBatchShape.of_batch(made)


@api.get(BATCH, "办到哪里了，逐件的结果", 401, 404)
def show_task_batch(act: Act, task_batch_id: str) -> TaskBatchShape:
    return TaskBatchShape.of_batch(service.access_batch(act.session, task_batch_id, act.actor))


@api.post(f"{BATCH}/stop", "停下；办好的不变", 401, 403, 404, 409, 422)
def stop_task_batch(act: Act, task_batch_id: str) -> TaskBatchShape:
    batch = service.stop_batch(act.session, actor=act.actor, now=act.now, batch_id=task_batch_id)
    return TaskBatchShape.of_batch(batch)


@api.post(f"{BATCH}/retry", "没有办的再办一次", 400, 401, 403, 404, 409, 413, 415, 422)
def retry_task_batch(act: Act, task_batch_id: str, body: RetryBody) -> TaskBatchShape:
    batch = service.retry_batch(
        act.session,
        actor=act.actor,
        now=act.now,
        batch_id=task_batch_id,
        items=None if body.items is None else _seen(body.items),
    )
    return TaskBatchShape.of_batch(batch)


def _seen(items: Sequence[SeenBody]) -> list[Seen]:
    return [Seen(item.id, item.version) for item in items]
