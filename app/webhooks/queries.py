"""Reads: the addresses of a unit and those below it, and the deliveries of one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.identity.models import Unit
from app.identity.queries import in_subtree, scope_path
from app.webhooks.models import Delivery, Endpoint
from app.webhooks.types import (
    DeliveryNotFound,
    DeliveryState,
    EndpointNotFound,
    EndpointState,
    NotYourEndpoint,
)

PAGE = 50


@dataclass(frozen=True)
class EndpointRow:
    endpoint: Endpoint
    unit_code: str
    unit_name: str
    counts: Mapping[DeliveryState, int]

    @property
    def waiting(self) -> int:
        return self.counts.get(DeliveryState.WAITING, 0)

    @property
    def undelivered(self) -> int:
        return self.counts.get(DeliveryState.UNDELIVERED, 0)


def list_endpoints(
    session: Session, *, actor: Actor, cursor: str | None = None, limit: int = PAGE
) -> Page[EndpointRow]:
    """Those of the actor's scope, the newest first."""
    key = [Endpoint.id]
    page = page_by_key(
        session, _within(session, actor).add_columns(*key), key=key, cursor=cursor, limit=limit
    )
    counts = _counts(session, [row[0].id for row in page.items])
    return page.map(lambda row: EndpointRow(row[0], row[1], row[2], counts.get(row[0].id, {})))


def endpoint_row(session: Session, actor: Actor, endpoint_id: int) -> EndpointRow:
    """Raises: EndpointNotFound."""
    found = session.execute(_within(session, actor).where(Endpoint.id == endpoint_id)).first()
    if found is None:
        raise EndpointNotFound
    endpoint, code, name = found
    return EndpointRow(endpoint, code, name, _counts(session, [endpoint_id]).get(endpoint_id, {}))


def access_endpoint(
    session: Session, endpoint_id: int, actor: Actor, rule: Callable[[Actor], bool]
) -> Endpoint:
    """Locked. Raises: EndpointNotFound, NotYourEndpoint."""
    found = session.scalars(
        _within(session, actor).where(Endpoint.id == endpoint_id).with_for_update(of=Endpoint)
    ).first()
    if found is None:
        raise EndpointNotFound
    if not rule(actor):
        raise NotYourEndpoint
    endpoint: Endpoint = found
    return endpoint


def list_deliveries(
    session: Session,
    endpoint_id: int,
    *,
    state: DeliveryState | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[Delivery]:
    """The newest first; the caller has asked for the address."""
    key = [Delivery.id]
    statement = select(Delivery).where(Delivery.endpoint_id == endpoint_id)
    if state is not None:
        statement = statement.where(Delivery.state == state)
    page = page_by_key(session, statement.add_columns(*key), key=key, cursor=cursor, limit=limit)
    return page.map(lambda row: row[0])


def get_delivery(session: Session, endpoint_id: int, delivery_id: int) -> Delivery:
    """Locked. Raises: DeliveryNotFound."""
    found = session.scalars(
        select(Delivery)
        .where(Delivery.id == delivery_id, Delivery.endpoint_id == endpoint_id)
        .with_for_update()
    ).first()
    if found is None:
        raise DeliveryNotFound
    return found


def names_paused(session: Session) -> list[str]:
    """Of all units: addresses that wait for somebody to switch them on again."""
    paused = select(Endpoint.name).where(Endpoint.state == EndpointState.PAUSED)
    return list(session.scalars(paused.order_by(Endpoint.paused_at, Endpoint.id)))


def _within(session: Session, actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(Endpoint, Unit.code, Unit.name)
        .join(Unit, Unit.id == Endpoint.unit_id)
        .where(in_subtree(scope_path(session, actor)))
    )


def _counts(session: Session, ids: Sequence[int]) -> dict[int, dict[DeliveryState, int]]:
    """What waits and what was given up, of these."""
    rows = session.execute(
        select(Delivery.endpoint_id, Delivery.state, func.count())
        .where(
            Delivery.endpoint_id.in_(ids),
            Delivery.state.in_([DeliveryState.WAITING, DeliveryState.UNDELIVERED]),
        )
        .group_by(Delivery.endpoint_id, Delivery.state)
    )
    found: dict[int, dict[DeliveryState, int]] = {}
    for endpoint_id, state, count in rows:
        found.setdefault(endpoint_id, {})[state] = count
    return found
