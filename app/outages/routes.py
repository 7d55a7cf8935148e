"""停机登记: the list, a new one, withdrawing one."""

from collections.abc import Mapping

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import today, utcnow
from app.core.db import reading, transaction
from app.core.errors import Conflict
from app.identity.queries import list_units
from app.outages import asking, queries, service
from app.outages.types import BadOutage, OutageTwice
from app.web.actor import current_actor
from app.web.errors import status_of

bp = Blueprint("outages", __name__)
NEAR = 100  # units that the field proposes


@bp.get("/outages")
def index() -> str:
    return _page(request.args.get("cursor"))


@bp.post("/outages")
def declare() -> AnyResponse:
    typed = {name: request.form.get(name, "").replace("\0", "") for name in asking.FIELDS}
    now = utcnow()
    try:
        with transaction() as session:
            draft = asking.draft_of(session, typed, now)
            service.declare(session, actor=current_actor(), now=now, draft=draft)
    except (BadOutage, OutageTwice) as error:
        return Response(_page(typed=typed, error=error), status_of(error), mimetype="text/html")
    flash("停机已经登记。停机期间的纸质件，由原来的经办人在“发起办件”里补录。")
    return redirect(url_for("outages.index"))


@bp.post("/outages/<int:outage_id>/withdraw")
def withdraw(outage_id: int) -> AnyResponse:
    reason = request.form.get("reason", "").replace("\0", "")
    try:
        with transaction() as session:
            service.withdraw(
                session,
                actor=current_actor(),
                now=utcnow(),
                outage_id=outage_id,
                version=request.form.get("version", type=int),
                reason=reason,
            )
    except BadOutage as error:
        page = _page(error=error, withdrawing=outage_id, reason=reason)
        return Response(page, status_of(error), mimetype="text/html")
    flash("停机登记已经撤销；它和撤销的原因都留着。")
    return redirect(url_for("outages.index"))


def _page(
    cursor: str | None = None,
    *,
    typed: Mapping[str, str] | None = None,
    error: BadOutage | Conflict | None = None,
    withdrawing: int = 0,
    reason: str = "",
) -> str:
    actor = current_actor()
    faults = error.errors if isinstance(error, BadOutage) else ()
    with reading() as session:
        return render_template(
            "outages/index.html",
            page=queries.list_outages(session, actor=actor, today=today(), cursor=cursor),
            cursor=cursor,
            typed=typed or {},
            error=error,
            errors=faults,
            wrong={} if withdrawing else {one.path: one.message for one in faults},
            withdrawing=withdrawing,
            reason=reason,
            units=list_units(session, actor=actor, limit=NEAR).items,
            here="outages",
        )
