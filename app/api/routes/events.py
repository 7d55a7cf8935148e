"""The audit trail, for auditors alone; that they looked is part of it."""

from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items
from app.api.shapes.events import (
    BrokenEvent,
    ChainQuery,
    ChainVerdict,
    EventShape,
    EventsQuery,
)
from app.audit import service
from app.audit.types import Filters

api = Registrar("审计")


@api.get("/events", "谁在什么时候做了什么，新的在前", 400, 401, 403, writes=True)
def list_events(act: Act, query: EventsQuery) -> Items[EventShape]:
    page = service.read_events(
        act.session,
        actor=act.actor,
        now=act.now,
        filters=Filters(query.object, query.actor, query.type, query.since, query.until),
        cursor=query.cursor,
        limit=query.limit,
    )
    return Items.of(page.map(EventShape.of))


@api.get("/events/verify", "审计链是否完整", 400, 401, 403, writes=True)
def verify_events(act: Act, query: ChainQuery) -> ChainVerdict:
    count, broken = service.verify_events(
        act.session, actor=act.actor, now=act.now, chain=query.chain
    )
    return ChainVerdict(
        whole=broken is None,
        events=count,
        first_break=BrokenEvent(chain=broken.chain, seq=broken.seq) if broken else None,
    )
