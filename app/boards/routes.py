"""进展看板 over HTTP: reading only."""

from flask import Blueprint, render_template, request

from app.boards import queries
from app.boards.types import BoardNotFound, Plan
from app.calendar.lights import Horizon
from app.core.clock import utcnow
from app.core.db import reading
from app.web.actor import current_actor

bp = Blueprint("boards", __name__)


@bp.get("/board")
def index() -> str:
    """All stages of a process side by side; with `stage` that one alone, in pages."""
    actor, stage = current_actor(), request.args.get("stage", "")
    cursor = request.args.get("cursor")
    with reading() as session:
        plans = queries.list_plans(session)
        chosen = _chosen(plans, request.args.get("process", ""))
        columns = []
        if chosen is not None:
            plan = queries.whole_plan(session, chosen)
            horizon = Horizon(session, actor.unit_id, utcnow())
            columns = (
                [queries.one_column(session, actor, plan, stage, horizon, cursor=cursor)]
                if stage
                else queries.board(session, actor, plan, horizon)
            )
    return render_template(
        "boards/index.html",
        plans=plans,
        chosen=chosen,
        columns=columns,
        stage=stage,
        cursor=cursor,
        here="board",
    )


def _chosen(plans: list[Plan], asked: str) -> Plan | None:
    """The one that was asked for, else the first. Raises: BoardNotFound."""
    if not asked:
        return plans[0] if plans else None
    found = next((one for one in plans if one.process == asked), None)
    if found is None:
        raise BoardNotFound
    return found
