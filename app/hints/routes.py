"""风险提示 in the browser: the list, one hint, signing and handling it."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Conflict
from app.hints import queries, service
from app.hints.rules import RULES
from app.hints.types import (
    COLOUR_LABELS,
    STATE_LABELS,
    VERDICT_LABELS,
    BadHandling,
    Filters,
    Verdict,
)
from app.web.actor import current_actor
from app.web.errors import status_of

bp = Blueprint("hints", __name__)


@bp.get("/hints")
def index() -> str:
    cursor, filters = request.args.get("cursor"), Filters.parse(request.args)
    with reading() as session:
        page = queries.list_hints(
            session, actor=current_actor(), now=utcnow(), filters=filters, cursor=cursor
        )
        return render_template(
            "hints/index.html",
            here="hints",
            page=page,
            last=queries.last_recheck(session),
            filters=filters,
            cursor=cursor,
            states=[(one.value, label) for one, label in STATE_LABELS.items()],
            colours=[(one.value, label) for one, label in COLOUR_LABELS.items()],
            rules=[(one.key, one.title) for one in RULES.values()],
        )


@bp.get("/hints/<int:hint_id>")
def show(hint_id: int) -> str:
    return _page(hint_id)


@bp.post("/hints/<int:hint_id>/sign")
def sign(hint_id: int) -> AnyResponse:
    try:
        with transaction() as session:
            service.sign(
                session,
                actor=current_actor(),
                now=utcnow(),
                hint_id=hint_id,
                version=request.form.get("version", type=int),
            )
    except Conflict as error:
        return Response(_page(hint_id, error=error), status_of(error), mimetype="text/html")
    flash("已经签收。请在期限内查明、整改，再填处理情况。")
    return redirect(url_for("hints.show", hint_id=hint_id))


@bp.post("/hints/<int:hint_id>/handle")
def handle(hint_id: int) -> AnyResponse:
    verdict, words = request.form.get("verdict", ""), request.form.get("text", "")
    try:
        with transaction() as session:
            service.handle(
                session,
                actor=current_actor(),
                now=utcnow(),
                hint_id=hint_id,
                version=request.form.get("version", type=int),
                verdict=Verdict(verdict) if verdict in set(Verdict) else None,
                words=words.replace("\0", ""),
            )
    except (BadHandling, Conflict) as error:
        page = _page(hint_id, error=error, verdict=verdict, words=words)
        return Response(page, status_of(error), mimetype="text/html")
    flash("处理情况已经记下。下一次核对会再查一遍。")
    return redirect(url_for("hints.show", hint_id=hint_id))


def _page(
    hint_id: int,
    *,
    error: BadHandling | Conflict | None = None,
    verdict: str = "",
    words: str = "",
) -> str:
    faults = error.errors if isinstance(error, BadHandling) else ()
    with reading() as session:
        hint = queries.show_hint(session, actor=current_actor(), now=utcnow(), hint_id=hint_id)
    return render_template(
        "hints/show.html",
        here="hints",
        hint=hint,
        error=error,
        errors=faults,
        wrong={one.path: one.message for one in faults},
        verdict=verdict,
        words=words,
        verdicts=[(one.value, label) for one, label in VERDICT_LABELS.items()],
    )
