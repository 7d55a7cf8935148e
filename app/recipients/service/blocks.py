"""Numbers that get nothing: entered by people, or by the system when somebody answers 退订."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import crypto
from app.core.actor import Actor
from app.core.errors import Fault
from app.core.masking import masked
from app.identity.layers import is_whole
from app.identity.queries import get_unit, scope_path
from app.messaging.audience.numbers import phone_ref
from app.messaging.audience.types import BLOCKS, Block
from app.messaging.text import templates
from app.recipients import policy
from app.recipients.models import NumberBlock
from app.recipients.types import (
    FEWEST_WORDS,
    KEPT_BLOCKS,
    MOST_WORDS,
    BadBlock,
    BlockNotFound,
    BlockTwice,
    NotYourBlock,
)
from forms import normalise


def block(
    session: Session,
    *,
    phone: str,
    kind: Block,
    source: str,
    now: datetime,
    actor: Actor | None = None,
) -> NumberBlock:
    """Without an actor the system does, for who answered 退订; then a second time is no fault.

    Raises: NotYourBlock, BadBlock, BlockTwice.
    """
    if actor is not None and not policy.can_block(actor):
        raise NotYourBlock
    plain = normalise.phone(phone)
    if faults := list(_faults_of_block(plain, kind, source)):
        raise BadBlock(faults)
    ref = phone_ref(plain)
    made = session.scalars(
        upsert(NumberBlock)
        .values(
            phone_ref=ref,
            phone=crypto.seal(plain),
            kind=kind,
            source=source.strip(),
            since=now,
            by_id=actor.person_id if actor else None,
            unit_id=actor.unit_id if actor else None,
        )
        .on_conflict_do_nothing(index_elements=["phone_ref", "kind"])
        .returning(NumberBlock)
    ).first()
    if made is None:
        if actor is not None:
            raise BlockTwice(current="blocked")
        known = select(NumberBlock).where(NumberBlock.phone_ref == ref, NumberBlock.kind == kind)
        return session.scalars(known).one()
    _record_block(session, actor, now, "number.blocked", made, source.strip())
    return made


def lift(session: Session, *, actor: Actor, now: datetime, block_id: int, reason: str) -> None:
    """What a unit of one's scope has entered; what the system has, by who sees the whole region.

    Raises: NotYourBlock, BadBlock, BlockNotFound.
    """
    if not policy.can_lift(actor):
        raise NotYourBlock
    found = session.get(NumberBlock, block_id, with_for_update=True)
    if found is None or not _is_within(session, actor, found):
        raise BlockNotFound
    if faults := list(_faults_of_reason(reason, "reason")):
        raise BadBlock(faults, "没有解除，请写明原因。")
    _record_block(session, actor, now, "number.unblocked", found, reason.strip())
    session.delete(found)


def _is_within(session: Session, actor: Actor, block: NumberBlock) -> bool:
    scope = scope_path(session, actor)
    if block.unit_id is None:
        return is_whole(scope)
    return get_unit(session, block.unit_id).path.startswith(scope)


def _faults_of_block(phone: str, kind: Block, source: str) -> Iterator[Fault]:
    if not templates.MOBILE.fullmatch(phone):
        yield Fault("phone", "phone", "请填 11 位手机号。")
    if kind not in KEPT_BLOCKS:
        named = "、".join(BLOCKS[one] for one in KEPT_BLOCKS)
        yield Fault("kind", "kind", f"请选类别：{named}。")
    yield from _faults_of_reason(source, "source")


def _faults_of_reason(text: str, path: str) -> Iterator[Fault]:
    if not FEWEST_WORDS <= len(text.strip()) <= MOST_WORDS:
        yield Fault(path, "reason", f"请写明原因（{FEWEST_WORDS} 到 {MOST_WORDS} 个字）。")


def _record_block(
    session: Session, actor: Actor | None, now: datetime, kind: str, one: NumberBlock, why: str
) -> None:
    phone = masked(crypto.unseal(one.phone).decode())
    facts = {"phone": phone, "kind": one.kind.value, "reason": why}
    audit.record(session, now=now, actor=actor, kind=kind, object=f"number:{one.id}", data=facts)
