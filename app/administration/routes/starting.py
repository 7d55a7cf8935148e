"""Who begins what in a unit and who does each step; and the switch that stops it there."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for

from app.administration import policy, queries, service
from app.administration.routes.base import bp, seen, words
from app.administration.routes.people import Answer
from app.administration.starting import processes_of
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Conflict
from app.web.actor import current_actor
from app.web.errors import status_of
from app.web.step_up import is_proved, require_step_up


@bp.get("/units/<int:unit_id>/processes")
def processes(unit_id: int) -> str:
    return _page(unit_id)


@bp.post("/units/<int:unit_id>/processes/hide")
def hide_process(unit_id: int) -> Answer:
    said = "这里的人不能再发起这项业务；已经在办的照常办完。"
    return _done(unit_id, service.hide_process, said)


@bp.post("/units/<int:unit_id>/processes/show")
def show_process(unit_id: int) -> Answer:
    return _done(unit_id, service.show_process, "已经恢复，这里的人又能发起这项业务。")


def _done(unit_id: int, act: Callable[..., Any], said: str) -> Answer:
    require_step_up()
    given = {"unit_id": unit_id, "seen": seen(), **words("key")}
    try:
        with transaction() as session:
            act(session, actor=current_actor(), now=utcnow(), **given)
    except Conflict as error:
        return _page(unit_id, error.text), status_of(error)
    flash(said)
    return redirect(url_for("administration.processes", unit_id=unit_id))


def _page(unit_id: int, error: str = "") -> str:
    actor = current_actor()
    with reading() as session:
        unit = queries.access_unit(session, unit_id, actor)
        return render_template(
            "administration/processes.html",
            here="people",
            unit=unit,
            processes=processes_of(session, unit, utcnow()),
            may=policy.can_administer(actor),
            proved=is_proved(),
            error=error,
        )
