"""Accounts and permissions to read: who has what, one person, one unit, the counties."""

from typing import Any

from flask import request

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items, Xlsx
from app.api.shapes.holdings import (
    AccountShape,
    AccountsQuery,
    AdministratorShape,
    AdministratorsQuery,
    CountyShape,
    HistoryQuery,
    IdNumberBody,
    PortraitShape,
    UnitHoldingsShape,
)
from app.core.errors import NotAcceptable
from app.core.sheets import XLSX
from app.holdings import queries, service
from app.holdings.types import Filters, NobodyFound
from app.web.step_up import require_step_up

api = Registrar("账户与权限")


# It writes: a file taken out of the house is an event.
@api.get(
    "/accounts",
    "谁有什么权限，按单位排；Accept 为 xlsx 时是 Excel 文件，不分页",
    *(400, 401, 403, 406, 409),
    writes=True,
)
def list_accounts(act: Act, query: AccountsQuery) -> Items[AccountShape] | Xlsx:
    wanted, filters = request.accept_mimetypes, query.filters
    kind = wanted.best_match(["application/json", XLSX]) if wanted else "application/json"
    if kind is None:
        raise NotAcceptable("清单可以用 JSON 或 Excel（xlsx）取得，请在 Accept 里写其中一种。")
    if kind == XLSX:
        require_step_up()
        made = service.export_accounts(act.session, actor=act.actor, now=act.now, filters=filters)
        return Xlsx(made.data, made.name, made.sha256)
    page = queries.list_accounts(
        act.session, actor=act.actor, filters=filters, cursor=query.cursor, limit=query.limit
    )
    return Items.of(page.map(AccountShape.of))


@api.post(
    "/accounts/find",
    "按完整的身份证号查，至多一人；号码不在网址里",
    *(400, 401, 413, 415, 422),
    writes=False,
)
def find_account(act: Act, body: IdNumberBody) -> Items[PortraitShape]:
    try:
        account, person = queries.find_by_id_number(act.session, act.actor, body.id_number)
    except NobodyFound:
        return Items(items=[])
    given: dict[str, Any] = {"actor": act.actor, "now": act.now}
    if account is None:
        one = queries.portrait_of_person(act.session, person_id=person or 0, **given)
    else:
        one = queries.portrait_of_account(act.session, account_id=account, **given)
    return Items(items=[PortraitShape.of(one)])


@api.get("/accounts/<int:account_id>", "一个账户：权限、台账里的经过、申请", 400, 401, 404)
def show_account(act: Act, account_id: int, query: HistoryQuery) -> PortraitShape:
    found = queries.portrait_of_account(
        act.session,
        actor=act.actor,
        now=act.now,
        account_id=account_id,
        cursor=query.cursor,
    )
    return PortraitShape.of(found)


@api.get("/administrators", "账户管理员和权限管理员", 400, 401)
def list_administrators(act: Act, query: AdministratorsQuery) -> Items[AdministratorShape]:
    filters = Filters(q=query.q.strip(), unit=query.unit.strip(), kind=query.kind)
    found = queries.list_administrators(act.session, actor=act.actor, now=act.now, filters=filters)
    return Items(items=[AdministratorShape.of(one) for one in found])


@api.get("/counties", "本级和下级：管理员、灯、账户和权限的数", 401)
def list_counties(act: Act) -> Items[CountyShape]:
    found = queries.list_counties(act.session, actor=act.actor, now=act.now)
    return Items(items=[CountyShape.of(one) for one in found])


@api.get("/counties/<unit>", "一个单位的账户和权限，连同下属单位", 401, 404)
def show_unit_holdings(act: Act, unit: str) -> UnitHoldingsShape:
    found = queries.look_at_unit(act.session, actor=act.actor, now=act.now, code=unit)
    return UnitHoldingsShape.of(found)
