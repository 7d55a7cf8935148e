"""台账 in the browser: the books, the rows of one, and the file of them."""

from flask import Blueprint, Response, render_template, request

from app.core.clock import today, utcnow
from app.core.db import reading, transaction
from app.core.sheets import XLSX
from app.ledgers import months, queries, service
from app.web.actor import current_actor
from app.web.downloads import attachment
from app.web.step_up import require_step_up

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
        book = queries.access_ledger(session, actor, name)
        ledgers = queries.viewable(session, actor)
        page = queries.list_rows(session, book, filters, cursor=cursor)
        strip = months.strip(session, book, filters, today())
    return render_template(
        "ledgers/show.html",
        ledger=book.ledger,
        ledgers=ledgers,
        columns=book.ledger.columns,
        page=page,
        filters=filters,
        months=strip,
        q=filters.q,
        cursor=cursor,
        here="ledgers",
    )


@bp.post("/ledgers/<name>/export")
def export(name: str) -> Response:
    """A POST: taking rows out of the house is an act that is recorded."""
    with reading() as session:
        queries.access_ledger(session, current_actor(), name)
    require_step_up()
    with transaction() as session:
        made = service.export_ledger(
            session,
            actor=current_actor(),
            now=utcnow(),
            name=name,
            filters=queries.Filters.parse(request.form),
        )
    return attachment(made.data, XLSX, made.name)
