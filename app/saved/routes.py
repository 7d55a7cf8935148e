"""My kept filters: the page where they are put in order, and what lists post."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.saved import queries, service
from app.saved.types import LISTS, OF_TASKS, WORDS
from app.web import filtering
from app.web.actor import current_actor

bp = Blueprint("saved", __name__)


def address(of: str, given: Mapping[str, str]) -> str:
    endpoint = "tasks.inbox" if of in OF_TASKS else "tickets.index"
    return filtering.address(endpoint, of, given)


@bp.get("/filters")
def index() -> str:
    with reading() as session:
        kept = queries.list_kept(session, current_actor())
    return render_template(
        "saved/index.html", kept=kept, lists=LISTS, address=address, here="filters"
    )


@bp.post("/filters")
def keep() -> AnyResponse:
    of, words = request.form.get("list", ""), request.form
    given = {name: words[name].replace("\0", "") for name in WORDS if words.get(name)}
    with transaction() as session:
        service.keep(
            session,
            actor=current_actor(),
            now=utcnow(),
            of=of,
            name=words.get("name", ""),
            given=given,
        )
    flash("已经存为常用筛选，在列表上方。")
    return redirect(address(of, given))


@bp.post("/filters/<int(max=9223372036854775807):filter_id>/rename")
def rename(filter_id: int) -> AnyResponse:
    with transaction() as session:
        service.rename(
            session,
            actor=current_actor(),
            filter_id=filter_id,
            name=request.form.get("name", ""),
        )
    return redirect(url_for("saved.index"))


@bp.post("/filters/<int(max=9223372036854775807):filter_id>/default")
def default(filter_id: int) -> AnyResponse:
    with transaction() as session:
        service.make_default(
            session,
            actor=current_actor(),
            filter_id=filter_id,
            wanted=request.form.get("on") == "1",
        )
    return redirect(url_for("saved.index"))


@bp.post("/filters/<int(max=9223372036854775807):filter_id>/drop")
def drop(filter_id: int) -> AnyResponse:
    with transaction() as session:
        service.drop(session, actor=current_actor(), filter_id=filter_id)
    return redirect(url_for("saved.index"))
