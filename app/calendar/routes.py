"""工作日历: a year at a glance, the notices, entering and withdrawing one."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app.calendar import asking, notices, queries, screens, seams, service
from app.calendar.types import (
    FIRST_YEAR,
    KIND_LABELS,
    LAST_YEAR,
    SOURCE_LABELS,
    BadNotice,
    NoticeTwice,
)
from app.core.actor import Actor
from app.core.clock import today, utcnow
from app.core.db import reading, transaction
from app.core.errors import Malformed
from app.identity.layers import NATION, is_whole, keeps_any, layers_of, visible_layer
from app.identity.queries import list_units, scope_path
from app.web.actor import current_actor
from app.web.errors import status_of

bp = Blueprint("calendar", __name__)
NEAR = 100  # units that a field proposes


@bp.get("/calendar")
def index() -> str:
    actor, now = current_actor(), today()
    year = _year(request.args.get("year", "")) or now.year
    with reading() as session:
        layers = layers_of(session, actor)
        code = request.args.get("unit") or actor.unit_code
        unit = visible_layer(session, actor, code)
        spoken = queries.spoken(
            session, unit.id if unit else None, date(year, 1, 1), date(year, 12, 31)
        )
        return render_template(
            "calendar/index.html",
            year=year,
            months=screens.year_of(year, spoken, now),
            is_known=queries.is_known(session, year),
            layers=layers,
            code=code,
            layer=unit.name if unit else NATION,
            years=(FIRST_YEAR, LAST_YEAR),
            labels=KIND_LABELS,
            **_keeping(session, actor, now),
        )


@bp.get("/calendar/notices")
def listed() -> str:
    actor = current_actor()
    year, cursor = _year(request.args.get("year", "")), request.args.get("cursor")
    with reading() as session:
        return render_template(
            "calendar/notices.html",
            page=notices.list_notices(session, actor=actor, year=year, cursor=cursor),
            year=year,
            cursor=cursor,
            sources=SOURCE_LABELS,
            **_keeping(session, actor, today()),
        )


@bp.get("/calendar/notices/new")
def new() -> str:
    year = _year(request.args.get("year", ""))
    return _form({"year": str(year or today().year)})


@bp.post("/calendar/notices")
def enter() -> AnyResponse:
    """With `step=enter` it is entered; before that the page shows what it would change."""
    typed = {name: request.form.get(name, "").replace("\0", "") for name in asking.FIELDS}
    enters = request.form.get("step") == "enter"
    given: dict[str, Any] = {"actor": current_actor(), "now": utcnow()}
    try:
        if not enters:
            with reading() as session:
                draft = asking.draft_of(session, typed)
                weighed = service.weigh(session, **given, draft=draft)
                foreseen = service.foresee(session, weighed, given["now"])
            return Response(_form(typed, weighed=weighed, foreseen=foreseen), mimetype="text/html")
        with transaction() as session:
            made = service.enter_notice(session, **given, draft=asking.draft_of(session, typed))
    except (BadNotice, NoticeTwice) as error:
        return Response(_form(typed, error=error), status_of(error), mimetype="text/html")
    flash("通知已经录入，日历和没办完的件的时限按它重算。")
    return redirect(url_for("calendar.show", notice_id=made.id))


@bp.get("/calendar/notices/<int:notice_id>")
def show(notice_id: int) -> str:
    return _page(notice_id)


@bp.post("/calendar/notices/<int:notice_id>/withdraw")
def withdraw(notice_id: int) -> AnyResponse:
    try:
        with transaction() as session:
            service.withdraw_notice(
                session,
                actor=current_actor(),
                now=utcnow(),
                notice_id=notice_id,
                version=request.form.get("version", type=int),
                reason=request.form.get("reason", ""),
            )
    except BadNotice as error:
        page = _page(notice_id, request.form.get("reason", ""), error)
        return Response(page, status_of(error), mimetype="text/html")
    flash("通知已经撤销，日历和没办完的件的时限重算；它和撤销的原因都留着。")
    return redirect(url_for("calendar.show", notice_id=notice_id))


def _form(
    typed: Mapping[str, str],
    *,
    weighed: service.Weighed | None = None,
    foreseen: seams.Foreseen | None = None,
    error: BadNotice | NoticeTwice | None = None,
) -> str:
    actor, now = current_actor(), today()
    faults = error.errors if isinstance(error, BadNotice) else ()
    with reading() as session:
        return render_template(
            "calendar/new.html",
            typed=typed,
            weighed=weighed,
            foreseen=foreseen,
            past=sum(one.is_new and one.said.day < now for one in weighed.effects)
            if weighed
            else 0,
            error=error,
            errors=faults,
            wrong={one.path: one.message for one in faults},
            units=list_units(session, actor=actor, limit=NEAR).items,
            nation=NATION,
            labels=KIND_LABELS,
            **_keeping(session, actor, now),
        )


def _page(notice_id: int, typed: str = "", error: BadNotice | None = None) -> str:
    actor = current_actor()
    with reading() as session:
        return render_template(
            "calendar/notice.html",
            row=notices.notice_row(session, actor, notice_id),
            days=notices.days_of(session, [notice_id]),
            walks=seams.walks(session, notice_id),
            typed=typed,
            errors=error.errors if error else (),
            sources=SOURCE_LABELS,
            labels=KIND_LABELS,
            here="calendar",
        )


def _keeping(session: Session, actor: Actor, now: date) -> dict[str, Any]:
    """Whether the reader keeps a layer, and whether it is time for the nation's notice."""
    keeps = keeps_any(session, actor)
    return {
        "keeps": keeps,
        "keeps_nation": keeps and is_whole(scope_path(session, actor)),
        "missing": queries.missing_year(session, now) if keeps else None,
        "here": "calendar",
    }


def _year(text: str) -> int | None:
    """Raises: Malformed."""
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and FIRST_YEAR <= int(text[:9]) <= LAST_YEAR):
        raise Malformed(f"年份要在 {FIRST_YEAR} 到 {LAST_YEAR} 之间。")
    return int(text)
