"""Reads for screens: the book in pages, one entry with its changes, imports and their reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal, select, text
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.audit.queries import list_about
from app.core import crypto
from app.core.actor import Actor
from app.core.masking import masked
from app.core.paging import Page, page_by_key
from app.identity.models import Unit
from app.identity.queries import in_subtree, people_by_ids, scope_path
from app.identity.types import PersonRef
from app.messaging.audience.numbers import phone_ref
from app.phonebook import policy
from app.phonebook.models import PhoneEntry, PhoneFinding, PhoneImport
from app.phonebook.queries import areas_within, conditions, get_import
from app.phonebook.types import Chosen, EntryNotFound
from forms import normalise

PAGE = 50
MOST_GROUPS = 200
MOST_CHANGES = 100
CHANGES = ("phone.added", "phone.changed", "phone.marked")
# PostgreSQL has no skip scan: the next name is looked up behind the last, area by area.
GROUPS = text("""
WITH RECURSIVE found AS (
    SELECT area, (SELECT min(group_name) FROM phone_entry
        WHERE area_id = area AND group_name > '') AS name
    FROM unnest(CAST(:areas AS bigint[])) area
    UNION ALL
    SELECT area, (SELECT min(group_name) FROM phone_entry
        WHERE area_id = area AND group_name > found.name)
    FROM found WHERE name IS NOT NULL
)
SELECT DISTINCT name FROM found WHERE name IS NOT NULL ORDER BY name LIMIT :most
""")


@dataclass(frozen=True)
class EntryRow:
    """`may_keep`: whether whoever looks may change it."""

    entry: PhoneEntry
    phone: str  # masked
    area_code: str
    area: str
    made_by: PersonRef
    may_keep: bool


@dataclass(frozen=True)
class ImportRow:
    batch: PhoneImport
    sheet: str
    by: PersonRef


def list_entries(
    session: Session,
    *,
    actor: Actor,
    chosen: Chosen,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[EntryRow]:
    """The latest first; by name, in the order of names."""
    areas = areas_within(session, actor)
    key: list[Any] = [PhoneEntry.name, PhoneEntry.id] if chosen.name else [PhoneEntry.id]
    statement = (
        select(PhoneEntry)
        .add_columns(*key)
        .where(literal(policy.can_read(actor)), *conditions(chosen, list(areas)))
    )
    page = page_by_key(
        session, statement, key=key, cursor=cursor, limit=limit, descending=not chosen.name
    )
    return Page(_rows(session, actor, areas, [row[0] for row in page.items]), page.next_cursor)


def find_entries(session: Session, *, actor: Actor, phone: str) -> tuple[EntryRow, ...]:
    """Of a whole number, as somebody typed it."""
    areas = areas_within(session, actor)
    found = session.scalars(
        select(PhoneEntry)
        .where(
            literal(policy.can_read(actor)),
            PhoneEntry.phone_ref == phone_ref(normalise.phone(phone)),
            PhoneEntry.area_id.in_(areas),
        )
        .order_by(PhoneEntry.id)
    ).all()
    return _rows(session, actor, areas, found)


def entry_row(session: Session, actor: Actor, entry_id: int) -> EntryRow:
    """Raises: EntryNotFound."""
    areas = areas_within(session, actor)
    found = session.get(PhoneEntry, entry_id)
    if found is None or not policy.can_read(actor) or found.area_id not in areas:
        raise EntryNotFound
    return _rows(session, actor, areas, [found])[0]


def changes_of(session: Session, entry_id: int) -> Sequence[Event]:
    """What was done to an entry that was looked up for the actor, newest first."""
    about = [f"phone:{entry_id}"]
    return list_about(session, about, CHANGES, cursor=None, limit=MOST_CHANGES).items


def groups(session: Session, area_ids: Sequence[int]) -> list[str]:
    """Names of groups in these areas, some hundred at most: from one to the next by the index."""
    return list(session.scalars(GROUPS, {"areas": list(area_ids), "most": MOST_GROUPS}))


def list_imports(
    session: Session, *, actor: Actor, cursor: str | None = None, limit: int = PAGE
) -> Page[ImportRow]:
    """The latest first."""
    statement = (
        select(PhoneImport, PhoneImport.id)
        .join(Unit, Unit.id == PhoneImport.unit_id)
        .where(in_subtree(scope_path(session, actor)), literal(policy.can_read(actor)))
    )
    page = page_by_key(session, statement, key=[PhoneImport.id], cursor=cursor, limit=limit)
    return Page(_imports(session, [row[0] for row in page.items]), page.next_cursor)


def import_row(session: Session, actor: Actor, import_id: int) -> ImportRow:
    """Raises: ImportNotFound."""
    return _imports(session, [get_import(session, actor, import_id)])[0]


def list_findings(
    session: Session, import_id: int, *, cursor: str | None = None, limit: int = PAGE
) -> Page[PhoneFinding]:
    """Of an import that was looked up for the actor, in the order of the sheet."""
    statement = select(PhoneFinding, PhoneFinding.n).where(PhoneFinding.import_id == import_id)
    page = page_by_key(
        session, statement, key=[PhoneFinding.n], cursor=cursor, limit=limit, descending=False
    )
    return page.map(lambda row: row[0])


def every_finding(session: Session, import_id: int) -> Sequence[PhoneFinding]:
    """For the file: a sheet has so many rows and no more."""
    return session.scalars(
        select(PhoneFinding).where(PhoneFinding.import_id == import_id).order_by(PhoneFinding.n)
    ).all()


def _rows(
    session: Session, actor: Actor, areas: Mapping[int, Unit], found: Sequence[PhoneEntry]
) -> tuple[EntryRow, ...]:
    people = people_by_ids(session, {one.made_by_id for one in found}) if found else {}
    may_keep = policy.can_keep(actor)
    return tuple(
        EntryRow(
            one,
            masked(crypto.unseal(one.phone).decode()),
            areas[one.area_id].code,
            areas[one.area_id].name,
            people[one.made_by_id],
            may_keep,
        )
        for one in found
    )


def _imports(session: Session, found: Sequence[PhoneImport]) -> tuple[ImportRow, ...]:
    people = people_by_ids(session, {one.by_id for one in found}) if found else {}
    return tuple(
        ImportRow(one, crypto.unseal(one.sheet_sealed).decode(), people[one.by_id]) for one in found
    )
