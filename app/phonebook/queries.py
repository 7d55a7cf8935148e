"""Reads: the areas whose book an actor reads, one entry, numbers that are wrong."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.identity.models import Unit
from app.identity.queries import get_unit, in_subtree, scope_path
from app.identity.types import UnitKind
from app.messaging.areas import areas_of
from app.messaging.audience.types import Areas
from app.messaging.types import UNKNOWN_OPERATOR
from app.phonebook import policy
from app.phonebook.models import PhoneEntry, PhoneImport
from app.phonebook.types import (
    Chosen,
    EntryNotFound,
    ImportNotFound,
    NotYourBook,
    State,
    Verification,
)

STEP = 1_000


def areas_within(session: Session, actor: Actor) -> Mapping[int, Unit]:
    """The divisions of the actor's scope (R12), closed ones too: their numbers are still there."""
    rows = session.scalars(
        select(Unit)
        .where(Unit.kind == UnitKind.DIVISION, in_subtree(scope_path(session, actor)))
        .order_by(Unit.path)
    )
    return {one.id: one for one in rows}


def areas_for(session: Session, actor: Actor) -> Areas:
    """What a number may belong to: all names of divisions are known, the actor's are his own."""
    found = areas_of(session, get_unit(session, actor.unit_id))
    within = {one.code for one in areas_within(session, actor).values()}
    return Areas(found.known, found.own & within)


def access_entry(session: Session, entry_id: int, actor: Actor) -> PhoneEntry:
    """Locked for who keeps the book of its area. Raises: EntryNotFound, NotYourBook."""
    found = session.get(PhoneEntry, entry_id, with_for_update=True, populate_existing=True)
    if found is None or not policy.can_read(actor):
        raise EntryNotFound
    if found.area_id not in areas_within(session, actor):
        raise EntryNotFound
    if not policy.can_keep(actor):
        raise NotYourBook
    return found


def get_import(session: Session, actor: Actor, import_id: int) -> PhoneImport:
    """Raises: ImportNotFound."""
    found = session.get(PhoneImport, import_id)
    if found is None or not policy.can_read(actor):
        raise ImportNotFound
    if not get_unit(session, found.unit_id).path.startswith(scope_path(session, actor)):
        raise ImportNotFound
    return found


def conditions(chosen: Chosen, area_ids: Sequence[int]) -> Iterator[ColumnElement[bool]]:
    """Of entries in these areas that were chosen."""
    yield PhoneEntry.area_id.in_(area_ids)
    for column, wanted in (
        (PhoneEntry.kind, chosen.kind),
        (PhoneEntry.source, chosen.source),
        (PhoneEntry.verification, chosen.verification),
        (PhoneEntry.state, chosen.state),
        (PhoneEntry.group_name, chosen.group),
    ):
        if wanted:
            yield column == wanted
    if chosen.operator:
        is_unknown = chosen.operator == UNKNOWN_OPERATOR
        yield (
            PhoneEntry.operator.is_(None) if is_unknown else PhoneEntry.operator == chosen.operator
        )
    if chosen.is_verified:
        yield PhoneEntry.verification != Verification.NONE
    if chosen.name:
        yield PhoneEntry.name.startswith(chosen.name, autoescape=True)


def wrong_refs(session: Session, unit_id: int, refs: Collection[bytes]) -> set[bytes]:
    """Which of these numbers the book of the unit's area says are wrong."""
    area = get_unit(session, get_unit(session, unit_id).division_id)
    found: set[bytes] = set()
    wanted = list(refs)
    for at in range(0, len(wanted), STEP):
        found.update(
            session.scalars(
                select(PhoneEntry.phone_ref)
                .join(Unit, Unit.id == PhoneEntry.area_id)
                .where(
                    PhoneEntry.phone_ref.in_(wanted[at : at + STEP]),
                    PhoneEntry.state == State.WRONG,
                    in_subtree(area.path),
                )
            )
        )
    return found
