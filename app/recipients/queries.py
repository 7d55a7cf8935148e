"""Reads: a frozen list and its rows by key, its digest as the rows stand now, blocked numbers."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from app.core import crypto
from app.core.actor import Actor
from app.identity.queries import get_unit, scope_path
from app.messaging.audience import judging
from app.messaging.audience.types import Block
from app.messaging.audience.types import Recipient as Judged
from app.messaging.models import MessageTemplate
from app.messaging.text.types import Text
from app.messaging.types import Operator, operator_of
from app.recipients import policy
from app.recipients.models import NumberBlock, Recipient, RecipientList
from app.recipients.types import ListNotFound, NotYourList, Written

STEP = 1_000


@dataclass(frozen=True)
class Frozen:
    """A list with the template it was made for, and the version that goes to each operator's
    numbers on it.
    """

    list: RecipientList
    template: MessageTemplate
    versions: Mapping[Operator | None, MessageTemplate]

    @property
    def texts(self) -> dict[Operator | None, Text]:
        return {operator: one.text for operator, one in self.versions.items()}


def frozen(session: Session, list_id: int) -> Frozen:
    """Raises: ListNotFound."""
    return _frozen(session, select(RecipientList).where(RecipientList.id == list_id))


def frozen_by_number(session: Session, number: str) -> Frozen:
    """Raises: ListNotFound."""
    return _frozen(session, select(RecipientList).where(RecipientList.number == number))


def lock_frozen(session: Session, number: str) -> Frozen:
    """For who uses it. Raises: ListNotFound."""
    return _locked(session, RecipientList.number == number)


def access_list(session: Session, list_id: int, actor: Actor) -> RecipientList:
    """Locked for who made it. Raises: ListNotFound, NotYourList."""
    found = _locked(session, RecipientList.id == list_id).list
    if policy.can_make(actor) and found.unit_id == actor.unit_id:
        return found
    unit = get_unit(session, found.unit_id)
    if policy.can_read(actor) and unit.path.startswith(scope_path(session, actor)):
        raise NotYourList
    raise ListNotFound


def after(session: Session, list_id: int, n: int, limit: int) -> list[Written]:
    """The rows behind the `n`-th, in their order."""
    rows = session.execute(
        select(
            Recipient.n,
            Recipient.phone,
            Recipient.phone_ref,
            Recipient.area,
            Recipient.values_sealed,
            Recipient.segments,
            Recipient.operator,
        )
        .where(Recipient.list_id == list_id, Recipient.n > n)
        .order_by(Recipient.n)
        .limit(limit)
    )
    return [
        Written(
            n, crypto.unseal(phone).decode(), ref, area, crypto.unseal_json(values), segments, of
        )
        for n, phone, ref, area, values, segments, of in rows
    ]


def every(session: Session, list_id: int) -> Iterator[Written]:
    """All rows in their order, some at a time."""
    last = 0
    while rows := after(session, list_id, last, STEP):
        yield from rows
        last = rows[-1].n


def digest_now(session: Session, list_id: int) -> bytes:
    """What the rows say now, for whoever must prove that nothing was changed."""
    return digest_of(every(session, list_id))


def digest_of(rows: Iterable[Written]) -> bytes:
    """Of all rows of a list in their order; they are read once and not kept."""
    return judging.digest(
        Judged(one.n, one.phone, one.area, one.values, one.operator) for one in rows
    )


def blocked_refs(session: Session, refs: Collection[bytes]) -> dict[bytes, Block]:
    """Why each of these numbers gets nothing: the first reason, in the order of the sieves."""
    found: dict[bytes, Block] = {}
    order = list(Block)
    wanted = list(refs)
    for at in range(0, len(wanted), STEP):
        part = wanted[at : at + STEP]
        rows = session.execute(
            select(NumberBlock.phone_ref, NumberBlock.kind).where(NumberBlock.phone_ref.in_(part))
        )
        for ref, kind in rows:
            found[ref] = min(found.get(ref, kind), kind, key=order.index)
    return found


def _locked(session: Session, condition: ColumnElement[bool]) -> Frozen:
    wanted = select(RecipientList).where(condition).with_for_update()
    return _frozen(session, wanted.execution_options(populate_existing=True))


def _frozen(session: Session, wanted: Select[RecipientList]) -> Frozen:
    row = session.scalars(wanted).first()
    if row is None:
        raise ListNotFound
    ids = {row.template_id, *(one["template"] for one in row.versions.values())}
    known = session.scalars(select(MessageTemplate).where(MessageTemplate.id.in_(ids)))
    templates = {one.id: one for one in known}
    versions = {operator_of(key): templates[one["template"]] for key, one in row.versions.items()}
    return Frozen(row, templates[row.template_id], versions)
