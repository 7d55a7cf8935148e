"""台账 in the browser: the books, and the rows of one."""

from flask import Blueprint, render_template, request

from app.core.db import reading
from app.ledgers import queries
from app.web.actor import current_actor

bp = Blueprint("ledgers", __name__)


@bp.get("/ledgers")
def index() -> str:
    with reading() as session:
        ledgers = queries.list_ledgers(session, current_actor())
    return render_template("ledgers/index.html", here="ledgers", ledgers=ledgers)


@bp.get("/ledgers/<name>")
def show(name: str) -> str:
    actor, cursor = current_actor(), request.args.get("cursor")
    filters = queries.Filters.parse(request.args)
    with reading() as session:
        ledger = queries.access_ledger(actor, name)
        page = queries.list_rows(session, actor, name, filters, cursor=cursor)
    return render_template(
        "ledgers/show.html",
        ledger=ledger,
        ledgers=queries.viewable(actor),
        columns=ledger.columns,
        page=page,
        filters=filters,
        q=filters.q,
        cursor=cursor,
        here="ledgers",
    )
