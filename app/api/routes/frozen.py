"""封存: the months of a book over REST."""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items, Xlsx
from app.api.shapes.frozen import FreezeBody, FrozenMonth, MonthQuery, YearQuery
from app.core import clock
from app.ledgers import freezing, shelves
from app.ledgers.freezing import Seen
from app.ledgers.shelves import Shelf
from app.ledgers.types import Period
from app.web.step_up import require_step_up

api = Registrar("台账")


@api.get("/ledgers/<name>/months", "一本台账一年里的各月，新的在前：行数，封存了没有", 401, 404)
def list_months(act: Act, name: str, query: YearQuery) -> Items[FrozenMonth]:
    shelf = shelves.access_shelf(act.session, act.actor, name, query.unit)
    today = clock.local(act.now).date()
    found = shelves.of_year(act.session, act.actor, shelf, query.year or today.year, today)
    return Items(items=[FrozenMonth.of(shelf, month) for month in found])


@api.get("/ledgers/<name>/months/<month>", "一个月：行数、序号，谁在什么时候封存的", 401, 404)
def show_month(act: Act, name: str, month: str, query: MonthQuery) -> FrozenMonth:
    shelf = shelves.access_shelf(act.session, act.actor, name, query.unit)
    return _month(act, shelf, Period.parse(month))


@api.post(
    "/ledgers/<name>/months/<month>/freeze",
    "提出封存一个已经过完的月；要另一个人确认",
    *(401, 403, 404, 409, 415, 422),
)
def freeze_month(act: Act, name: str, month: str, body: FreezeBody) -> FrozenMonth:
    period = Period.parse(month)
    shelf = freezing.propose(
        act.session,
        actor=act.actor,
        now=act.now,
        name=name,
        period=period,
        seen=Seen(body.rows, body.last_serial),
        unit=body.unit,
    )
    return _month(act, shelf, period)


@api.post(
    "/ledgers/<name>/months/<month>/confirm",
    "确认封存，由提出人以外的人；以后不能解封",
    *(401, 403, 404, 409, 415, 422),
)
def confirm_month(act: Act, name: str, month: str, body: FreezeBody) -> FrozenMonth:
    period = Period.parse(month)
    shelf = freezing.confirm(
        act.session,
        actor=act.actor,
        now=act.now,
        name=name,
        period=period,
        seen=Seen(body.rows, body.last_serial),
        unit=body.unit,
    )
    return _month(act, shelf, period)


# It writes: a file taken out of the house is an event.
@api.get(
    "/ledgers/<name>/months/<month>/file",
    "封存件（xlsx），每次都是同样的字节；ETag 是它的 SHA-256",
    *(401, 403, 404, 409),
    writes=True,
)
def download_month(act: Act, name: str, month: str, query: MonthQuery) -> Xlsx:
    shelves.access_shelf(act.session, act.actor, name, query.unit)
    require_step_up()
    made = freezing.take(
        act.session,
        actor=act.actor,
        now=act.now,
        name=name,
        period=Period.parse(month),
        unit=query.unit,
    )
    return Xlsx(made.data, made.name, made.sha256)


def _month(act: Act, shelf: Shelf, period: Period) -> FrozenMonth:
    today = clock.local(act.now).date()
    return FrozenMonth.of(shelf, shelves.look(act.session, act.actor, shelf, period, today))
