"""Notices of days off, and how days count in a unit."""

from datetime import timedelta

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items
from app.api.shapes.calendar import (
    CalendarDayShape,
    CalendarDaysShape,
    DaysQuery,
    NoticeBody,
    NoticeShape,
    NoticesQuery,
    RecountShape,
    WalkShape,
    WithdrawBody,
)
from app.api.shapes.people import UnitShape
from app.calendar import notices, queries, seams, service
from app.calendar.days import A_DAY, DayKind
from app.calendar.models import Notice
from app.calendar.types import MOST_DAYS, Draft, Said
from app.core.errors import Malformed
from app.core.paging import Page
from app.identity.layers import visible_layer
from app.identity.queries import unit_by_code

api = Registrar("工作日历")
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422)
LONGEST = timedelta(days=400)


@api.get("/calendar/notices", "国家的、上级单位的和归您管的放假通知，新的年份在前", 400, 401)
def list_notices(act: Act, query: NoticesQuery) -> Items[NoticeShape]:
    page = notices.list_notices(
        act.session,
        actor=act.actor,
        year=query.year,
        unit=query.unit,
        cursor=query.cursor,
        limit=query.limit,
    )
    days = notices.days_of(act.session, [row.notice.id for row in page.items])
    shown = tuple(NoticeShape.of(row, days[row.notice.id]) for row in page.items)
    return Items.of(Page(shown, page.next_cursor))


@api.post("/calendar/notices", "录入放假通知", *REFUSALS, status=201)
def create_notice(act: Act, body: NoticeBody) -> NoticeShape:
    unit = unit_by_code(act.session, body.unit) if body.unit else None
    draft = Draft(
        unit.id if unit else None,
        body.year,
        body.number,
        body.title,
        tuple(_days(body)),
        body.text,
        body.replaces_library,
    )
    made = service.enter_notice(act.session, actor=act.actor, now=act.now, draft=draft)
    return _shown(act, made)


@api.get("/calendar/notices/<int:notice_id>/recount", "一份通知引起的时限重算到哪里了", 401, 404)
def show_recount(act: Act, notice_id: int) -> RecountShape:
    row = notices.notice_row(act.session, act.actor, notice_id)
    walks = seams.walks(act.session, row.notice.id)
    return RecountShape(notice=row.notice.id, walks=[WalkShape.of(walk) for walk in walks])


@api.post("/calendar/notices/<int:notice_id>/withdraw", "撤销放假通知", *REFUSALS)
def withdraw_notice(act: Act, notice_id: int, body: WithdrawBody) -> NoticeShape:
    gone = service.withdraw_notice(
        act.session,
        actor=act.actor,
        now=act.now,
        notice_id=notice_id,
        version=body.version,
        reason=body.reason,
    )
    return _shown(act, gone)


@api.get("/calendar/days", "一个单位的日子怎样算", 400, 401, 404)
def list_calendar_days(act: Act, query: DaysQuery) -> CalendarDaysShape:
    since, until = query.since, query.until
    if not timedelta() <= until - since < LONGEST:
        raise Malformed("to 不能早于 from，一次最多看 400 天。")
    unit = visible_layer(act.session, act.actor, query.unit or act.actor.unit_code)
    unit_id = unit.id if unit else None
    calendar = queries.calendar_for(act.session, unit_id, since, until)
    heard = queries.heard_of(queries.spoken(act.session, unit_id, since, until))
    items = []
    for day in (since + n * A_DAY for n in range((until - since).days + 1)):
        said = heard[day][0] if day in heard else None
        items.append(
            CalendarDayShape(
                day=day,
                is_working=calendar.is_working(day),
                is_half=calendar.is_half(day),
                is_estimate=day.year not in calendar.known,
                kind=said.kind if said else None,
                name=said.name if said else "",
                layer=said.layer if said else "",
                notice=said.notice_id if said else None,
                number=said.number if said else "",
            )
        )
    return CalendarDaysShape(
        unit=UnitShape(code=unit.code, name=unit.name) if unit else None, items=items
    )


def _days(body: NoticeBody) -> list[Said]:
    """Raises: Malformed."""
    found: list[Said] = []
    for one in body.days:
        until = one.until or one.since
        if not timedelta() <= until - one.since < timedelta(days=MOST_DAYS):
            raise Malformed(f"days 的 to 不能早于 from，一段最多 {MOST_DAYS} 天。")
        found += (
            Said(one.since + n * A_DAY, DayKind(one.kind), one.name)
            for n in range((until - one.since).days + 1)
        )
    return found


def _shown(act: Act, notice: Notice) -> NoticeShape:
    row = notices.notice_row(act.session, act.actor, notice.id)
    return NoticeShape.of(row, notices.days_of(act.session, [notice.id])[notice.id])
