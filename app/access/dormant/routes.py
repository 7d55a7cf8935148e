"""长期未登录 in the browser: whose accounts lie idle, and the reviews of departments."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.access.activity import queries as activity
from app.access.dormant import beginning, overview
from app.access.dormant.policy import can_begin
from app.access.dormant.types import NothingDue
from app.core import clock
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Conflict, Malformed
from app.identity.queries import list_units
from app.web.actor import current_actor
from app.web.errors import status_of

bp = Blueprint("dormant", __name__)
NEAR = 200  # units that the field proposes
MOST_DAYS = 3650


@bp.get("/idle-accounts")
def index() -> str:
    return _page()


@bp.post("/idle-accounts/reviews")
def begin() -> AnyResponse:
    """Only what the page showed as due is begun: what has become due since comes next time."""
    units = request.form.getlist("unit")
    try:
        with transaction() as session:
            if not units:
                raise NothingDue
            made = beginning.begin_reviews(
                session, actor=current_actor(), now=utcnow(), units=units
            )
    except Conflict as error:
        return Response(_page(error=error), status_of(error), mimetype="text/html")
    flash(f"已经发起 {len(made)} 件核实，各部门负责人会收到。")
    return redirect(url_for("dormant.index"))


def _page(error: Conflict | None = None) -> str:
    actor, today = current_actor(), clock.local(utcnow()).date()
    cursor, unit = request.args.get("cursor"), request.args.get("unit", "")
    asked = _days(request.args.get("days", ""))
    with reading() as session:
        days = asked or activity.idle_days(session, actor, today)
        page = activity.list_idle(
            session, actor=actor, today=today, days=days, unit=unit, cursor=cursor
        )
        departments = overview.departments(session, actor.division_id, today)
        given = {name: value for name, value in (("unit", unit), ("days", asked)) if value}
        return render_template(
            "dormant/index.html",
            here="idle",
            page=page,
            days=days,
            asked=asked,
            unit=unit,
            units=list_units(session, actor=actor, limit=NEAR).items,
            given=given,
            cursor=cursor,
            departments=departments,
            due=[one for one in departments if one.is_due],
            may_ask=can_begin(actor),
            error=error,
        )


def _days(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= MOST_DAYS:
        raise Malformed(f"天数要写 1 到 {MOST_DAYS} 的整数。")
    return int(text)
