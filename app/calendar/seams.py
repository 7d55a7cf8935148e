"""What rooms above know of a notice's consequences; they say so here, and the wiring joins them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Walk:
    """Open deadlines counted anew because of a notice: how far it is."""

    begun_at: datetime
    finished_at: datetime | None
    total: int
    done: int
    changed: int


@dataclass(frozen=True)
class Foreseen:
    """Open deadlines that will be counted anew; `moved` is None where they are too many to try."""

    total: int = 0
    moved: int | None = 0


@dataclass
class Consequences:
    """`walks`: of a notice, the latest first. `foresee`: of a notice whose days stand already."""

    walks: Callable[[Session, int], Sequence[Walk]] = field(default=lambda _s, _n: ())
    foresee: Callable[[Session, int | None, date, date], Foreseen] = field(
        default=lambda _s, _u, _f, _l: Foreseen()
    )


_known = [Consequences()]


def configure(consequences: Consequences) -> None:
    _known[:] = [consequences]


def walks(session: Session, notice_id: int) -> Sequence[Walk]:
    return _known[0].walks(session, notice_id)


def foresee(session: Session, unit_id: int | None, first: date, last: date) -> Foreseen:
    return _known[0].foresee(session, unit_id, first, last)
