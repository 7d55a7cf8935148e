"""Opening a sending: what was approved is compared with what stands there now, then rows are made.

No message leaves in this act: a job takes them, batch by batch.
"""

import hmac
import secrets
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import islice

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core.actor import Actor
from app.messaging import channels
from app.messaging.audience.numbers import phone_ref
from app.messaging.text.binding import text_digest
from app.messaging.types import word_of
from app.processes.models import Instance
from app.processes.queries import get_instance
from app.recipients import queries as recipients
from app.recipients.types import Written
from app.sendings import binding, waking
from app.sendings.models import Delivery, Sending
from app.sendings.service import ending, moving
from app.sendings.types import Approved, DeliveryState, SendingState, Voided

STEP = 5_000  # rows of one statement
_ENTER = text(
    """
    INSERT INTO sending_delivery (sending_id, n, phone_ref, segments, bound)
    SELECT :sending_id, v.* FROM unnest(
        CAST(:ns AS integer[]), CAST(:refs AS bytea[]), CAST(:segments AS smallint[]),
        CAST(:bounds AS bytea[])
    ) AS v
    """
)


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
    _refuse_other_text(frozen, approved)
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
        texts_kept={
            word_of(operator): {"template": one.id, "signature": one.signature, "body": one.body}
            for operator, one in frozen.versions.items()
        },
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
    made.bound = binding.of_head(made)
    made.take_gateway(channels.first())
    with session.begin_nested():  # of a list that was changed no row is left
        session.add(made)
        session.flush()  # its deliveries need the id
        _fill(session, made)
    _note(session, actor, made, instance, now)
    ending.end_if_over(session, made, now)
    waking.wake_after_commit(session)
    return made


def _refuse_other_text(frozen: recipients.Frozen, approved: Approved) -> None:
    """One changed character voids the approval. Raises: Voided."""
    is_same = hmac.compare_digest(text_digest(frozen.texts), approved.text_digest)
    if frozen.template.id != approved.template_id or not is_same:
        raise Voided


def _fill(session: Session, sending: Sending) -> None:
    """A row for each number of the list, bound to what it says; the list is read once, and at its
    end it is known whether it is the one that was approved. Raises: Voided.
    """
    listed = recipients.digest_of(_filled(session, sending))
    if not hmac.compare_digest(listed, sending.list_digest):
        raise Voided
    count, segments = session.execute(
        select(func.count(), func.coalesce(func.sum(Delivery.segments), 0)).where(
            Delivery.sending_id == sending.id
        )
    ).one()
    moving.tell(session, sending.id, [((DeliveryState.WAITING, ""), count, segments, 0)])


def _filled(session: Session, sending: Sending) -> Iterator[Written]:
    """The rows of the list as they are read, each some with the statement that enters them."""
    rows = recipients.every(session, sending.list_id)
    while some := list(islice(rows, STEP)):
        given = {
            "sending_id": sending.id,
            "ns": [one.n for one in some],
            "refs": [phone_ref(one.phone) for one in some],
            "segments": [one.segments for one in some],
            "bounds": [binding.of_row(sending.token, one) for one in some],
        }
        session.execute(_ENTER, given)
        yield from some


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
