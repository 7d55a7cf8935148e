"""台账 to read."""

from flask import request

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items, Xlsx
from app.api.shapes.ledgers import LedgerLine, LedgerOffer, LedgerRowsQuery
from app.core.errors import NotAcceptable
from app.core.sheets import XLSX
from app.ledgers import queries, service
from app.ledgers.queries import Filters
from app.web.step_up import require_step_up

api = Registrar("台账")


@api.get("/ledgers", "我能看的台账", 401)
def list_ledgers(act: Act) -> Items[LedgerOffer]:
    offers = queries.list_ledgers(act.session, act.actor)
    return Items(items=[LedgerOffer.of(offer) for offer in offers])


# It writes: a file taken out of the house is an event.
@api.get(
    "/ledgers/<name>",
    "一本台账，新的在前；Accept 为 xlsx 时是 Excel 文件，旧的在前，不分页",
    *(400, 401, 403, 404, 406, 409),
    writes=True,
)
def show_ledger(act: Act, name: str, query: LedgerRowsQuery) -> Items[LedgerLine] | Xlsx:
    wanted = request.accept_mimetypes
    filters = Filters(query.since, query.until, query.unit, query.q.strip())
    book = queries.access_ledger(act.session, act.actor, name)
    kind = wanted.best_match(["application/json", XLSX]) if wanted else "application/json"
    if kind is None:
        raise NotAcceptable("台账可以用 JSON 或 Excel（xlsx）取得，请在 Accept 里写其中一种。")
    if kind == XLSX:
        require_step_up()
        made = service.export_ledger(
            act.session, actor=act.actor, now=act.now, name=name, filters=filters
        )
        return Xlsx(made.data, made.name, made.sha256)
    page = queries.list_rows(act.session, book, filters, cursor=query.cursor, limit=query.limit)
    return Items.of(page.map(lambda line: LedgerLine.of(book.ledger, line)))
