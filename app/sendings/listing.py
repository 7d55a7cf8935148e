"""Sendings and their numbers as people see them: in pages, numbers masked."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import crypto
from app.core.actor import Actor
from app.core.masking import masked
from app.core.paging import Page, page_by_key
from app.messaging.models import MessageTemplate
from app.messaging.text import segments
from app.recipients.models import Recipient
from app.sendings import policy
from app.sendings.models import Delivery, Sending
from app.sendings.queries import PAGE, standing_of, visible
from app.sendings.types import (
    PENDING,
    STATES,
    DeliveryState,
    NotYourSending,
    SendingNotFound,
    SendingState,
    Standing,
)

# The colours of the states of tickets.
LIGHTS = {
    SendingState.READY: "draft",
    SendingState.RUNNING: "running",
    SendingState.PAUSED: "suspended",
    SendingState.STOPPED: "withdrawn",
    SendingState.DONE: "closed",
}


@dataclass(frozen=True)
class SendingRow:
    """`price` and `cost` in 元, as texts."""

    sending: Sending
    unit: str
    template: str
    standing: Standing
    may_steer: bool

    @property
    def state_label(self) -> str:
        return STATES[self.sending.state]

    @property
    def light(self) -> str:
        return LIGHTS[self.sending.state]

    @property
    def over(self) -> int:
        """Numbers that nothing more is to be done about."""
        return self.standing.total - self.standing.count(*PENDING)

    @property
    def told(self) -> int:
        """Messages with a receipt."""
        return self.standing.count(DeliveryState.DELIVERED, DeliveryState.FAILED)

    @property
    def rate(self) -> str | None:
        """Of those with a receipt, how many in a hundred have arrived."""
        arrived = self.standing.count(DeliveryState.DELIVERED)
        return f"{100 * arrived / self.told:.1f}" if self.told else None

    @property
    def price(self) -> str:
        return f"{self.sending.price.normalize():f}"

    @property
    def cost(self) -> str:
        return f"{segments.cost(self.standing.billed, self.sending.price):.2f}"


@dataclass(frozen=True)
class DeliveryRow:
    delivery: Delivery
    phone: str


def list_sendings(
    session: Session,
    *,
    actor: Actor,
    state: SendingState | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[SendingRow]:
    """The newest first. Raises: NotYourSending."""
    if not policy.can_watch(actor):
        raise NotYourSending
    statement = visible(session, actor).add_columns(MessageTemplate.name)
    statement = statement.join(MessageTemplate, MessageTemplate.id == Sending.template_id)
    if state is not None:
        statement = statement.where(Sending.state == state)
    key = [Sending.id]
    page = page_by_key(session, statement.add_columns(*key), key=key, cursor=cursor, limit=limit)
    return page.map(lambda row: _row(session, actor, *row[:4]))


def sending_row(session: Session, actor: Actor, sending_id: int) -> SendingRow:
    """Raises: NotYourSending, SendingNotFound."""
    if not policy.can_watch(actor):
        raise NotYourSending
    statement = visible(session, actor).add_columns(MessageTemplate.name)
    found = session.execute(
        statement.join(MessageTemplate, MessageTemplate.id == Sending.template_id).where(
            Sending.id == sending_id
        )
    ).first()
    if found is None:
        raise SendingNotFound
    return _row(session, actor, *found)


def sendings_of(session: Session, actor: Actor, instance_id: int) -> tuple[SendingRow, ...]:
    """What a ticket sent, or nothing: there is at most one, and not everybody looks at it."""
    if not policy.can_watch(actor):
        return ()
    statement = visible(session, actor).add_columns(MessageTemplate.name)
    found = session.execute(
        statement.join(MessageTemplate, MessageTemplate.id == Sending.template_id).where(
            Sending.instance_id == instance_id
        )
    )
    return tuple(_row(session, actor, *row) for row in found)


def list_deliveries(
    session: Session,
    *,
    actor: Actor,
    sending_id: int,
    state: DeliveryState | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[DeliveryRow]:
    """In the order of the list. Raises: NotYourSending, SendingNotFound."""
    sending = sending_row(session, actor, sending_id).sending
    statement = select(Delivery, Delivery.n).where(Delivery.sending_id == sending.id)
    if state is not None:
        statement = statement.where(Delivery.state == state)
    page = page_by_key(
        session, statement, key=[Delivery.n], cursor=cursor, limit=limit, descending=False
    )
    phones = _phones(session, sending.list_id, [row[0].n for row in page.items])
    return page.map(lambda row: DeliveryRow(row[0], phones[row[0].n]))


def _phones(session: Session, list_id: int, numbers: list[int]) -> dict[int, str]:
    rows = session.execute(
        select(Recipient.n, Recipient.phone).where(
            Recipient.list_id == list_id, Recipient.n.in_(numbers)
        )
    )
    return {n: masked(crypto.unseal(sealed).decode()) for n, sealed in rows}


def _row(
    session: Session, actor: Actor, sending: Sending, unit: str, path: str, template: str
) -> SendingRow:
    may = policy.can_steer(actor, path) and sending.is_steerable
    return SendingRow(sending, unit, template, standing_of(session, sending), may)
