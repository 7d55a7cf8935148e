"""台账 to read."""

from flask import request

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items
from app.api.shapes.ledgers import LedgerLine, LedgerOffer, LedgerRowsQuery
from app.core.errors import NotAcceptable
from app.ledgers import queries
from app.ledgers.queries import Filters

api = Registrar("台账")


@api.get("/ledgers", "我能看的台账", 401)
def list_ledgers(act: Act) -> Items[LedgerOffer]:
    offers = queries.list_ledgers(act.session, act.actor)
    return Items(items=[LedgerOffer.of(offer) for offer in offers])


@api.get("/ledgers/<name>", "一本台账，新的在前", 400, 401, 404, 406)
def show_ledger(act: Act, name: str, query: LedgerRowsQuery) -> Items[LedgerLine]:
    if request.accept_mimetypes and not request.accept_mimetypes.accept_json:
        raise NotAcceptable("台账现在只能以 JSON 取得；Excel 导出还没有。")
    ledger = queries.access_ledger(act.actor, name)
    page = queries.list_rows(
        act.session,
        act.actor,
        name,
        Filters(query.since, query.until, query.unit, query.q.strip()),
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(lambda line: LedgerLine.of(ledger, line)))
