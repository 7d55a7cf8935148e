"""人员与单位: read by administrators of the 州 or 县市, each within the own scope."""

from flask import render_template, request

from app.core.clock import utcnow
from app.core.db import reading
from app.identity import staff
from app.identity.routes.base import bp
from app.identity.types import POSITION_LABELS, Position
from app.web.actor import current_actor


@bp.get("/people")
def people() -> str:
    filters, cursor = staff.Filters.parse(request.args), request.args.get("cursor")
    with reading() as session:
        page = staff.list_staff(
            session, actor=current_actor(), now=utcnow(), filters=filters, cursor=cursor
        )
    return render_template(
        "identity/people.html",
        page=page,
        filters=filters,
        positions=POSITION_LABELS.items(),
        cursor=cursor,
        adds=current_actor().holds(Position.SYSTEM_ADMIN),
        here="people",
    )


@bp.get("/units")
def units() -> str:
    with reading() as session:
        tree = staff.unit_tree(session, actor=current_actor())
    return render_template("identity/units.html", tree=tree, here="people")
