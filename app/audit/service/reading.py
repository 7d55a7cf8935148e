"""What auditors do with the trail; that they looked is part of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.audit import policy, queries
from app.audit.models import Event
from app.audit.service.recording import record
from app.audit.sources import joined
from app.audit.types import AuditorsOnly, Break, Filters
from app.audit.verifying import check_chains, event_columns
from app.core.actor import Actor
from app.core.paging import Page


def read_events(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    filters: Filters,
    cursor: str | None = None,
    limit: int = queries.PAGE,
) -> Page[Event]:
    """One page of the trail within reach, newest first. Raises: AuditorsOnly."""
    if not policy.can_read(actor):
        raise AuditorsOnly
    page = queries.list_events(session, actor, filters, cursor=cursor, limit=limit)
    facts = filters.as_facts() | ({"cursor": cursor} if cursor else {})
    _record(session, actor, now, "audit.read", facts)
    return page


def verify_events(
    session: Session, *, actor: Actor, now: datetime, chain: str = ""
) -> tuple[int, Break | None]:
    """Do the chains within reach (or one of them) hang together? How many events, and the first
    that does not. Raises: AuditorsOnly.
    """
    if not policy.can_read(actor):
        raise AuditorsOnly
    within = joined().reach(session, actor, Event.chain)
    statement = event_columns().where(within, *([Event.chain == chain] if chain else []))
    count, broken = check_chains(session, statement)
    _record(session, actor, now, "audit.verified", {"chain": chain, "whole": broken is None})
    return count, broken


def _record(
    session: Session, actor: Actor, now: datetime, kind: str, data: Mapping[str, Any]
) -> None:
    record(session, now=now, actor=actor, kind=kind, object="audit", data=data)
