"""通知: what somebody was told, and how much of it is new."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Malformed
from app.notifications import queries, service
from app.web.actor import current_actor, find_actor, public

bp = Blueprint("notifications", __name__)
BIG = "int(max=9223372036854775807)"


@bp.get("/notifications")
def index() -> str:
    unread, cursor = request.args.get("unread") == "1", request.args.get("cursor")
    with reading() as session:
        page = queries.list_notifications(session, current_actor(), unread=unread, cursor=cursor)
        count = queries.count_unread(session, current_actor().person_id)
    return render_template(
        "notifications/index.html",
        page=page,
        unread=unread,
        count=count,
        cursor=cursor,
        here="notifications",
    )


@bp.get("/notifications/count")
@public
def count() -> str:
    """Asked by the head of every open page, again and again.

    Where the session is over it tells of nothing: a page on which somebody was typing must not be
    led to the login by it.
    """
    actor = find_actor()
    with reading() as session:
        found = queries.count_unread(session, actor.person_id) if actor else 0
    return render_template("notifications/count.html", count=found)


@bp.post(f"/notifications/<{BIG}:notification_id>/open")
def open_it(notification_id: int) -> AnyResponse:
    """Read, and on to what it is about."""
    with transaction() as session:
        found = service.mark_read(
            session, actor=current_actor(), now=utcnow(), notification_id=notification_id
        )
    return redirect(found.href)


@bp.post(f"/notifications/<{BIG}:notification_id>/read")
def read(notification_id: int) -> AnyResponse:
    with transaction() as session:
        service.mark_read(
            session, actor=current_actor(), now=utcnow(), notification_id=notification_id
        )
    unread = request.form.get("unread") == "1"
    return redirect(url_for("notifications.index", unread="1" if unread else None))


@bp.post("/notifications/read")
def read_all() -> AnyResponse:
    """Up to the newest that the page has shown."""
    until = request.form.get("until", type=int)
    if until is None or not 0 <= until < 2**63:
        raise Malformed
    with transaction() as session:
        service.mark_all_read(session, actor=current_actor(), now=utcnow(), until=until)
    flash("都标为已读了。这以后新来的，仍然算未读。")
    return redirect(url_for("notifications.index"))
