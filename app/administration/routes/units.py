"""A unit: what it is called, what is below it, whether it is open."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from app.administration import asking, service
from app.administration.pages import Typed, unit_page
from app.administration.routes.base import bp, seen, words
from app.administration.routes.people import Answer
from app.core.clock import today, utcnow
from app.core.db import reading, transaction
from app.core.errors import Conflict, Invalid
from app.web.actor import current_actor
from app.web.errors import status_of
from app.web.step_up import is_proved, require_step_up


@bp.get("/units/<int:unit_id>")
def unit(unit_id: int) -> str:
    return _page(unit_id, Typed())


@bp.post("/units/<int:unit_id>/below")
def add_unit(unit_id: int) -> Answer:
    typed = words("code", "unit_name", "kind")

    def act(session: Session, **given: Any) -> None:
        found = asking.judge(typed, "code", "unit_name", today=today())
        service.add_unit(
            session,
            **given,
            code=found.values["code"],
            name=found.values["unit_name"],
            kind=asking.unit_kind(typed["kind"]),
        )

    return _done(unit_id, "below", "已经增设，列在下属单位里。", act, typed)


@bp.post("/units/<int:unit_id>/name")
def rename_unit(unit_id: int) -> Answer:
    typed = words("unit_name")

    def act(session: Session, **given: Any) -> None:
        found = asking.judge(typed, "unit_name", today=today())
        service.rename_unit(session, **given, name=found.values["unit_name"])

    return _done(unit_id, "name", "名称已经更正；以前打印的表仍是原来的。", act, typed)


@bp.post("/units/<int:unit_id>/close")
def close_unit(unit_id: int) -> Answer:
    return _done(unit_id, "close", "已经关闭。办过的件都留着，随时可以再启用。", service.close_unit)


@bp.post("/units/<int:unit_id>/reopen")
def reopen_unit(unit_id: int) -> Answer:
    return _done(unit_id, "reopen", "已经启用。", service.reopen_unit)


def _done(
    unit_id: int,
    part: str,
    said: str,
    act: Callable[..., Any],
    typed: dict[str, str] | None = None,
) -> Answer:
    require_step_up()
    try:
        with transaction() as session:
            act(session, actor=current_actor(), now=utcnow(), unit_id=unit_id, seen=seen())
    except (Conflict, Invalid) as error:
        return _page(unit_id, Typed.after(part, typed or {}, error)), status_of(error)
    flash(said)
    return redirect(url_for("administration.unit", unit_id=unit_id))


def _page(unit_id: int, typed: Typed) -> str:
    cursor = request.args.get("cursor")
    with reading() as session:
        context = unit_page(session, current_actor(), unit_id, typed, cursor)
        return render_template(
            "administration/unit.html", here="people", proved=is_proved(), **context
        )
