"""Sendings and their numbers as people see them: in pages, numbers masked."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlalchemy.orm import Session

from app.core import crypto
from app.core.actor import Actor
from app.core.masking import masked
from app.core.paging import Page, page_by_key
from app.identity.layers import is_whole
from app.identity.models import Unit
from app.identity.queries import in_subtree, scope_path
from app.messaging.channels import states
from app.messaging.models import MessageTemplate
from app.messaging.text import segments
from app.recipients.models import Recipient
from app.sendings import policy
from app.sendings.models import Delivery, Sending, SendingReply
from app.sendings.queries import PAGE, standing_of, standings_of, visible
from app.sendings.types import (
    PENDING,
    STATES,
    WHY,
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
    may_ask: bool
    may_archive: bool

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

    @property
    def told(self) -> str:
        """Why it stands where it does, in words for whoever sends."""
        return WHY.get(self.delivery.state) or states.words_of(self.delivery.code)

    @property
    def raw(self) -> str:
        """What the gateway or the operator said, to the letter; of what arrived nobody asks."""
        one = self.delivery
        is_quiet = one.state is DeliveryState.DELIVERED
        return "" if is_quiet else f"{one.code} {one.why}".strip()


@dataclass(frozen=True)
class ReplyRow:
    """`ticket` and `unit` are empty of who was never written to."""

    reply: SendingReply
    phone: str
    text: str
    ticket: str
    unit: str


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
    standings = standings_of(session, [row[0] for row in page.items])
    return page.map(lambda row: _row(actor, standings[row[0].id], *row[:4]))


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
    return _row(actor, standing_of(session, found[0]), *found)


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
    return tuple(_row(actor, standing_of(session, row[0]), *row) for row in found)


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


def list_replies(
    session: Session,
    *,
    actor: Actor,
    sending_id: int | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[ReplyRow]:
    """The newest first; of one sending, or of all within reach. Who sees the whole region sees also
    what belongs to no sending. Raises: NotYourSending, SendingNotFound.
    """
    if sending_id is not None:
        sending_row(session, actor, sending_id)
    elif not policy.can_watch(actor):
        raise NotYourSending
    statement = (
        select(
            SendingReply,
            func.coalesce(Sending.ticket, ""),
            func.coalesce(Unit.name, ""),
            SendingReply.id,
        )
        .outerjoin(Sending, Sending.id == SendingReply.sending_id)
        .outerjoin(Unit, Unit.id == SendingReply.unit_id)
        .where(_replies_within(session, actor))
    )
    if sending_id is not None:
        statement = statement.where(SendingReply.sending_id == sending_id)
    page = page_by_key(session, statement, key=[SendingReply.id], cursor=cursor, limit=limit)
    return page.map(
        lambda row: ReplyRow(
            row[0],
            masked(crypto.unseal(row[0].phone).decode()),
            crypto.unseal(row[0].text_sealed).decode(),
            *row[1:3],
        )
    )


def count_replies(session: Session, sending_id: int) -> int:
    """Of a sending that was looked up for the actor."""
    wanted = select(func.count()).where(SendingReply.sending_id == sending_id)
    return session.scalars(wanted).one()


def _replies_within(session: Session, actor: Actor) -> ColumnElement[bool]:
    if not policy.sees_all(actor):
        return or_(literal(value=False), *[in_subtree(path) for path in policy.own_paths(actor)])
    scope = scope_path(session, actor)
    loose = SendingReply.unit_id.is_(None) if is_whole(scope) else literal(value=False)
    return or_(in_subtree(scope), loose)


def _phones(session: Session, list_id: int, numbers: list[int]) -> dict[int, str]:
    rows = session.execute(
        select(Recipient.n, Recipient.phone).where(
            Recipient.list_id == list_id, Recipient.n.in_(numbers)
        )
    )
    return {n: masked(crypto.unseal(sealed).decode()) for n, sealed in rows}


def _row(
    actor: Actor, standing: Standing, sending: Sending, unit: str, path: str, template: str
) -> SendingRow:
    is_over, may = sending.ended_at is not None, policy.can_steer(actor, path)
    return SendingRow(
        sending,
        unit,
        template,
        standing,
        may_steer=may and sending.is_steerable,
        may_ask=may and not is_over and bool(standing.count(DeliveryState.UNKNOWN)),
        may_archive=is_over and policy.can_archive(actor, path),
    )
