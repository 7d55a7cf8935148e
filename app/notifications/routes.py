"""通知: what somebody was told and chose; for administrators what left the house, and chats."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.days import parse_day
from app.core.db import reading, transaction
from app.core.errors import Malformed
from app.notifications import outside, queries, screens, service
from app.notifications.types import (
    DELIVERY_LABELS,
    WAY_LABELS,
    BadChannel,
    BadChoice,
    DeliveryState,
    StaleChoices,
    WrongCode,
)
from app.web.actor import current_actor, find_actor, public

bp = Blueprint("notifications", __name__)


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


@bp.post("/notifications/<int:notification_id>/open")
def open_it(notification_id: int) -> AnyResponse:
    """Read, and on to what it is about."""
    with transaction() as session:
        found = service.mark_read(
            session, actor=current_actor(), now=utcnow(), notification_id=notification_id
        )
    return redirect(found.href)


@bp.post("/notifications/<int:notification_id>/read")
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


@bp.get("/notifications/settings")
def choices() -> str:
    return _choices()


@bp.post("/notifications/settings")
def choose() -> AnyResponse | tuple[str, int]:
    seen = request.form.get("rev", -1, type=int)
    try:
        with transaction() as session:
            row = queries.preference_of(session, current_actor().person_id)
            chosen = screens.read_choices(request.form, row)
            service.choose(session, actor=current_actor(), chosen=chosen, seen=seen)
    except BadChoice as error:
        return _choices({one.path: one.message for one in error.errors}), 422
    except StaleChoices as error:
        return _choices({"": error.text}), 409
    flash("通知设置已经存好，从下一条通知起照这样发。")
    return redirect(url_for("notifications.choices"))


@bp.post("/notifications/address")
def write_address() -> AnyResponse | tuple[str, int]:
    typed = request.form.get("address", "")
    try:
        with transaction() as session:
            row = service.set_address(session, actor=current_actor(), now=utcnow(), address=typed)
            is_asked = row.address_sealed is not None and row.confirmed_at is None
    except BadChoice as error:
        return _choices({one.path: one.message for one in error.errors}, address=typed), 422
    flash("确认码已经发到这个邮箱，请填在下面。" if is_asked else "已经存好。")
    return redirect(url_for("notifications.choices"))


@bp.post("/notifications/address/confirm")
def confirm_address() -> AnyResponse | tuple[str, int]:
    code = request.form.get("code", "")
    with transaction() as session:
        is_right = service.confirm_address(session, actor=current_actor(), now=utcnow(), code=code)
    if not is_right:
        return _choices({"code": WrongCode.message}), 422
    flash("邮箱确认好了，从下一条通知起照下面的选择发。")
    return redirect(url_for("notifications.choices"))


@bp.get("/notifications/deliveries")
def deliveries() -> str:
    asked, cursor = request.args, request.args.get("cursor")
    state = asked.get("state", "")
    if state and state not in set(DeliveryState):
        raise Malformed
    given = {name: asked[name] for name in ("way", "state", "person", "day") if asked.get(name)}
    narrowed = queries.LogFilter(
        asked.get("way", ""),
        DeliveryState(state) if state else None,
        asked.get("person", "").strip().replace("\0", ""),
        parse_day(asked["day"]) if asked.get("day") else None,
    )
    with reading() as session:
        page = queries.list_deliveries(session, current_actor(), narrowed, cursor=cursor)
        down = queries.list_down(session, current_actor())
    return render_template(
        "notifications/deliveries.html",
        page=page,
        given=given,
        cursor=cursor,
        down=down,
        states=DELIVERY_LABELS,
        here="deliveries",
    )


@bp.post("/notifications/deliveries/<int:dispatch_id>/retry")
def send_again(dispatch_id: int) -> AnyResponse:
    with transaction() as session:
        service.send_again(
            session,
            actor=current_actor(),
            now=utcnow(),
            delivery_id=dispatch_id,
            seen=request.form.get("retries", type=int),
        )
    flash("已经重新排队，十来秒后可以刷新看结果。")
    return redirect(url_for("notifications.deliveries"))


@bp.get("/notifications/channels")
def channels() -> str:
    return _channels()


@bp.post("/notifications/channels")
def enter_channel() -> AnyResponse | tuple[str, int]:
    fields = ("unit", "name", "url")
    typed = {name: request.form.get(name, "").replace("\0", "") for name in fields}
    try:
        with transaction() as session:
            queries.list_kept_channels(session, current_actor())  # who may not is not told more
            service.enter_channel(session, actor=current_actor(), now=utcnow(), **typed)
    except BadChannel as error:
        wrong = {one.path: one.message for one in error.errors}
        return _channels(wrong, {**typed, "url": ""}), 422
    flash("群聊已经增加，这个单位和下属单位的人可以在通知设置里选它。")
    return redirect(url_for("notifications.channels"))


@bp.post("/notifications/channels/<int:channel_id>/close")
def close_channel(channel_id: int) -> AnyResponse:
    with transaction() as session:
        service.close_channel(
            session,
            actor=current_actor(),
            now=utcnow(),
            channel_id=channel_id,
            version=request.form.get("version", type=int),
        )
    flash("群聊已经停用，不再往那里发。")
    return redirect(url_for("notifications.channels"))


def _choices(wrong: Mapping[str, str] | None = None, *, address: str | None = None) -> str:
    ways = outside.current()
    with reading() as session:
        row = queries.preference_of(session, current_actor().person_id)
        known = queries.address_of(row)
        groups = queries.list_channels(session, current_actor())
        return render_template(
            "notifications/settings.html",
            row=row,
            address=known if address is None else address,
            is_set=bool(known),
            kinds=screens.kinds_shown(row),
            groups=groups,
            ways=WAY_LABELS,
            by_mail=ways.smtp is not None,
            by_chat=bool(ways.chats) and bool(groups),
            wrong=wrong or {},
            here="notifications",
        )


def _channels(
    wrong: Mapping[str, str] | None = None, typed: Mapping[str, str] | None = None
) -> str:
    with reading() as session:
        rows = queries.list_kept_channels(session, current_actor())
    return render_template(
        "notifications/channels.html",
        rows=rows,
        services=sorted(outside.current().chats),
        wrong=wrong or {},
        typed=typed or {},
        here="deliveries",
    )
