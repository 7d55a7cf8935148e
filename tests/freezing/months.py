"""A month of a county's book, on its way into the safe."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from sqlalchemy import select

from app.ledgers import freezing, shelves
from app.ledgers.freezing import Seen
from app.ledgers.models import LedgerMonth
from app.ledgers.types import (
    ACCOUNTS,
    Period,
)
from tests.support.office import Office

OCTOBER, NOVEMBER = Period(2026, 10), Period(2026, 11)
OCTOBER_DAY = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)
KEEPER, SECOND, LEADER = "tanlihua", "tanguifang", "pengxiuying"
FAR_KEEPER = "ransiqi"  # of 来凤县


def seen(office: Office, period: Period = OCTOBER, *, by: str = KEEPER) -> Seen:
    shelf = shelves.access_shelf(office.session, office.actor(by), ACCOUNTS.name)
    stand = shelves.stand_of(office.session, shelf, period)
    return Seen(stand.rows_count, stand.last_serial)


def act(
    what: Callable[..., object], office: Office, by: str, saw: Seen, **more: object
) -> shelves.Shelf:
    given = {"name": ACCOUNTS.name, "period": OCTOBER, "now": office.tick(), **more}
    done = what(office.session, actor=office.actor(by), seen=saw, **given)
    assert isinstance(done, shelves.Shelf)
    office.session.flush()
    return done


def propose(office: Office, by: str = KEEPER, saw: Seen | None = None, **more: object) -> None:
    act(freezing.propose, office, by, saw or seen(office), **more)


def confirm(office: Office, by: str = SECOND, saw: Seen | None = None, **more: object) -> None:
    act(freezing.confirm, office, by, saw or seen(office), **more)


def freeze(office: Office) -> LedgerMonth:
    propose(office)
    confirm(office)
    return office.session.scalars(select(LedgerMonth)).one()


def take(office: Office, by: str = KEEPER, **more: object) -> bytes:
    given: dict[str, object] = {"name": ACCOUNTS.name, "period": OCTOBER, "now": office.tick()}
    return freezing.take(office.session, actor=office.actor(by), **(given | more)).data  # type: ignore[arg-type]


def look(office: Office, by: str, period: Period = OCTOBER) -> shelves.Month:
    shelf = shelves.access_shelf(office.session, office.actor(by), ACCOUNTS.name)
    return shelves.look(office.session, office.actor(by), shelf, period, date(2026, 11, 20))
