"""What somebody keeps: filters, as lists post them, and phrases; and the pages to mend them."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.saved import phrasing, queries, service
from app.saved.types import (
    LISTS,
    LONGEST_PHRASE,
    MOST_PHRASES,
    OF_TASKS,
    WORDS,
    BadPhrases,
    StalePhrases,
)
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


@bp.post("/filters/<int:filter_id>/rename")
def rename(filter_id: int) -> AnyResponse:
    with transaction() as session:
        service.rename(
            session,
            actor=current_actor(),
            filter_id=filter_id,
            name=request.form.get("name", ""),
        )
    return redirect(url_for("saved.index"))


@bp.post("/filters/<int:filter_id>/default")
def default(filter_id: int) -> AnyResponse:
    with transaction() as session:
        service.make_default(
            session,
            actor=current_actor(),
            filter_id=filter_id,
            wanted=request.form.get("on") == "1",
        )
    return redirect(url_for("saved.index"))


@bp.post("/filters/<int:filter_id>/drop")
def drop(filter_id: int) -> AnyResponse:
    with transaction() as session:
        service.drop(session, actor=current_actor(), filter_id=filter_id)
    return redirect(url_for("saved.index"))


@bp.get("/phrases")
def phrases() -> str:
    with reading() as session:
        own = queries.phrases_of(session, current_actor())
    return _phrases("\n".join(own.texts), own.rev)


@bp.post("/phrases")
def write_phrases() -> AnyResponse:
    typed, seen = request.form.get("phrases", ""), request.form.get("rev", -1, type=int)
    try:
        with transaction() as session:
            phrasing.write(session, actor=current_actor(), texts=typed.splitlines(), seen=seen)
    except BadPhrases as error:
        page = _phrases(typed, seen, [fault.message for fault in error.errors])
        return Response(page, 422, mimetype="text/html")
    except StalePhrases as error:
        with reading() as session:
            now = queries.phrases_of(session, current_actor())
        page = _phrases(typed, now.rev, [error.text], now.texts)
        return Response(page, 409, mimetype="text/html")
    flash("常用语已经存好，写意见时在意见框上面。")
    return redirect(url_for("saved.phrases"))


def _phrases(typed: str, rev: int, errors: Sequence[str] = (), stored: Sequence[str] = ()) -> str:
    return render_template(
        "saved/phrases.html",
        typed=typed,
        rev=rev,
        errors=errors,
        stored=stored,
        most=MOST_PHRASES,
        longest=LONGEST_PHRASE,
        here="phrases",
    )
