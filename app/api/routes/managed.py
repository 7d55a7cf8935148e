"""Managed systems: the catalogue, and pushes that did not arrive."""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items
from app.api.shapes.managed import (
    ByHandBody,
    CatalogueShape,
    ManagedSystemShape,
    PushesQuery,
    PushShape,
    RetryPushBody,
    SubsystemShape,
)
from app.core import clock
from app.core.paging import Page
from app.managed import queries, service

api = Registrar("被管系统")
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422)


@api.get("/managed-systems", "被管系统", 401, 403)
def list_managed_systems(act: Act) -> Items[ManagedSystemShape]:
    found = queries.list_systems(act.session, actor=act.actor)
    return Items.of(Page(tuple(found)).map(ManagedSystemShape.of))


@api.get("/managed-systems/<system>", "子系统、岗位和本级的权限模板", 401, 403, 404)
def show_managed_system(act: Act, system: str) -> CatalogueShape:
    found, subsystems = queries.catalogue(
        act.session, actor=act.actor, key=system, day=clock.local(act.now).date()
    )
    return CatalogueShape(
        system=ManagedSystemShape.of(found), subsystems=[SubsystemShape.of(s) for s in subsystems]
    )


@api.get("/pushes", "查看范围内的推送，新的在前", 400, 401, 403)
def list_pushes(act: Act, query: PushesQuery) -> Items[PushShape]:
    page = queries.list_pushes(
        act.session,
        actor=act.actor,
        system=query.system,
        state=query.state,
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(PushShape.of))


@api.get("/pushes/<int:push_id>", "一条推送", 401, 403, 404)
def show_push(act: Act, push_id: int) -> PushShape:
    return PushShape.of(queries.push_row(act.session, act.actor, push_id))


@api.post("/pushes/<int:push_id>/retry", "没有送到的重新推送", *REFUSALS)
def retry_push(act: Act, push_id: int, body: RetryPushBody) -> PushShape:
    service.push_again(
        act.session, actor=act.actor, now=act.now, push_id=push_id, seen=body.retries
    )
    return _shown(act, push_id)


@api.post("/pushes/<int:push_id>/by-hand", "没有送到的记为已人工办理", *REFUSALS)
def push_by_hand(act: Act, push_id: int, body: ByHandBody) -> PushShape:
    service.do_by_hand(act.session, actor=act.actor, now=act.now, push_id=push_id, why=body.why)
    return _shown(act, push_id)


def _shown(act: Act, push_id: int) -> PushShape:
    act.session.flush()
    return PushShape.of(queries.push_row(act.session, act.actor, push_id))
