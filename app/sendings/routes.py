"""发送 in the browser: the list, one with its figures and numbers, pausing, resuming, stopping."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Malformed
from app.messaging import hours
from app.messaging.channels.states import REASONS
from app.messaging.text import templates
from app.sendings import listing, service
from app.sendings.service import archiving
from app.sendings.types import DELIVERY_STATES, STATES, WHY, DeliveryState, ReasonMissing
from app.web.actor import current_actor
from app.web.downloads import attachment
from app.web.errors import status_of

bp = Blueprint("sendings", __name__)
LABELS = {
    "STATES": STATES,
    "DELIVERY_STATES": DELIVERY_STATES,
    "REASONS": REASONS,
    "WHY": WHY,
}


@bp.get("/sendings")
def index() -> str:
    cursor = request.args.get("cursor")
    with reading() as session:
        return render_template(
            "sendings/index.html",
            here="sendings",
            page=listing.list_sendings(session, actor=current_actor(), cursor=cursor),
            cursor=cursor,
            **LABELS,
        )


@bp.get("/sendings/replies")
def replies() -> str:
    """Of one sending, if its number is in the address."""
    cursor, sending_id = request.args.get("cursor"), request.args.get("sending", type=int)
    with reading() as session:
        return render_template(
            "sendings/replies.html",
            here="sendings",
            page=listing.list_replies(
                session, actor=current_actor(), sending_id=sending_id, cursor=cursor
            ),
            cursor=cursor,
            sending_id=sending_id,
        )


@bp.get("/sendings/<int:sending_id>")
def show(sending_id: int) -> str:
    return _page(sending_id)


@bp.get("/sendings/<int:sending_id>/archive.zip")
def archive(sending_id: int) -> Response:
    with transaction() as session:
        bundle = archiving.archive(
            session, actor=current_actor(), now=utcnow(), sending_id=sending_id
        )
    return attachment(bundle.pieces(), "application/zip", bundle.name)


@bp.post("/sendings/<int:sending_id>/pause")
def pause(sending_id: int) -> AnyResponse:
    reason = _reason()
    try:
        with transaction() as session:
            service.pause(
                session,
                actor=current_actor(),
                now=utcnow(),
                sending_id=sending_id,
                version=_version(),
                reason=reason,
            )
    except ReasonMissing as error:
        return _refused(sending_id, error, "pause", reason)
    flash("已经暂停。正在提交的一批会记完，其余的等人继续。")
    return redirect(url_for("sendings.show", sending_id=sending_id))


@bp.post("/sendings/<int:sending_id>/resume")
def resume(sending_id: int) -> AnyResponse:
    with transaction() as session:
        service.resume(
            session,
            actor=current_actor(),
            now=utcnow(),
            sending_id=sending_id,
            version=_version(),
        )
    flash("继续发送。")
    return redirect(url_for("sendings.show", sending_id=sending_id))


@bp.post("/sendings/<int:sending_id>/look-up")
def look_up(sending_id: int) -> AnyResponse:
    with transaction() as session:
        service.ask(
            session,
            actor=current_actor(),
            now=utcnow(),
            sending_id=sending_id,
            version=_version(),
        )
    flash("已经交给后台查询，结果显示在这里。")
    return redirect(url_for("sendings.show", sending_id=sending_id))


@bp.post("/sendings/<int:sending_id>/stop")
def stop(sending_id: int) -> AnyResponse:
    reason = _reason()
    try:
        with transaction() as session:
            service.stop(
                session,
                actor=current_actor(),
                now=utcnow(),
                sending_id=sending_id,
                version=_version(),
                reason=reason,
            )
    except ReasonMissing as error:
        return _refused(sending_id, error, "stop", reason)
    flash("已经停止，没有发出的不再发。")
    return redirect(url_for("sendings.show", sending_id=sending_id))


def _version() -> int:
    return request.form.get("version", -1, type=int)


def _reason() -> str:
    return request.form.get("reason", "").replace("\0", "")


def _refused(sending_id: int, error: ReasonMissing, act: str, reason: str) -> Response:
    page = _page(sending_id, error, act, reason)
    return Response(page, status_of(error), mimetype="text/html")


def _page(
    sending_id: int, error: ReasonMissing | None = None, act: str = "", reason: str = ""
) -> str:
    """`act` is what was refused, `reason` what was typed there."""
    cursor, asked = request.args.get("cursor"), request.args.get("state", "")
    if asked and asked not in list(DeliveryState):
        raise Malformed
    actor, now = current_actor(), utcnow()
    with reading() as session:
        row = listing.sending_row(session, actor, sending_id)
        opens_at = hours.next_opening(
            session, row.sending.unit_id, max(now, row.sending.not_before)
        )
        return render_template(
            "sendings/show.html",
            here="sendings",
            row=row,
            text=templates.shown_by_operator(row.sending.texts),
            page=listing.list_deliveries(
                session,
                actor=actor,
                sending_id=sending_id,
                state=DeliveryState(asked) if asked else None,
                cursor=cursor,
            ),
            replies=listing.count_replies(session, sending_id),
            cursor=cursor,
            asked=asked,
            opens_at=opens_at if opens_at > now else None,
            errors=error.errors if error else (),
            act=act,
            reason=reason,
            **LABELS,
        )
