"""Figures, as the pages 我的一天 and 单位统计 show them."""

from app.api.registrar import Act, Registrar
from app.api.shapes.stats import (
    MyDayShape,
    TimelinessShape,
    UnitFiguresShape,
    UnitQuery,
    YearQuery,
)
from app.calendar.lights import Horizon
from app.calendar.periods import day_of
from app.identity.models import Unit
from app.insight import queries

api = Registrar("统计")


@api.get("/stats/my-day", "自己手上的件什么时候到期，办了多少", 401)
def show_my_day(act: Act) -> MyDayShape:
    day, _ = queries.my_day(act.session, act.actor, act.horizon)
    return MyDayShape.of(day, act.horizon.today)


@api.get("/stats/unit", "一个单位在办的件：按时限、业务和办理人", 401, 403, 404)
def show_unit_figures(act: Act, query: UnitQuery) -> UnitFiguresShape:
    unit = _unit(act, query)
    horizon = Horizon(act.session, unit.id, act.now)
    return UnitFiguresShape.of(
        unit, act.now, queries.unit_figures(act.session, act.actor, unit, horizon)
    )


@api.get("/stats/timeliness", "一个单位一年里办结的件：按时、超期、用时", 400, 401, 403, 404)
def show_timeliness(act: Act, query: YearQuery) -> TimelinessShape:
    today = day_of(act.now)
    unit = _unit(act, query)
    found = queries.timeliness(act.session, unit, query.year or today.year, today)
    return TimelinessShape.of(unit, found)


def _unit(act: Act, query: UnitQuery) -> Unit:
    """Raises: NoSuchUnit."""
    units = () if query.unit else queries.units_in_reach(act.session, act.actor)
    return queries.unit_in_reach(act.session, act.actor, query.unit, units)
