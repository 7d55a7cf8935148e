"""Reads: sendings within reach, one with its figures, its numbers by state, and the proof."""

from collections.abc import Collection

from sqlalchemy import Select, false, func, or_, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.identity.models import Unit
from app.identity.queries import in_subtree, scope_path
from app.sendings import policy
from app.sendings.models import Delivery, Sending, SendingTally
from app.sendings.types import (
    DeliveryState,
    NotYourSending,
    SendingNotFound,
    Standing,
    Tally,
)

PAGE = 50


def standing_of(session: Session, sending: Sending) -> Standing:
    """By state and reason, in the order of the states."""
    return standings_of(session, [sending])[sending.id]


def standings_of(session: Session, sendings: Collection[Sending]) -> dict[int, Standing]:
    """Of each, by its number; asked at once however many they are."""
    tallies: dict[int, list[Tally]] = {one.id: [] for one in sendings}
    rows = session.execute(
        select(
            SendingTally.sending_id,
            SendingTally.state,
            SendingTally.reason,
            SendingTally.messages,
            SendingTally.segments,
            SendingTally.billed,
        ).where(SendingTally.sending_id.in_(tallies), SendingTally.messages > 0)
    )
    for row in rows:
        tallies[row.sending_id].append(
            Tally(row.state, row.reason, row.messages, row.segments, row.billed)
        )
    return {one.id: _standing(one, tallies[one.id]) for one in sendings}


def counted(session: Session, sending: Sending) -> Standing:
    """The same, counted row by row: the two are equal at any moment."""
    rows = session.execute(
        select(
            Delivery.state,
            Delivery.reason,
            func.count(),
            func.sum(Delivery.segments),
            func.sum(Delivery.billed),
        )
        .where(Delivery.sending_id == sending.id)
        .group_by(Delivery.state, Delivery.reason)
    )
    return _standing(sending, [Tally(*row) for row in rows])


def access_sending(session: Session, sending_id: int, actor: Actor) -> Sending:
    """Locked for who steers it.

    Raises: SendingNotFound (absent or out of reach), NotYourSending.
    """
    found = session.execute(
        visible(session, actor)
        .where(Sending.id == sending_id)
        .with_for_update(of=Sending)
        .execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise SendingNotFound
    sending: Sending = found[0]
    if not policy.can_steer(actor, found[2]):
        raise NotYourSending
    return sending


def find_for_archive(session: Session, sending_id: int, actor: Actor) -> Sending:
    """Raises: SendingNotFound (absent or out of reach), NotYourSending."""
    found = session.execute(visible(session, actor).where(Sending.id == sending_id)).first()
    if found is None:
        raise SendingNotFound
    if not policy.can_archive(actor, found[2]):
        raise NotYourSending
    sending: Sending = found[0]
    return sending


def visible(session: Session, actor: Actor) -> Select[Sending, str, str]:
    """Those an actor may look at, with the name and path of the unit that pays."""
    statement = select(Sending, Unit.name, Unit.path).join(Unit, Unit.id == Sending.unit_id)
    if policy.sees_all(actor):
        return statement.where(in_subtree(scope_path(session, actor)))
    return statement.where(or_(false(), *[in_subtree(path) for path in policy.own_paths(actor)]))


def _standing(sending: Sending, tallies: list[Tally]) -> Standing:
    order = list(DeliveryState)
    tallies.sort(key=lambda one: (order.index(one.state), one.reason))
    return Standing(tuple(tallies), sending.price)
