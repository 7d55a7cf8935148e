"""What reading and judging ask of the house: a few statements for a whole sheet."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.access.administrators.types import ADMIN_POST
from app.access.models import Account, Grant
from app.access.queries import known_people
from app.access.types import KIND_LABELS, AccountKind
from app.identity.models import Person, Unit
from app.identity.queries import get_unit, in_subtree, prefecture_of
from app.identity.region import Entry, read_region
from app.ledgers.types import OLD_BOOKS
from app.oldbooks.models import OldBook
from app.oldbooks.reading import Lists
from app.oldbooks.types import Facts, Place, Stand

ADMIN_POST_WORDS = (ADMIN_POST, KIND_LABELS[AccountKind.PERMISSION_ADMIN], "业务权限管理员")


def lists_for(session: Session, division_id: int, today: date) -> Lists:
    """What the words of a sheet mean in this 州 or 县市."""
    region = read_region(session)
    units: dict[str, tuple[Place, ...]] = {}
    within = in_subtree(get_unit(session, division_id).path)
    for unit in session.scalars(select(Unit).where(Unit.closed_at.is_(None), within)):
        place = Place(unit.id, unit.code, unit.name, unit.path, unit.kind, unit.division_id)
        for word in {unit.code, unit.name}:
            units[word] = (*units.get(word, ()), place)
    return Lists(
        units,
        dict(_words(region.entries("subsystems"))),
        dict(_words(region.entries("posts"))) | dict.fromkeys(ADMIN_POST_WORDS, ADMIN_POST),
        today,
    )


def facts_for(session: Session, book: OldBook, refs: Collection[bytes], now: datetime) -> Facts:
    """What the platform knows of these people, and for whom the book is imported."""
    division = get_unit(session, book.division_id)
    above = prefecture_of(session, division)
    return Facts(
        division_id=division.id,
        is_prefecture=above is not None and above.id == division.id,
        own_ref=session.scalar(select(Person.id_index).where(Person.id == book.uploaded_by_id)),
        people=_stands(session, refs, now) if refs else {},
    )


def _stands(session: Session, refs: Collection[bytes], now: datetime) -> Mapping[bytes, Stand]:
    known = known_people(session, now, refs)
    accounts = _accounts(session, refs)
    wanted = select(Person.id_index, Person.id).where(Person.id_index.in_(refs))
    people = {row.id_index: row.id for row in session.execute(wanted)}
    found = {}
    for ref, one in known.items():
        account_id, is_from_books = accounts.get(ref, (None, False))
        found[ref] = Stand(one, account_id, people.get(ref), is_from_books)
    return found


def _accounts(session: Session, refs: Collection[bytes]) -> dict[bytes, tuple[int, bool]]:
    """Their ids, and whether nothing but imports has touched account and posts."""
    by_form = exists().where(Grant.account_id == Account.id, ~Grant.ticket.startswith(OLD_BOOKS))
    of_book = Account.ticket.startswith(OLD_BOOKS) & ~by_form
    rows = session.execute(
        select(Account.person_ref, Account.id, of_book).where(Account.person_ref.in_(refs))
    )
    return {ref: (account_id, is_from_books) for ref, account_id, is_from_books in rows}


def _words(entries: Sequence[Entry]) -> Iterator[tuple[str, str]]:
    """Long names last, so that a list of what may be written begins with the forms' own."""
    for entry in entries:
        for word in (entry.label, *entry.aliases, entry.name, entry.value):
            yield word, entry.value
