"""Reading the books, always within the actor's reach."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Malformed
from app.core.paging import Page, page_by_key
from app.identity.models import Unit
from app.identity.types import UnitKind
from app.ledgers import policy
from app.ledgers.models import LedgerRow
from app.ledgers.types import CATALOGUE, Ledger, LedgerNotFound, Line, Offer

PAGE_ROWS = 50
BATCH = 500


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
            _day(given.get("from", "")),
            _day(given.get("to", "")),
            given.get("unit", "").strip(),
            given.get("q", "").strip(),
        )

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


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Malformed("日期要写成 2026-11-21 的样子。") from error


def access_ledger(actor: Actor, name: str) -> Ledger:
    """Raises: LedgerNotFound."""
    ledger = CATALOGUE.get(name)
    if ledger is None or not policy.can_view(actor, ledger):
        raise LedgerNotFound
    return ledger


def viewable(actor: Actor) -> list[Ledger]:
    return [ledger for ledger in CATALOGUE.values() if policy.can_view(actor, ledger)]


def list_ledgers(session: Session, actor: Actor) -> list[Offer]:
    """The books the actor may open, with the number of rows within reach."""
    within = _within(session, actor)
    counts = session.execute(
        select(LedgerRow.name, func.count()).where(within).group_by(LedgerRow.name)
    )
    counted = dict(counts.all())
    return [
        Offer(ledger.name, ledger.title, ledger.help, counted.get(ledger.name, 0))
        for ledger in viewable(actor)
    ]


def list_rows(
    session: Session,
    actor: Actor,
    name: str,
    filters: Filters = EVERYTHING,
    *,
    cursor: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[Line]:
    """Newest first, which within one book is by serial. Raises: LedgerNotFound."""
    ledger = access_ledger(actor, name)
    statement = _lines().where(*_of(session, actor, name, filters))
    page = page_by_key(session, statement, key=(LedgerRow.id,), cursor=cursor, limit=limit)
    return page.map(lambda row: _line(ledger, row))


def count_rows(session: Session, actor: Actor | None, name: str, filters: Filters) -> int:
    return session.scalar(select(func.count()).where(*_of(session, actor, name, filters))) or 0


def every_row(
    session: Session, actor: Actor | None, ledger: Ledger, filters: Filters
) -> Iterator[Line]:
    """Oldest first, as a book is read, without holding all of them. Without an actor, who is the
    operator at the command line, the whole book.
    """
    statement = (
        _lines().where(*_of(session, actor, ledger.name, filters)).order_by(LedgerRow.id)
    ).execution_options(yield_per=BATCH)
    for row, void, key in session.execute(statement):
        yield _line(ledger, (row, void, key))


def booked_sources(session: Session, name: str, sources: Iterable[str]) -> frozenset[str]:
    """Those of `sources` that this book already holds."""
    return frozenset(
        session.scalars(
            select(LedgerRow.source).where(
                LedgerRow.name == name, LedgerRow.source.in_(list(sources))
            )
        )
    )


def _lines() -> Select[LedgerRow, bool, int]:
    later = aliased(LedgerRow)
    is_void = exists().where(later.corrects_id == LedgerRow.id)
    return select(LedgerRow, is_void, LedgerRow.id)


def _of(
    session: Session, actor: Actor | None, name: str, filters: Filters
) -> Iterator[ColumnElement[bool]]:
    yield LedgerRow.name == name
    if actor is not None:
        yield _within(session, actor)
    yield from _chosen(filters)


def _within(session: Session, actor: Actor) -> ColumnElement[bool]:
    reach = policy.reach(actor)
    ways = [LedgerRow.place.like(_prefix(path)) for path in sorted(reach.subtrees)]
    if reach.divisions:
        ways.append(LedgerRow.unit_id.in_(_keepers_under(session, reach.divisions)))
    return or_(*ways)


def _prefix(path: str) -> str:
    """A pattern the index on `place` serves; `startswith` would hide the prefix from it."""
    return re.sub(r"([%_\\])", r"\\\1", path) + "%"


def _keepers_under(session: Session, divisions: frozenset[int]) -> list[int]:
    """The divisions themselves and those below: the 州 reads the books of its 县市."""
    above = aliased(Unit)
    return list(
        session.scalars(
            select(Unit.id)
            .join(above, Unit.path.startswith(above.path))
            .where(above.id.in_(divisions), Unit.kind == UnitKind.DIVISION)
            .distinct()
        )
    )


def _chosen(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.since:
        yield LedgerRow.at >= _midnight(filters.since)
    if filters.until:
        yield LedgerRow.at < _midnight(filters.until + timedelta(days=1))
    if filters.unit:
        yield LedgerRow.place.contains(f"/{filters.unit}/", autoescape=True)
    if filters.q:
        yield _mentions(filters.q)


def _mentions(q: str) -> ColumnElement[bool]:
    return or_(
        LedgerRow.values["name"].astext.contains(q, autoescape=True),
        LedgerRow.values["unit"].astext.contains(q, autoescape=True),
        LedgerRow.ticket.istartswith(q, autoescape=True),
    )


def _midnight(day: date) -> datetime:
    """The first moment of a day in the office's zone."""
    zone = clock.local(datetime.combine(day, time.min, UTC)).tzinfo
    return datetime.combine(day, time.min, zone)


def _line(ledger: Ledger, found: tuple[LedgerRow, bool, int]) -> Line:
    row, void, _ = found
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
