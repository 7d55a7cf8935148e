"""编号规则: the patterns, entering and withdrawing one; the numbers, making one void."""

from collections.abc import Mapping

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import today, utcnow
from app.core.db import reading, transaction
from app.rules import asking, queries, service
from app.rules.routes.base import bp, choosing, keeping, typed_in
from app.rules.types import BadPattern, PatternTwice
from app.web.actor import current_actor
from app.web.errors import status_of

STATES = {"ahead": "还没有生效", "in_force": "在用", "past": "已换新规则", "withdrawn": "已撤销"}


@bp.get("/numbering")
def numbering() -> str:
    actor = current_actor()
    with reading() as session:
        return render_template(
            "rules/numbering.html",
            rows=queries.list_patterns(session, actor, today()),
            states=STATES,
            **keeping(session, actor),
        )


@bp.get("/numbering/new")
def new_pattern() -> str:
    given = {name: request.args.get(name, "") for name in ("name", "title", "unit", "pattern")}
    return _form({"first": "1", **given})


@bp.post("/numbering")
def enter_pattern() -> AnyResponse:
    typed = typed_in(asking.NUMBERING)
    try:
        with transaction() as session:
            service.enter_pattern(
                session,
                actor=current_actor(),
                now=utcnow(),
                numbering=asking.numbering_of(session, typed),
            )
    except (BadPattern, PatternTwice) as error:
        return Response(_form(typed, error), status_of(error), mimetype="text/html")
    flash("编号规则已经登记，从生效那天起按它编号；已经编好的号不变。")
    return redirect(url_for("rules.numbering"))


@bp.post("/numbering/<int:pattern_id>/withdraw")
def withdraw_pattern(pattern_id: int) -> AnyResponse:
    with transaction() as session:
        service.withdraw_pattern(
            session,
            actor=current_actor(),
            now=utcnow(),
            pattern_id=pattern_id,
            version=request.form.get("version", type=int),
        )
    flash("编号规则已经撤销，没有用它编过号。")
    return redirect(url_for("rules.numbering"))


@bp.get("/numbers")
def numbers() -> str:
    return _numbers()


@bp.post("/numbers/<int:number_id>/void")
def void_number(number_id: int) -> AnyResponse:
    try:
        with transaction() as session:
            service.void_number(
                session,
                actor=current_actor(),
                now=utcnow(),
                number_id=number_id,
                version=request.form.get("version", type=int),
                reason=request.form.get("reason", ""),
            )
    except BadPattern as error:
        return Response(_numbers(error, number_id), status_of(error), mimetype="text/html")
    flash("编号已经作废：留在编号簿里，不再给别的件用。")
    return redirect(url_for("rules.numbers"))


def _form(typed: Mapping[str, str], error: BadPattern | PatternTwice | None = None) -> str:
    faults = error.errors if isinstance(error, BadPattern) else ()
    with reading() as session:
        return render_template(
            "rules/new_pattern.html",
            typed=typed,
            error=error,
            errors=faults,
            wrong={one.path: one.message for one in faults},
            **choosing(session, current_actor()),
        )


def _numbers(error: BadPattern | None = None, about: int = 0) -> str:
    actor = current_actor()
    name, void = request.args.get("name", ""), request.args.get("void") == "1"
    cursor = request.args.get("cursor")
    with reading() as session:
        return render_template(
            "rules/numbers.html",
            page=queries.list_numbers(session, actor=actor, name=name, void=void, cursor=cursor),
            name=name,
            void=void,
            cursor=cursor,
            errors=error.errors if error else (),
            about=about,
            typed=request.form.get("reason", ""),
            **keeping(session, actor),
        )
