"""我的一天, 单位统计: what is in hand now, and how fast tickets were closed."""

import re
from typing import Any

from flask import Blueprint, render_template, request, url_for

from app.calendar.lights import Horizon
from app.core.clock import today, utcnow
from app.core.db import reading
from app.core.errors import Malformed
from app.identity.models import Unit
from app.insight import queries
from app.insight.spread import HALF, NINE_TENTHS, told
from app.insight.types import FIRST_YEAR
from app.web.actor import current_actor
from app.web.navigation import tell

bp = Blueprint("insight", __name__)


@bp.get("/stats/my-day")
def my_day() -> str:
    actor = current_actor()
    with reading() as session:
        horizon = Horizon(session, actor.unit_id, utcnow())
        day, waiting = queries.my_day(session, actor, horizon)
        tell(**{box.value: count for box, count in waiting.items()})
        return render_template("insight/my_day.html", day=day, today=horizon.today, here="my-day")


@bp.get("/stats/unit")
def unit() -> str:
    actor = current_actor()
    with reading() as session:
        units = queries.units_in_reach(session, actor)
        chosen = queries.unit_in_reach(session, actor, request.args.get("unit", ""), units)
        horizon = Horizon(session, chosen.id, utcnow())
        return render_template(
            "insight/unit.html",
            figures=queries.unit_figures(session, actor, chosen, horizon),
            at=horizon.now,
            **_frame("insight.unit", chosen, units),
        )


@bp.get("/stats/timeliness")
def timeliness() -> str:
    actor, now = current_actor(), today()
    year = _year(request.args.get("year", ""), now.year)
    with reading() as session:
        units = queries.units_in_reach(session, actor)
        chosen = queries.unit_in_reach(session, actor, request.args.get("unit", ""), units)
        return render_template(
            "insight/timeliness.html",
            found=queries.timeliness(session, chosen, year, now),
            years=(max(year - 1, FIRST_YEAR), min(year + 1, now.year)),
            told=told,
            half=HALF,
            most=NINE_TENTHS,
            **_frame("insight.timeliness", chosen, units),
        )


def _frame(endpoint: str, chosen: Unit, units: Any) -> dict[str, Any]:
    tabs = (("insight.unit", "现在在办"), ("insight.timeliness", "办理时效"))
    return {
        "chosen": chosen,
        "units": units,
        "action": url_for(endpoint),
        "tabs": [
            {"label": label, "href": url_for(one, unit=chosen.code), "here": one == endpoint}
            for one, label in tabs
        ],
        "here": "figures",
    }


def _year(text: str, this: int) -> int:
    """Raises: Malformed."""
    if not text:
        return this
    if not (re.fullmatch("[0-9]{4}", text) and FIRST_YEAR <= int(text) <= this):
        raise Malformed(f"年份要在 {FIRST_YEAR} 到 {this} 之间。")
    return int(text)
