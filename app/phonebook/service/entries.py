"""One number at a time: added, changed, marked as wrong or out of use, and set right again."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import clock, crypto
from app.core.actor import Actor
from app.core.masking import masked
from app.identity.queries import unit_by_code
from app.messaging.audience.numbers import phone_ref
from app.phonebook import policy
from app.phonebook.judging import TITLES, faults_of_reason, judge
from app.phonebook.models import PhoneEntry
from app.phonebook.queries import access_entry, areas_for
from app.phonebook.types import (
    STATES,
    BadEntry,
    Draft,
    EntryTwice,
    NotYourBook,
    SameState,
    StaleEntry,
    State,
)


def add(session: Session, *, actor: Actor, now: datetime, given: Mapping[str, str]) -> PhoneEntry:
    """`given`: field → what was written. Raises: NotYourBook, BadEntry, EntryTwice."""
    if not policy.can_keep(actor):
        raise NotYourBook
    draft = _judged(session, actor, now, given)
    made = session.scalars(
        upsert(PhoneEntry)
        .values(**columns_of(session, draft), made_by_id=actor.person_id, made_at=now)
        .on_conflict_do_nothing(index_elements=["phone_ref", "area_id", "kind"])
        .returning(PhoneEntry)
    ).first()
    if made is None:
        raise EntryTwice(current="there")
    _record(session, actor, now, "phone.added", made)
    return made


def edit(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    entry_id: int,
    version: int | None,
    given: Mapping[str, str],
) -> PhoneEntry:
    """An empty phone is the one it has: pages show it masked. Another number is no longer wrong.

    Raises: EntryNotFound, NotYourBook, StaleEntry, BadEntry, EntryTwice.
    """
    found = access_entry(session, entry_id, actor)
    if version != found.rev:
        raise StaleEntry(current=found.state.value, version=found.rev)
    old = crypto.unseal(found.phone).decode()
    draft = _judged(session, actor, now, {**given, "phone": given.get("phone") or old})
    wanted = columns_of(session, draft)
    if draft.phone == old:
        wanted["phone"] = found.phone  # sealed anew it would differ
    changed = [name for name, value in wanted.items() if getattr(found, name) != value]
    if not changed:
        return found
    _refuse_twice(session, found, wanted)
    for name in changed:
        setattr(found, name, wanted[name])
    if draft.phone != old and found.state is State.WRONG:
        _set_state(found, State.ACTIVE, now, "")
    found.rev += 1
    told = {TITLES.get(name.removesuffix("_id"), "") for name in changed} - {""}
    _record(session, actor, now, "phone.changed", found, changed="、".join(sorted(told)))
    return found


def mark(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    entry_id: int,
    version: int | None,
    state: State,
    reason: str,
) -> PhoneEntry:
    """Wrong, out of use, or in use again; never without a reason.

    Raises: EntryNotFound, NotYourBook, SameState, StaleEntry, BadEntry.
    """
    found = access_entry(session, entry_id, actor)
    if version != found.rev:
        raise StaleEntry(current=found.state.value, version=found.rev)
    if found.state is state:
        raise SameState(current=state.value, version=found.rev)
    if faults := list(faults_of_reason(reason)):
        raise BadEntry(faults, "没有改状态，请写明原因。")
    _set_state(found, state, now, reason.strip())
    found.rev += 1
    facts = {"value": STATES[state], "reason": found.state_reason}
    _record(session, actor, now, "phone.marked", found, **facts)
    return found


def columns_of(session: Session, draft: Draft) -> dict[str, Any]:
    """A draft as its row keeps it."""
    values = asdict(draft)
    area, phone = values.pop("area"), values.pop("phone")
    area_id = unit_by_code(session, area).id
    return values | {"area_id": area_id, "phone": crypto.seal(phone), "phone_ref": phone_ref(phone)}


def _judged(session: Session, actor: Actor, now: datetime, given: Mapping[str, str]) -> Draft:
    judged = judge(given, areas_for(session, actor), clock.local(now).date())
    if judged.draft is None:
        raise BadEntry(judged.faults)
    return judged.draft


def _refuse_twice(session: Session, entry: PhoneEntry, wanted: Mapping[str, Any]) -> None:
    """Of two who write one number the second meets the index: the base layer tells him so."""
    other = select(PhoneEntry.id).where(
        PhoneEntry.phone_ref == wanted["phone_ref"],
        PhoneEntry.area_id == wanted["area_id"],
        PhoneEntry.kind == wanted["kind"],
        PhoneEntry.id != entry.id,
    )
    if session.scalar(other) is not None:
        raise EntryTwice(current="there")


def _set_state(entry: PhoneEntry, state: State, now: datetime, reason: str) -> None:
    entry.state, entry.state_at, entry.state_reason = state, now, reason
    entry.wrong_in = None


def _record(
    session: Session, actor: Actor, now: datetime, kind: str, one: PhoneEntry, **facts: str
) -> None:
    told = {"phone": masked(crypto.unseal(one.phone).decode()), **facts}
    audit.record(session, now=now, actor=actor, kind=kind, object=f"phone:{one.id}", data=told)
