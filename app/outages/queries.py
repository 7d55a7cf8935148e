"""Reads of outages: in pages, one for an act, those whose papers a unit may still enter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, or_, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.identity.layers import can_keep, is_seen
from app.identity.models import Unit
from app.identity.queries import in_subtree, people_by_ids, scope_path
from app.identity.types import PersonRef
from app.outages.models import Outage
from app.outages.types import NotYourOutage, OutageNotFound

PAGE = 50


@dataclass(frozen=True)
class OutageRow:
    outage: Outage
    unit_code: str
    unit_name: str
    declared_by: PersonRef
    withdrawn_by: PersonRef | None
    is_open: bool  # its papers may be entered today
    may_withdraw: bool


def list_outages(
    session: Session,
    *,
    actor: Actor,
    today: date,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[OutageRow]:
    """Those of the units above the actor and of his scope, the latest first."""
    key = [Outage.from_at, Outage.id]
    statement = _visible(session, actor).add_columns(*key)
    page = page_by_key(session, statement, key=key, cursor=cursor, limit=limit)
    return Page(tuple(_rows(session, actor, today, page.items)), page.next_cursor)


def outage_row(session: Session, actor: Actor, outage_id: int, today: date) -> OutageRow:
    """Raises: OutageNotFound."""
    found = session.execute(_visible(session, actor).where(Outage.id == outage_id)).all()
    if not found:
        raise OutageNotFound
    return _rows(session, actor, today, found)[0]


def access_outage(session: Session, outage_id: int, actor: Actor) -> tuple[Outage, str]:
    """Locked for who keeps it, with the name of its unit. Raises: OutageNotFound, NotYourOutage."""
    found = session.execute(
        _visible(session, actor).where(Outage.id == outage_id).with_for_update(of=Outage)
    ).first()
    if found is None:
        raise OutageNotFound
    outage, _, name, path = found
    if not can_keep(actor, scope_path(session, actor), path):
        raise NotYourOutage
    return outage, name


def open_outages(session: Session, unit_path: str, today: date) -> Sequence[Outage]:
    """Whose papers the unit may enter today, the latest first."""
    return session.scalars(
        select(Outage)
        .join(Unit, Unit.id == Outage.unit_id)
        .where(Outage.withdrawn_at.is_(None), Outage.last_on >= today, _holds_for(unit_path))
        .order_by(Outage.from_at.desc(), Outage.id.desc())
    ).all()


def lock_outage(session: Session, outage_id: int, unit_path: str) -> Outage | None:
    """One that holds for the unit, withdrawn or over as it may be."""
    return session.scalars(
        select(Outage)
        .join(Unit, Unit.id == Outage.unit_id)
        .where(Outage.id == outage_id, _holds_for(unit_path))
        .with_for_update(of=Outage)
        .execution_options(populate_existing=True)
    ).first()


def is_overlapped(session: Session, unit: Unit, since: datetime, until: datetime) -> bool:
    """Another one holds for some of the same people at some of the same time.

    Of a unit that was closed it holds for nobody: its people are in another one now.
    """
    same_people = or_(_holds_for(unit.path), in_subtree(unit.path))
    return bool(
        session.scalars(
            select(Outage.id)
            .join(Unit, Unit.id == Outage.unit_id)
            .where(same_people, Unit.closed_at.is_(None), Outage.withdrawn_at.is_(None))
            .where(Outage.from_at < until, Outage.to_at > since)
            .limit(1)
        ).first()
    )


def _holds_for(unit_path: str) -> ColumnElement[bool]:
    return func.starts_with(literal(unit_path), Unit.path)


def _visible(session: Session, actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(Outage, Unit.code, Unit.name, Unit.path)
        .join(Unit, Unit.id == Outage.unit_id)
        .where(is_seen(actor, scope_path(session, actor), Unit))
    )


def _rows(session: Session, actor: Actor, today: date, found: Sequence[Any]) -> list[OutageRow]:
    scope = scope_path(session, actor)
    outages: list[Outage] = [row[0] for row in found]
    ids = {one.declared_by_id for one in outages}
    ids |= {one.withdrawn_by_id for one in outages if one.withdrawn_by_id}
    names = people_by_ids(session, ids) if ids else {}
    return [
        OutageRow(
            outage,
            code,
            name,
            names[outage.declared_by_id],
            names.get(outage.withdrawn_by_id or 0),
            outage.withdrawn_at is None and outage.last_on >= today,
            outage.withdrawn_at is None
            and not outage.entered_count
            and can_keep(actor, scope, path),
        )
        for outage, code, name, path in (row[:4] for row in found)
    ]
