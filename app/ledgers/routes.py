"""台账 in the browser: the books, the rows of one, the file of them, and months that are frozen."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import today, utcnow
from app.core.db import reading, transaction
from app.core.errors import Malformed
from app.core.sheets import XLSX
from app.ledgers import checking, freezing, months, queries, service, shelves
from app.ledgers.freezing import Seen
from app.ledgers.shelves import Shelf
from app.ledgers.types import Period
from app.web.actor import current_actor
from app.web.downloads import attachment
from app.web.step_up import require_step_up

bp = Blueprint("ledgers", __name__)


@bp.get("/ledgers")
def index() -> str:
    with reading() as session:
        actor = current_actor()
        ledgers = queries.list_ledgers(session, actor)
        waiting = shelves.waiting_for(session, actor)
    return render_template("ledgers/index.html", here="ledgers", ledgers=ledgers, waiting=waiting)


@bp.get("/ledgers/<name>")
def show(name: str) -> str:
    actor, cursor = current_actor(), request.args.get("cursor")
    filters = queries.Filters.parse(request.args)
    with reading() as session:
        book = queries.access_ledger(session, actor, name)
        ledgers = queries.viewable(session, actor)
        page = queries.list_rows(session, book, filters, cursor=cursor)
        shelf = shelves.shelf_of(session, actor, book, filters.unit)
        strip = months.strip(session, book, shelf, filters, today())
        period = months.chosen(filters)
        month = None
        if strip and period and shelf:
            month = shelves.look(session, actor, shelf, period, today())
        return render_template(
            "ledgers/show.html",
            ledger=book.ledger,
            ledgers=ledgers,
            columns=book.ledger.columns,
            page=page,
            filters=filters,
            months=strip,
            month=month,
            shelf=shelf,
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


@bp.get("/ledgers/<name>/months/<month>")
def month(name: str, month: str) -> str:
    """One frozen month: who froze it, and whether the file is still the same."""
    actor, period = current_actor(), Period.parse(month)
    with reading() as session:
        shelf = shelves.access_shelf(session, actor, name, request.args.get("unit", ""))
        found = shelves.look(session, actor, shelf, period, today())
        verdict = checking.verdict_of(session, found)
        return render_template(
            "ledgers/month.html", here="ledgers", shelf=shelf, month=found, verdict=verdict
        )


@bp.post("/ledgers/<name>/months/<month>/freeze")
def freeze(name: str, month: str) -> AnyResponse:
    return _act(freezing.propose, name, month, "已经提出封存。请另一个人来确认，确认以后才封存。")


@bp.post("/ledgers/<name>/months/<month>/confirm")
def confirm(name: str, month: str) -> AnyResponse:
    return _act(freezing.confirm, name, month, "已经封存。封存件随时可以下载，内容不会再变。")


@bp.post("/ledgers/<name>/months/<month>/file")
def take_month(name: str, month: str) -> Response:
    """Like an export: a file leaves the house, and that is recorded."""
    period, unit = Period.parse(month), request.form.get("unit", "")
    with reading() as session:
        shelves.access_shelf(session, current_actor(), name, unit)
    require_step_up()
    with transaction() as session:
        made = freezing.take(
            session, actor=current_actor(), now=utcnow(), name=name, period=period, unit=unit
        )
    return attachment(made.data, XLSX, made.name)


def _act(act: Callable[..., Shelf], name: str, month: str, said: str) -> AnyResponse:
    period = Period.parse(month)
    with transaction() as session:
        shelf = act(
            session,
            actor=current_actor(),
            now=utcnow(),
            name=name,
            period=period,
            seen=_seen(),
            unit=request.form.get("unit", ""),
        )
    flash(f"{period.label}{said}")
    given: dict[str, Any] = {"from": period.since, "to": period.until}
    given |= {"unit": shelf.division.code} if request.form.get("unit") else {}
    return redirect(url_for("ledgers.show", name=name, **given))


def _seen() -> Seen:
    """Raises: Malformed."""
    try:
        return Seen(int(request.form["rows"]), int(request.form["last_serial"]))
    except (KeyError, ValueError) as error:
        raise Malformed("页面没有说明它显示的是多少行，请从台账页上重新打开这个月。") from error
