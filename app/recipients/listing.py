"""Reads for screens: lists in pages, one with its report, its numbers masked, blocked numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, literal, or_, select
from sqlalchemy.orm import Session

from app.core import crypto
from app.core.actor import Actor
from app.core.masking import masked
from app.core.paging import Page, page_by_key
from app.identity.models import Unit
from app.identity.queries import in_subtree, people_by_ids, scope_path
from app.identity.types import PersonRef
from app.messaging import channels
from app.messaging.areas import names_of
from app.messaging.audience.types import Block
from app.messaging.models import MessageTemplate
from app.messaging.text import segments
from app.messaging.types import Operator
from app.recipients import policy
from app.recipients.models import ListFinding, NumberBlock, Recipient, RecipientList
from app.recipients.types import ListNotFound

PAGE = 50


@dataclass(frozen=True)
class ListRow:
    """`areas`: how many by the name of the 区市. `cost`: 元 at today's price, if one is set."""

    list: RecipientList
    template: MessageTemplate
    unit_code: str
    unit_name: str
    made_by: PersonRef
    areas: Mapping[str, int]
    price: Decimal | None
    cost: Decimal | None
    sheet: str
    may_delete: bool


@dataclass(frozen=True)
class Masked:
    """A recipient as screens show it."""

    n: int
    phone: str
    area: str
    segments: int
    operator: Operator | None


@dataclass(frozen=True)
class BlockRow:
    block: NumberBlock
    phone: str  # masked
    by: PersonRef | None


def list_lists(
    session: Session, *, actor: Actor, cursor: str | None = None, limit: int = PAGE
) -> Page[ListRow]:
    """Those of the actor's scope, the latest first."""
    statement = _visible(session, actor).add_columns(RecipientList.id)
    page = page_by_key(session, statement, key=[RecipientList.id], cursor=cursor, limit=limit)
    return Page(tuple(_rows(session, actor, page.items)), page.next_cursor)


def list_row(session: Session, actor: Actor, list_id: int) -> ListRow:
    """Raises: ListNotFound."""
    found = session.execute(_visible(session, actor).where(RecipientList.id == list_id)).all()
    if not found:
        raise ListNotFound
    return _rows(session, actor, found)[0]


def list_findings(
    session: Session, list_id: int, *, cursor: str | None = None, limit: int = PAGE
) -> Page[ListFinding]:
    """Of a list that was looked up for the actor, in the order of the sheet."""
    statement = select(ListFinding, ListFinding.n).where(ListFinding.list_id == list_id)
    page = page_by_key(
        session, statement, key=[ListFinding.n], cursor=cursor, limit=limit, descending=False
    )
    return page.map(lambda row: row[0])


def every_finding(session: Session, list_id: int) -> Sequence[ListFinding]:
    """For the file: a sheet has so many rows and no more."""
    return session.scalars(
        select(ListFinding).where(ListFinding.list_id == list_id).order_by(ListFinding.n)
    ).all()


def list_recipients(
    session: Session, list_id: int, *, cursor: str | None = None, limit: int = PAGE
) -> Page[Masked]:
    """Of a list that was looked up for the actor, numbers masked."""
    columns = (Recipient.n, Recipient.phone, Recipient.area, Recipient.segments, Recipient.operator)
    statement = select(*columns, Recipient.n).where(Recipient.list_id == list_id)
    page = page_by_key(
        session, statement, key=[Recipient.n], cursor=cursor, limit=limit, descending=False
    )
    names = names_of(session)
    return page.map(
        lambda row: Masked(row[0], _masked(row[1]), names.get(row[2], row[2]), row[3], row[4])
    )


def list_blocks(
    session: Session,
    *,
    actor: Actor,
    kind: Block | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[BlockRow]:
    """What the units of the actor's scope entered, and the system; they hold for the region."""
    inside = or_(NumberBlock.unit_id.is_(None), in_subtree(scope_path(session, actor)))
    statement = (
        select(NumberBlock, NumberBlock.id)
        .outerjoin(Unit, Unit.id == NumberBlock.unit_id)
        .where(inside, literal(policy.can_read_blocks(actor)))
    )
    if kind is not None:
        statement = statement.where(NumberBlock.kind == kind)
    page = page_by_key(session, statement, key=[NumberBlock.id], cursor=cursor, limit=limit)
    return Page(block_rows(session, [row[0] for row in page.items]), page.next_cursor)


def block_rows(session: Session, blocks: Sequence[NumberBlock]) -> tuple[BlockRow, ...]:
    ids = {one.by_id for one in blocks if one.by_id}
    names = people_by_ids(session, ids) if ids else {}
    return tuple(BlockRow(one, _masked(one.phone), names.get(one.by_id or 0)) for one in blocks)


def _visible(session: Session, actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(RecipientList, MessageTemplate, Unit.code, Unit.name)
        .join(MessageTemplate, MessageTemplate.id == RecipientList.template_id)
        .join(Unit, Unit.id == RecipientList.unit_id)
        .where(in_subtree(scope_path(session, actor)), literal(policy.can_read(actor)))
    )


def _rows(session: Session, actor: Actor, found: Sequence[Any]) -> list[ListRow]:
    if not found:
        return []
    people = people_by_ids(session, {row[0].made_by_id for row in found})
    names, price = names_of(session), channels.first_price()
    return [
        ListRow(
            one,
            template,
            code,
            name,
            people[one.made_by_id],
            {names.get(area, area): count for area, count in one.areas.items()},
            price,
            None if price is None else segments.cost(one.segments, price),
            crypto.unseal(one.sheet_sealed).decode(),
            one.used_by is None and policy.can_make(actor) and one.unit_id == actor.unit_id,
        )
        for one, template, code, name in (row[:4] for row in found)
    ]


def _masked(sealed: bytes) -> str:
    return masked(crypto.unseal(sealed).decode())
