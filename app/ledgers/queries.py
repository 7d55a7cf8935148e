"""Reading the books, always within the actor's reach."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, false, func, literal_column, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.types import UserDefinedType

from app.core import clock, days
from app.core.actor import Actor
from app.core.days import parse_day
from app.core.paging import Page, page_by_key
from app.core.search import Asked, Words, mentions
from app.identity.models import Unit
from app.ledgers import policy, tallies
from app.ledgers.models import LedgerBook, LedgerRow
from app.ledgers.reach import Opened, open_book, subtree, within
from app.ledgers.types import CATALOGUE, NAME, Ledger, LedgerNotFound, Line, Offer

PAGE_ROWS = 50
BATCH = 500


class _TupleId(UserDefinedType[str]):
    """Where PostgreSQL keeps a row."""

    cache_ok = True

    def get_col_spec(self, **_given: Any) -> str:
        return "tid"


# Booked rows stay where they are: what a search has found is fetched without an index.
PLACE_ON_DISK = literal_column("ledger_row.ctid", _TupleId())


@dataclass(frozen=True)
class Filters:
    """`since` and `until` are days of the office, both included; `unit` is a code and takes its
    subtree; `q` is part of a name, a unit or the beginning of a ticket number.
    """

    since: date | None = None
    until: date | None = None
    unit: str = ""
    q: str = ""

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> "Filters":
        """From the words of an address: from, to, unit, q. Raises: Malformed."""
        return cls(
            parse_day(given.get("from", "")),
            parse_day(given.get("to", "")),
            given.get("unit", "").strip(),
            given.get("q", "").strip(),
        )

    @property
    def given(self) -> dict[str, str]:
        """As an address says it, for the next page."""
        named = {"q": self.q, "unit": self.unit, "from": self.since, "to": self.until}
        return {name: str(value) for name, value in named.items() if value}

    def in_words(self) -> str:
        """What was chosen, for the head of an exported file."""
        words = [
            f"{self.since}起" if self.since else "",
            f"到{self.until}" if self.until else "",
            f"单位 {self.unit}" if self.unit else "",
            f"含“{self.q}”" if self.q else "",
        ]
        return "，".join(filter(None, words)) or "全部"

    def as_facts(self) -> dict[str, str]:
        """For the audit trail. The searched words may be a name: only that there were some."""
        days = {"from": self.since, "to": self.until}
        found = {name: day.isoformat() for name, day in days.items() if day}
        found |= {"unit": self.unit} if self.unit else {}
        return found | ({"searched": "是"} if self.q else {})


EVERYTHING = Filters()


def find_ledger(session: Session, name: str) -> Ledger | None:
    """A book of the house, or one that a process describes."""
    if name in CATALOGUE:
        return CATALOGUE[name]
    book = session.get(LedgerBook, name)
    return book.ledger if book else None


def every_ledger(session: Session) -> list[Ledger]:
    books = session.scalars(select(LedgerBook).order_by(LedgerBook.title, LedgerBook.name))
    return [*CATALOGUE.values(), *(book.ledger for book in books)]


def access_ledger(session: Session, actor: Actor, name: str) -> Opened:
    """Raises: LedgerNotFound."""
    ledger = find_ledger(session, name)
    if ledger is None or not policy.can_view(actor, ledger):
        raise LedgerNotFound
    return open_book(session, actor, ledger)


def viewable(session: Session, actor: Actor) -> list[Ledger]:
    return [ledger for ledger in every_ledger(session) if policy.can_view(actor, ledger)]


def list_ledgers(session: Session, actor: Actor) -> list[Offer]:
    """The books the actor may open, with the number of rows within reach."""
    ledgers = viewable(session, actor)
    alike: dict[policy.Reach, list[str]] = {}
    for ledger in ledgers:
        alike.setdefault(policy.reach(actor, ledger), []).append(ledger.name)
    counts: dict[str, int] = {}
    for reach, names in alike.items():
        counts |= tallies.rows_of_books(session, within(session, reach), names)
    return [Offer(one.name, one.title, one.help, counts.get(one.name, 0)) for one in ledgers]


def list_rows(
    session: Session,
    book: Opened,
    filters: Filters = EVERYTHING,
    *,
    cursor: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[Line]:
    """Newest first, which within one book is by serial.

    Days are found by the moment, which is the same order but for acts of one second.
    """
    ledger = book.ledger
    dated = filters.since or filters.until
    key = (LedgerRow.at, LedgerRow.id) if dated else (LedgerRow.id,)
    statement = select(LedgerRow, *key).where(*_of(session, book, filters))
    page = page_by_key(session, statement, key=key, cursor=cursor, limit=limit)
    void = _corrected(session, [row[0].id for row in page.items])
    return page.map(lambda row: _line(ledger, row[0], void=row[0].id in void))


def count_rows(session: Session, book: Opened, filters: Filters) -> int:
    return session.scalar(select(func.count()).where(*_of(session, book, filters))) or 0


def every_row(session: Session, book: Opened, filters: Filters) -> Iterator[Line]:
    """Oldest first, as a book is read, without holding all of them."""
    ledger = book.ledger
    statement = (
        select(LedgerRow)
        .where(*_of(session, book, filters))
        .order_by(LedgerRow.id)
        .execution_options(yield_per=BATCH)
    )
    for rows in session.scalars(statement).partitions():
        void = _corrected(session, [row.id for row in rows])
        yield from (_line(ledger, row, void=row.id in void) for row in rows)


def booked_sources(session: Session, name: str, sources: Iterable[str]) -> frozenset[str]:
    """Those of `sources` that this book already holds."""
    return frozenset(
        session.scalars(
            select(LedgerRow.source).where(
                LedgerRow.name == name, LedgerRow.source.in_(list(sources))
            )
        )
    )


@dataclass(frozen=True)
class Booked:
    """One approved line of a ticket: the row in force, if any, and how many it has had."""

    row: LedgerRow | None
    count: int


def rows_in_force(session: Session, name: str, ticket: str, node: str) -> dict[int, Booked]:
    """What `ledgers.append` has booked at a node of this ticket, by the number of the line."""
    prefix = f"{ticket}/{node}#"
    lines: dict[int, list[LedgerRow]] = {}
    for row in _rows_of(session, ticket, LedgerRow.name == name):
        if row.source.startswith(prefix):
            lines.setdefault(row.row_no, []).append(row)
    return {no: _booked(rows) for no, rows in lines.items()}


def standing_rows(session: Session, ticket: str) -> list[tuple[LedgerRow, int]]:
    """Every row in force that processes' own books hold of this ticket, with its count."""
    lines: dict[tuple[str, str], list[LedgerRow]] = {}
    for row in _rows_of(session, ticket, LedgerRow.name.not_in(CATALOGUE)):
        lines.setdefault((row.name, row.source.partition("~")[0]), []).append(row)
    booked = [_booked(rows) for rows in lines.values()]
    return [(one.row, one.count) for one in booked if one.row is not None]


def list_of_ticket(session: Session, actor: Actor, ticket: str) -> list[tuple[Ledger, Line]]:
    """What the books within the actor's reach hold of one ticket, in the order it was booked."""
    found: list[tuple[Ledger, LedgerRow]] = []
    names = select(LedgerRow.name).where(LedgerRow.ticket == ticket).distinct()
    for name in session.scalars(names.order_by(LedgerRow.name)).all():
        ledger = find_ledger(session, name)
        if ledger is None or not policy.can_view(actor, ledger):
            continue
        held = open_book(session, actor, ledger).within.holds(LedgerRow.unit_id, LedgerRow.place)
        rows = _rows_of(session, ticket, LedgerRow.name == name, held)
        found += [(ledger, row) for row in rows]
    void = _corrected(session, [row.id for _, row in found])
    return [(ledger, _line(ledger, row, void=row.id in void)) for ledger, row in found]


def _booked(rows: list[LedgerRow]) -> Booked:
    return Booked(None if "_undoes" in rows[-1].values else rows[-1], len(rows))


def _rows_of(session: Session, ticket: str, *where: ColumnElement[bool]) -> Sequence[LedgerRow]:
    return session.scalars(
        select(LedgerRow).where(LedgerRow.ticket == ticket, *where).order_by(LedgerRow.id)
    ).all()


def _corrected(session: Session, ids: Collection[int]) -> frozenset[int | None]:
    """Those that a later row has made void; asked for the rows in hand, by the index."""
    later = select(LedgerRow.corrects_id).where(LedgerRow.corrects_id.in_(ids))
    return frozenset(session.scalars(later)) if ids else frozenset()


def _of(session: Session, book: Opened, filters: Filters) -> Iterator[ColumnElement[bool]]:
    yield LedgerRow.name == book.ledger.name
    yield book.within.holds(LedgerRow.unit_id, LedgerRow.place)
    yield from _chosen(session, book.ledger, filters)


def _chosen(session: Session, ledger: Ledger, filters: Filters) -> Iterator[ColumnElement[bool]]:
    yield from days.within(LedgerRow.at, filters.since, filters.until)
    if filters.unit:
        path = session.scalar(select(Unit.path).where(Unit.code == filters.unit))
        yield subtree(session, path).holds(LedgerRow.place) if path else false()
    if filters.q:
        yield _mentions(session, ledger, filters.q)


def _mentions(session: Session, ledger: Ledger, q: str) -> ColumnElement[bool]:
    held = {key: LedgerRow.values[key].astext.contains(q, autoescape=True) for key in ledger.search}
    texts = (held[key] for key in ledger.texts)
    asked = Asked(
        q,
        names=held.get(NAME, false()),
        texts=or_(LedgerRow.ticket.icontains(q, autoescape=True), *texts),
    )
    of_rows = Words(
        PLACE_ON_DISK, LedgerRow.words, LedgerRow.words, PLACE_ON_DISK, tags_are_rare=False
    )
    return mentions(session, of_rows, [asked], tags=[ledger.name])


def _line(ledger: Ledger, row: LedgerRow, *, void: bool) -> Line:
    moment = clock.local(row.at)
    own = {
        "_serial": str(row.serial),
        "_date": moment.strftime("%Y-%m-%d"),
        "_row": f"{row.ticket}-{row.row_no}",
        "_at": moment.strftime("%Y-%m-%d %H:%M"),
    }
    cells = own | row.values
    return Line(
        serial=row.serial,
        year=row.year,
        unit_code=row.unit_code,
        unit_name=row.unit_name,
        ticket=row.ticket,
        row_no=row.row_no,
        at=moment.isoformat(),
        cells=tuple(cells.get(column.key, "") for column in ledger.columns),
        values=row.values,
        void=void,
    )
