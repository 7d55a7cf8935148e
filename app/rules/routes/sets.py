"""制度依据: the list, one version, entering the next, withdrawing one."""

from collections.abc import Mapping

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import today, utcnow
from app.core.db import reading, transaction
from app.identity.layers import NATION
from app.rules import asking, queries, service
from app.rules.routes.base import bp, choosing, keeping, typed_in
from app.rules.types import STANDING_LABELS, BadRule, RuleTwice
from app.web.actor import current_actor
from app.web.errors import status_of
from app.web.site import GREATEST


@bp.get("/rules")
def index() -> str:
    actor = current_actor()
    key, cursor = request.args.get("key", ""), request.args.get("cursor")
    with reading() as session:
        return render_template(
            "rules/sets.html",
            page=queries.list_rules(session, actor=actor, today=today(), key=key, cursor=cursor),
            key=key,
            cursor=cursor,
            labels=STANDING_LABELS,
            **keeping(session, actor),
        )


@bp.get("/rules/new")
def new() -> str:
    """With `after` the next version of that one's set."""
    after = request.args.get("after", type=int)
    if after is None or not 0 < after <= GREATEST:
        return _form({"key": request.args.get("key", "")})
    with reading() as session:
        row = queries.rule_row(session, current_actor(), after, today())
        typed = {
            "key": row.set.key,
            "unit": row.unit_code or NATION,
            "name": row.version.name,
            "issuer": row.version.issuer,
            "ends": "" if row.version.last_day else "1",
        }
    return _form(typed)


@bp.post("/rules")
def enter() -> AnyResponse:
    typed = typed_in(asking.FIELDS)
    try:
        with transaction() as session:
            made = service.enter_version(
                session,
                actor=current_actor(),
                now=utcnow(),
                draft=asking.draft_of(session, typed),
            )
    except (BadRule, RuleTwice) as error:
        return Response(_form(typed, error), status_of(error), mimetype="text/html")
    flash("已经登记。以后提交的办件按它，已经提交的还按原来那一版。")
    return redirect(url_for("rules.show", rule_id=made.id))


@bp.get("/rules/<int:rule_id>")
def show(rule_id: int) -> str:
    return _page(rule_id)


@bp.post("/rules/<int:rule_id>/withdraw")
def withdraw(rule_id: int) -> AnyResponse:
    try:
        with transaction() as session:
            service.withdraw_version(
                session,
                actor=current_actor(),
                now=utcnow(),
                version_id=rule_id,
                version=request.form.get("version", type=int),
                reason=request.form.get("reason", ""),
            )
    except BadRule as error:
        page = _page(rule_id, request.form.get("reason", ""), error)
        return Response(page, status_of(error), mimetype="text/html")
    flash("这一版已经撤销；它和撤销的原因都留着。")
    return redirect(url_for("rules.show", rule_id=rule_id))


def _form(typed: Mapping[str, str], error: BadRule | RuleTwice | None = None) -> str:
    faults = error.errors if isinstance(error, BadRule) else ()
    with reading() as session:
        return render_template(
            "rules/new_set.html",
            typed=typed,
            error=error,
            errors=faults,
            wrong={one.path: one.message for one in faults},
            **choosing(session, current_actor()),
        )


def _page(rule_id: int, typed: str = "", error: BadRule | None = None) -> str:
    actor = current_actor()
    with reading() as session:
        row = queries.rule_row(session, actor, rule_id, today())
        versions = queries.versions_of(session, row.set.id)
        return render_template(
            "rules/set.html",
            row=row,
            versions=[(one, queries.standing_of(one, today())) for one in versions],
            told=queries.told_by(session, [row.version])[rule_id],
            typed=typed,
            errors=error.errors if error else (),
            labels=STANDING_LABELS,
            here="rules",
        )
