"""Opening a sending: what was approved is compared with what stands there now, then rows are made.

No message leaves in this act: a job takes them, batch by batch.
"""

import hmac
import secrets
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, insert, literal, select
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core.actor import Actor
from app.messaging import channels
from app.messaging.text.binding import text_digest
from app.processes.models import Instance
from app.processes.queries import get_instance
from app.recipients import queries as recipients
from app.recipients.models import Recipient
from app.sendings import waking
from app.sendings.models import Delivery, Sending
from app.sendings.service import ending, moving
from app.sendings.types import Approved, DeliveryState, SendingState, Voided


def open_sending(
    session: Session,
    *,
    actor: Actor,
    ticket_id: int,
    list_id: int,
    approved: Approved,
    now: datetime,
    not_before: datetime | None = None,
) -> Sending:
    """Once a ticket: asked again, it answers the one that is there. `ticket_id`: the instance's.

    Where no gateway is set yet, it waits for one. Raises: Voided, ListNotFound.
    """
    known = session.scalars(select(Sending).where(Sending.instance_id == ticket_id)).first()
    if known is not None:
        return known
    instance = get_instance(session, ticket_id)
    frozen = recipients.frozen(session, list_id)
    _refuse_changes(session, frozen, approved)
    made = Sending(
        instance_id=instance.id,
        ticket=instance.number,
        list_id=list_id,
        template_id=frozen.template.id,
        unit_id=instance.unit_id,
        token=secrets.token_hex(12),
        gateway="",
        price=Decimal(0),
        rate=0,
        signature=frozen.template.signature,
        body=frozen.template.body,
        text_digest=approved.text_digest,
        list_digest=approved.list_digest,
        total=frozen.list.kept,
        segments=frozen.list.segments,
        state=SendingState.READY,
        not_before=not_before or now,
        reason="",
        changed_at=now,
        opened_by_id=actor.person_id,
        opened_at=now,
    )
    made.take_gateway(channels.first())
    session.add(made)
    session.flush()  # its deliveries need the id
    _fill(session, made)
    _note(session, actor, made, instance, now)
    ending.end_if_over(session, made, now)
    waking.wake_after_commit(session)
    return made


def _refuse_changes(session: Session, frozen: recipients.Frozen, approved: Approved) -> None:
    """One changed character or number voids the approval. Raises: Voided."""
    template = frozen.template
    text = text_digest(template.signature, template.body)
    listed = recipients.digest_now(session, frozen.list.id)
    is_same = (
        template.id == approved.template_id
        and hmac.compare_digest(text, approved.text_digest)
        and hmac.compare_digest(listed, approved.list_digest)
    )
    if not is_same:
        raise Voided


def _fill(session: Session, sending: Sending) -> None:
    """A row for each number of the list, in one statement however long it is."""
    rows = select(literal(sending.id), Recipient.n, Recipient.phone_ref, Recipient.segments).where(
        Recipient.list_id == sending.list_id
    )
    columns = [Delivery.sending_id, Delivery.n, Delivery.phone_ref, Delivery.segments]
    session.execute(insert(Delivery).from_select(columns, rows, include_defaults=False))
    count, segments = session.execute(
        select(func.count(), func.coalesce(func.sum(Delivery.segments), 0)).where(
            Delivery.sending_id == sending.id
        )
    ).one()
    moving.tell(session, sending.id, [((DeliveryState.WAITING, ""), count, segments, 0)])


def _note(
    session: Session, actor: Actor, sending: Sending, instance: Instance, now: datetime
) -> None:
    audit.record(
        session,
        now=now,
        actor=actor,
        kind="sending.opened",
        object=f"ticket:{instance.number}",
        head=instance,
        data={
            "sending": sending.id,
            "gateway": sending.gateway,
            "recipients": sending.total,
            "segments": sending.segments,
            "price": str(sending.price),
        },
    )
