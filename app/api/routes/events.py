"""The audit trail, for auditors alone; that they looked is part of it."""

from app.api import queries
from app.api.registrar import Act, Registrar
from app.api.shapes.base import Items
from app.api.shapes.events import (
    BrokenEvent,
    ChainQuery,
    ChainVerdict,
    EventShape,
    EventsQuery,
)
from app.api.types import NeedsPosition
from app.audit.service import record

api = Registrar("审计")


@api.get("/events", "谁在什么时候做了什么，新的在前", 400, 401, 403, writes=True)
def list_events(act: Act, query: EventsQuery) -> Items[EventShape]:
    _only_auditors(act)
    page = queries.list_events(
        act.session,
        act.actor,
        object_=query.object,
        by=query.actor,
        kind=query.type,
        cursor=query.cursor,
        limit=query.limit,
    )
    _record(act, "audit.read", query.model_dump(exclude_defaults=True))
    return Items.of(page.map(EventShape.of))


@api.get("/events/verify", "审计链是否完整", 400, 401, 403, writes=True)
def verify_events(act: Act, query: ChainQuery) -> ChainVerdict:
    _only_auditors(act)
    count, broken = queries.verify_chains(act.session, act.actor, query.chain)
    _record(act, "audit.verified", {"chain": query.chain, "whole": broken is None})
    return ChainVerdict(
        whole=broken is None,
        events=count,
        first_break=BrokenEvent(chain=broken.chain, seq=broken.seq) if broken else None,
    )


def _only_auditors(act: Act) -> None:
    if not act.actor.holds("auditor"):
        raise NeedsPosition("审计记录只有审计员能看。")


def _record(act: Act, kind: str, data: dict[str, object]) -> None:
    record(act.session, now=act.now, actor=act.actor, kind=kind, object="audit", data=data)
