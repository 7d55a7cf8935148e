"""Last logins of managed accounts: told by a sheet, listed where they lie far back."""

from app.access.activity import queries, service
from app.access.dormant.beginning import begin_reviews
from app.api.registrar import Act, Registrar
from app.api.shapes.activity import (
    ActivityQuery,
    ActivityReport,
    IdleQuery,
    IdleShape,
    ReviewsBody,
    ReviewShape,
)
from app.api.shapes.attachments import FileUpload
from app.api.shapes.base import Items
from app.core import clock

api = Registrar("账户与权限")


@api.post(
    "/imports/last-logins",
    "检查一张最近登录表（xlsx 或 csv，列：身份证号、姓名、最近登录、最近业务操作），逐行说明",
    *(400, 401, 403, 413, 415, 422, 503),
)
def import_last_logins(act: Act, query: ActivityQuery, body: FileUpload) -> ActivityReport:
    rows = service.take_in(
        act.session,
        actor=act.actor,
        now=act.now,
        accepted=body.accepted,
        confirm=query.confirm,
    )
    return ActivityReport.of(rows, confirmed=query.confirm)


@api.get("/idle-accounts", "长期未登录的账户，按单位排", 400, 401, 403)
def list_idle_accounts(act: Act, query: IdleQuery) -> Items[IdleShape]:
    today = clock.local(act.now).date()
    days = query.days or queries.idle_days(act.session, act.actor, today)
    page = queries.list_idle(
        act.session,
        actor=act.actor,
        today=today,
        days=days,
        unit=query.unit,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(IdleShape.of))


@api.post(
    "/idle-accounts/reviews",
    "发起长期未登录账户的核实：应当核实的部门各一件；写了 units 的只问这些",
    *(400, 401, 403, 409, 413, 415, 422, 503),
)
def begin_idle_reviews(act: Act, body: ReviewsBody) -> Items[ReviewShape]:
    made = begin_reviews(act.session, actor=act.actor, now=act.now, units=body.units)
    return Items(items=[ReviewShape.of(ticket) for ticket in made])
