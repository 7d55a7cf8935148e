"""Printing many tickets at once."""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items, PageQuery, Pdf
from app.api.shapes.batches import BatchOrder, BatchShape
from app.documents import batches, queries

api = Registrar("批量打印")


@api.get("/documents/batches", "我的批量打印，新的在前", 400, 401)
def list_batches(act: Act, query: PageQuery) -> Items[BatchShape]:
    page = queries.list_batches(act.session, act.actor, cursor=query.cursor, limit=query.limit)
    return Items.of(page.map(BatchShape.of))


@api.post(
    "/documents/batches",
    "把几件排成一个文件；逐件说明哪些没有排成",
    *(400, 401, 403, 409, 413, 415, 422),
    status=201,
)
def create_batch(act: Act, body: BatchOrder) -> BatchShape:
    made = batches.create(
        act.session,
        actor=act.actor,
        now=act.now,
        numbers=body.numbers,
        mode=body.mode,
        client_key=batches.new_key(),
    )
    return BatchShape.of(made)


@api.get("/documents/batches/<batch_id>", "一批打印到哪里了", 401, 404)
def show_batch(act: Act, batch_id: str) -> BatchShape:
    return BatchShape.of(batches.access(act.session, batch_id, act.actor))


# It writes: a file with whole numbers leaves the house.
@api.get(
    "/documents/batches/<batch_id>.pdf",
    "合成的文件，一天以内",
    *(401, 403, 404, 409),
    writes=True,
)
def download_batch(act: Act, batch_id: str) -> Pdf:
    batch, data = batches.take(act.session, actor=act.actor, now=act.now, batch_id=batch_id)
    return Pdf(data, f"{batch.id}.pdf", batch.sha256)


@api.post("/documents/batches/<batch_id>/stop", "停止；排好的仍合成文件", 401, 403, 404, 409, 422)
def stop_batch(act: Act, batch_id: str) -> BatchShape:
    return BatchShape.of(batches.stop(act.session, actor=act.actor, now=act.now, batch_id=batch_id))
