"""Who holds what and who stands in, for many questions about one moment.

An act asks for one position and one process, which is a statement each. A page that tells of every
step of many processes would ask hundreds: here a unit, or a level, is read once for all of them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.identity.cover_types import Deputy
from app.identity.models import Unit
from app.identity.queries import holders_of, holders_of_level, units_above
from app.identity.standins import Offers, offers_of
from app.identity.types import Holder

Held = dict[str, list[Holder]]


class Roll:
    """`positions`: those that may be asked for. `unit`: it and those above are read at once; the
    session finds them without asking as long as this lives.

    Statements grow with the units that are asked about, never with positions and processes.
    """

    def __init__(
        self,
        session: Session,
        now: datetime,
        positions: Collection[str],
        unit: Unit | None = None,
    ) -> None:
        self._session, self._now, self._positions = session, now, sorted(positions)
        self._above: Sequence[Unit] = units_above(session, unit) if unit else ()
        self._units: dict[int, Held] = {}
        self._levels: dict[int, Held] = {}
        self._offers: dict[frozenset[int], Offers] = {}

    def in_unit(self, position: str, unit_id: int) -> list[Holder]:
        """Who holds it in exactly this unit and can sign in."""
        if unit_id not in self._units:
            self._units[unit_id] = _sorted(
                holders_of(self._session, self._positions, unit_id, self._now)
            )
        return self._units[unit_id].get(position, [])

    def at_level(self, position: str, division_id: int) -> list[Holder]:
        """Who holds it in the 州 or 县市 itself and its offices, never below it."""
        if division_id not in self._levels:
            found = holders_of_level(self._session, self._positions, division_id, self._now)
            self._levels[division_id] = _sorted(found)
        return self._levels[division_id].get(position, [])

    def deputies(
        self, covered: Collection[int], *, process: str, position: str
    ) -> Mapping[int, tuple[Deputy, ...]]:
        """Who stands in for these, as `deputies_of` tells."""
        return self._offered(covered).deputies(covered, process=process, position=position)

    def _offered(self, covered: Collection[int]) -> Offers:
        """Asked about all who do not act themselves, of every unit that was read since."""
        wanted = frozenset(covered)
        for asked, offers in self._offers.items():
            if wanted <= asked:
                return offers
        held = [*self._units.values(), *self._levels.values()]
        known = frozenset(one.person_id for each in held for one in _every(each) if one.is_covered)
        self._offers[known | wanted] = offers_of(self._session, known | wanted, self._now)
        return self._offers[known | wanted]


def _sorted(holders: Iterable[Holder]) -> Held:
    found: Held = {}
    for one in holders:
        found.setdefault(one.position, []).append(one)
    return found


def _every(held: Held) -> Iterable[Holder]:
    return (one for several in held.values() for one in several)
