"""权限查询 in the browser: who has what, one person, one unit, the counties, and the file."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from app.access.types import KIND_LABELS
from app.core.clock import utcnow
from app.core.db import reading, transaction
from app.core.errors import AppError, Malformed
from app.holdings import queries, service
from app.holdings.types import STATE_LABELS, Filters, NobodyFound
from app.identity.queries import list_units
from app.identity.region import read_region
from app.web.actor import current_actor
from app.web.downloads import attachment
from app.web.step_up import require_step_up

bp = Blueprint("holdings", __name__)
NEAR = 200  # units that the field proposes


@bp.get("/holdings")
def index() -> str:
    return _page(Filters.parse(request.args), request.args.get("cursor"))


@bp.post("/holdings/find")
def find() -> AnyResponse:
    """A POST, since a number must stand in no address and no log."""
    actor = current_actor()
    try:
        with reading() as session:
            account, person = queries.find_by_id_number(
                session, actor, request.form.get("id_number", "").replace("\0", "")
            )
    except NobodyFound as error:
        return Response(_page(Filters(), None, error=error), mimetype="text/html")
    if account is not None:
        return redirect(url_for("holdings.account", account_id=account))
    return redirect(url_for("holdings.person", person_id=person))


@bp.post("/holdings/export")
def export() -> Response:
    """A POST: taking rows out of the house is an act that is recorded."""
    require_step_up()
    filters = Filters.parse(request.form)
    kind = request.form.get("format", "xlsx")
    if kind not in service.FORMATS:
        raise Malformed("清单可以用 xlsx 或 csv 取得。")
    with transaction() as session:
        made = service.export_accounts(
            session, actor=current_actor(), now=utcnow(), filters=filters, kind=kind
        )
    return attachment(made.data, made.media, made.name)


@bp.get("/holdings/accounts/<int:account_id>")
def account(account_id: int) -> str:
    cursor = request.args.get("cursor")
    with reading() as session:
        found = queries.portrait_of_account(
            session, actor=current_actor(), now=utcnow(), account_id=account_id, cursor=cursor
        )
    here = url_for("holdings.account", account_id=account_id)
    return render_template(
        "holdings/person.html", here="holdings", one=found, cursor=cursor, address=here
    )


@bp.get("/holdings/people/<int:person_id>")
def person(person_id: int) -> AnyResponse | str:
    """Of somebody who works here; whoever has an account is shown there."""
    actor = current_actor()
    with reading() as session:
        account_id = queries.account_of_person(session, actor, person_id)
        if account_id is not None:
            return redirect(url_for("holdings.account", account_id=account_id))
        found = queries.portrait_of_person(session, actor=actor, now=utcnow(), person_id=person_id)
    return render_template("holdings/person.html", here="holdings", one=found, cursor=None)


@bp.get("/holdings/units/<unit>")
def unit(unit: str) -> str:
    actor, cursor = current_actor(), request.args.get("cursor")
    with reading() as session:
        found = queries.look_at_unit(session, actor=actor, now=utcnow(), code=unit)
        page = queries.list_accounts(
            session, actor=actor, filters=Filters(unit=unit), cursor=cursor
        )
    return render_template(
        "holdings/unit.html", here="holdings", unit=found, page=page, cursor=cursor
    )


@bp.get("/holdings/counties")
def counties() -> str:
    with reading() as session:
        found = queries.list_counties(session, actor=current_actor(), now=utcnow())
    return render_template("holdings/counties.html", here="holdings", counties=found)


def _page(filters: Filters, cursor: str | None, *, error: AppError | None = None) -> str:
    actor = current_actor()
    with reading() as session:
        page = queries.list_accounts(session, actor=actor, filters=filters, cursor=cursor)
        admins = (
            queries.list_administrators(session, actor=actor, now=utcnow(), filters=filters)
            if cursor is None
            else []
        )
        return render_template(
            "holdings/index.html",
            here="holdings",
            page=page,
            admins=[one for one in admins if one.account_id is None],
            filters=filters,
            cursor=cursor,
            error=error,
            units=list_units(session, actor=actor, limit=NEAR).items,
            **_choices(session),
        )


def _choices(session: Session) -> dict[str, Any]:
    region = read_region(session)
    return {
        key: [(one.value, one.label) for one in region.entries(key)]
        for key in ("subsystems", "posts")
    } | {
        "states": [(one.value, label) for one, label in STATE_LABELS.items()],
        "kinds": [(one.value, label) for one, label in KIND_LABELS.items()],
    }
