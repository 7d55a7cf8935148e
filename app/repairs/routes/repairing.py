"""The repair page of one ticket and what is done there."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import Malformed
from app.repairs import migrating, queries, standing, steering
from app.repairs.pages import Typed, repair_page
from app.repairs.routes.base import bp, number_of, words
from app.repairs.types import RepairRefused
from app.web.actor import current_actor

Answer = AnyResponse | tuple[str, int] | str
PREVIEW = "preview"


@bp.get("/tickets/<number>/repair")
def ticket(number: str) -> str:
    return _page(number, Typed())


@bp.post("/tickets/<number>/repair/suspend")
def suspend(number: str) -> Answer:
    return _done(
        number, "suspend", "已经挂起：谁也不能办，到时间的也不会动。", standing.suspend, _reason()
    )


@bp.post("/tickets/<number>/repair/resume")
def resume(number: str) -> Answer:
    return _done(number, "resume", "已经恢复，接着办。", standing.resume, _reason())


@bp.post("/tickets/<number>/repair/cancel")
def cancel(number: str) -> Answer:
    return _done(number, "cancel", "已经作废。", standing.cancel, _reason())


@bp.post("/tickets/<number>/repair/move")
def move(number: str) -> Answer:
    """First what it would do, then, from the page that shows it, the move."""
    asked = {"source": words("source"), "target": words("target")}
    if not asked["target"]:
        wrong = {"target": "请选择移到哪个环节。"}
        return _page(number, Typed("move", asked | _reason(), wrong)), 422
    if words("step") == PREVIEW:
        with transaction() as session:
            effect = steering.preview_move(
                session,
                actor=current_actor(),
                now=utcnow(),
                number=number,
                seen=number_of("rev"),
                **asked,
            )
        return _page(number, Typed("move", asked | _reason(), effect=effect))
    return _done(number, "move", "已经移动，办件页面上写着原因。", steering.move, asked | _reason())


@bp.post("/tickets/<number>/repair/variables")
def edit(number: str) -> Answer:
    typed = {"name": words("name").strip(), "value": words("value")} | _reason()
    try:
        changes = {typed["name"]: steering.read_value(typed["value"])}
    except RepairRefused as error:
        return _page(number, Typed("edit", typed, _faults(error))), 422
    given = {"changes": changes, "reason": typed["reason"]}
    return _done(number, "edit", "变量已经改好，原来的值记在审计里。", steering.edit, given, typed)


@bp.post("/tickets/<number>/repair/migrate")
def migrate(number: str) -> Answer:
    """First what would be lost, then, if nothing is, the other version."""
    version = number_of("version")
    typed = {"version": str(version)} | _reason()
    if version < 1:
        wrong = {"version": "请选择换到第几版。"}
        return _page(number, Typed("migrate", typed, wrong)), 422
    if words("step") == PREVIEW:
        with transaction() as session:
            found = migrating.preview(
                session,
                actor=current_actor(),
                now=utcnow(),
                number=number,
                version=version,
                seen=number_of("rev"),
            )
        return _page(number, Typed("migrate", typed, difference=found))
    if not typed["reason"].strip():
        return _page(number, Typed("migrate", typed, {"reason": standing.NO_REASON})), 422
    given = {"version": version, "reason": typed["reason"]}
    done = f"已经换到第 {version} 版，从停着的地方接着办。"
    return _done(number, "migrate", done, migrating.migrate, given, typed)


def _done(
    number: str,
    part: str,
    told: str,
    act: Callable[..., object],
    given: dict[str, Any],
    typed: dict[str, str] | None = None,
) -> Answer:
    """Do it; what was left out is said beside its field, with all that was typed."""
    if words("step") not in ("", "do"):
        raise Malformed
    try:
        with transaction() as session:
            act(
                session,
                actor=current_actor(),
                now=utcnow(),
                number=number,
                seen=number_of("rev"),
                **given,
            )
    except RepairRefused as error:
        return _page(number, Typed(part, typed or given, _faults(error))), 422
    flash(told)
    return redirect(url_for("repairs.ticket", number=number))


def _reason() -> dict[str, str]:
    return {"reason": words("reason")}


def _faults(error: RepairRefused) -> dict[str, str]:
    """Every field of the page has one sentence; those of a change stand at its name or value."""
    found = {}
    for one in error.errors:
        path = one.path if not one.path.startswith("changes") else "value"
        found["name" if one.code == "variable_name" else path] = one.message
    return found


def _page(number: str, typed: Typed) -> str:
    with reading() as session:
        found = queries.access_ticket(session, number, current_actor(), lock=False)
        context = repair_page(session, found, utcnow(), typed)
    return render_template("repairs/ticket.html", **context)
