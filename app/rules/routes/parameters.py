"""参数: as they are for a unit, one with its changes, proposing, confirming and withdrawing."""

from collections.abc import Mapping
from itertools import groupby

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.core.clock import today, utcnow
from app.core.db import reading, transaction
from app.identity.layers import NATION, layers_of, visible_layer
from app.identity.queries import get_unit
from app.identity.types import NoSuchUnit
from app.rules import asking, queries, service
from app.rules.routes.base import bp, choosing, keeping, typed_in
from app.rules.types import CHANGE_LABELS, BadChange, ChangeWaits
from app.web.actor import current_actor
from app.web.errors import status_of

ONE = "<int:change_id>"
FIELDS = ("unit", "value", "since", "reason")


@bp.get("/parameters")
def parameters() -> str:
    actor = current_actor()
    with reading() as session:
        code = request.args.get("unit") or actor.unit_code
        unit = visible_layer(session, actor, code)
        if unit is None:
            raise NoSuchUnit
        rows = queries.list_parameters(session, unit, today())
        return render_template(
            "rules/parameters.html",
            groups=[
                (name, list(found))
                for name, found in groupby(rows, lambda row: row.parameter.group)
            ],
            layers=layers_of(session, actor),
            unit=unit,
            nation=NATION,
            **keeping(session, actor),
        )


@bp.get("/parameters/<parameter>")
def one_parameter(parameter: str) -> str:
    return _page(parameter, {})


@bp.post("/parameters/<parameter>")
def propose(parameter: str) -> AnyResponse:
    typed = typed_in(FIELDS)
    try:
        with transaction() as session:
            service.propose_change(
                session,
                actor=current_actor(),
                now=utcnow(),
                proposal=asking.proposal_of(session, parameter, typed),
            )
    except (BadChange, ChangeWaits) as error:
        return Response(_page(parameter, typed, error), status_of(error), mimetype="text/html")
    flash("改动已经提出，等另一位系统管理员或者分管领导确认，确认以后才生效。")
    return redirect(url_for("rules.one_parameter", parameter=parameter))


@bp.post(f"/parameters/changes/{ONE}/confirm")
def confirm(change_id: int) -> AnyResponse:
    with transaction() as session:
        change = service.confirm_change(
            session,
            actor=current_actor(),
            now=utcnow(),
            change_id=change_id,
            version=request.form.get("version", type=int),
        )
        key = change.key
    flash("改动已经确认，从生效那天起按它算；已经在走的时限不变。")
    return redirect(url_for("rules.one_parameter", parameter=key))


@bp.post(f"/parameters/changes/{ONE}/withdraw")
def withdraw_change(change_id: int) -> AnyResponse:
    with transaction() as session:
        change = service.withdraw_change(
            session,
            actor=current_actor(),
            now=utcnow(),
            change_id=change_id,
            version=request.form.get("version", type=int),
        )
        key = change.key
    flash("改动已经撤回，没有生效。")
    return redirect(url_for("rules.one_parameter", parameter=key))


def _page(key: str, typed: Mapping[str, str], error: BadChange | ChangeWaits | None = None) -> str:
    actor = current_actor()
    faults = error.errors if isinstance(error, BadChange) else ()
    with reading() as session:
        known = queries.get_parameter(key)
        return render_template(
            "rules/parameter.html",
            known=known,
            setting=queries.parameter(session, key, actor.unit_id, today()),
            own=get_unit(session, actor.unit_id),
            changes=queries.list_changes(session, actor, key),
            labels=CHANGE_LABELS,
            typed=typed,
            error=error,
            errors=faults,
            wrong={one.path: one.message for one in faults},
            **choosing(session, actor),
        )
