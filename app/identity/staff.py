"""人员与单位 for administrators: who holds what, and whose login is open. Reads only.

Nothing sealed is shown. What changes people and positions is the room of administration's.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Malformed
from app.core.paging import Page, page_by_key
from app.identity.models import Appointment, Login, Person, Unit, UnitName
from app.identity.queries import holds_at, in_subtree, scope_path
from app.identity.types import POSITION_LABELS, LoginState, Position

PAGE = 50


@dataclass(frozen=True)
class Filters:
    """`q` is part of a name or the beginning of a user name; `unit` a code, with its subtree."""

    q: str = ""
    position: Position | None = None
    unit: str = ""

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> "Filters":
        """Raises: Malformed."""
        try:
            position = Position(given["position"]) if given.get("position") else None
        except ValueError as error:
            raise Malformed("没有这样的岗位。") from error
        return cls(given.get("q", "").strip(), position, given.get("unit", "").strip())

    @property
    def given(self) -> dict[str, str]:
        """As an address says it, for the next page."""
        named = {"q": self.q, "position": self.position, "unit": self.unit}
        return {name: str(value) for name, value in named.items() if value}


@dataclass(frozen=True)
class Member:
    """One line of the list. `positions` are (label, unit) and name the unit where it is another."""

    id: int
    name: str
    unit_name: str
    username: str
    login: str
    is_open: bool
    last_login_at: datetime | None
    positions: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Former:
    """曾用名, and until when."""

    name: str
    until: datetime


@dataclass
class Branch:
    """A unit with those below it; `people` counts its own, `whole` the subtree's."""

    id: int
    code: str
    name: str
    people: int
    is_closed: bool
    former: Sequence[Former] = ()
    ended: str = ""  # 并入何处, where it is known
    below: list["Branch"] = field(default_factory=list)

    @property
    def whole(self) -> int:
        return self.people + sum(branch.whole for branch in self.below)


def list_staff(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    filters: Filters,
    cursor: str | None,
    limit: int = PAGE,
) -> Page[Member]:
    """People in the actor's scope, in the order of the units."""
    statement = (
        select(Person, Unit.name, Login, Unit.path, Person.id)
        .join(Unit, Unit.id == Person.unit_id)
        .outerjoin(Login, Login.person_id == Person.id)
        .where(in_subtree(scope_path(session, actor)), *_chosen(filters, now))
    )
    page = page_by_key(
        session,
        statement,
        key=[Unit.path, Person.id],
        cursor=cursor,
        limit=limit,
        descending=False,
    )
    held = _positions(session, [row[0].id for row in page.items], now)
    return page.map(lambda row: _member(row[0], row[1], row[2], held.get(row[0].id, ()), now))


def unit_tree(session: Session, *, actor: Actor) -> list[Branch]:
    """The units in the actor's scope, each with the number of its people."""
    people = select(func.count()).where(Person.unit_id == Unit.id).correlate(Unit).scalar_subquery()
    rows = session.execute(
        select(
            *(Unit.id, Unit.parent_id, Unit.code, Unit.name),
            *(people, Unit.closed_at, Unit.successor_id, Unit.named_since),
        )
        .where(in_subtree(scope_path(session, actor)))
        .order_by(Unit.path)
    ).all()
    known: dict[int, Branch] = {}
    roots: list[Branch] = []
    names = {row.id: row.name for row in rows}
    former = _former(session, [row.id for row in rows if row.named_since])
    for unit_id, parent_id, code, name, count, closed_at, successor_id, _named_since in rows:
        branch = Branch(unit_id, code, name, count, closed_at is not None, former.get(unit_id, []))
        if successor_id in names:
            on = clock.local(closed_at).date().isoformat() if closed_at else ""
            branch.ended = f"{on} 并入{names[successor_id]}"
        known[unit_id] = branch
        above = known.get(parent_id or 0)
        (above.below if above else roots).append(branch)
    return roots


def _former(session: Session, unit_ids: Collection[int]) -> dict[int, list[Former]]:
    """曾用名, the latest first; units that had another name are few."""
    found: dict[int, list[Former]] = {}
    if not unit_ids:
        return found
    theirs = select(UnitName).where(UnitName.unit_id.in_(unit_ids))
    for one in session.scalars(theirs.order_by(UnitName.until.desc())):
        found.setdefault(one.unit_id, []).append(Former(one.name, one.until))
    return found


def _chosen(filters: Filters, now: datetime) -> Iterator[ColumnElement[bool]]:
    if filters.q:
        yield or_(
            Person.name.contains(filters.q, autoescape=True),
            Login.username.startswith(filters.q.lower(), autoescape=True),
            Unit.name.contains(filters.q, autoescape=True),
        )
    if filters.unit:
        yield Unit.path.contains(f"/{filters.unit}/", autoescape=True)
    if filters.position:
        yield exists().where(
            Appointment.person_id == Person.id,
            Appointment.position == filters.position,
            holds_at(now),
        )


def _positions(
    session: Session, person_ids: Sequence[int], now: datetime
) -> dict[int, tuple[tuple[str, str], ...]]:
    rows = session.execute(
        select(Appointment.person_id, Appointment.position, Unit.name, Unit.id == Person.unit_id)
        .join(Unit, Unit.id == Appointment.unit_id)
        .join(Person, Person.id == Appointment.person_id)
        .where(Appointment.person_id.in_(person_ids), holds_at(now))
        .order_by(Appointment.starts_at, Appointment.id)
    )
    found: dict[int, tuple[tuple[str, str], ...]] = {}
    for person_id, position, unit, is_own in rows:
        held = (POSITION_LABELS[position], "" if is_own else unit)
        found[person_id] = (*found.get(person_id, ()), held)
    return found


def _member(
    person: Person,
    unit: str,
    login: Login | None,
    positions: tuple[tuple[str, str], ...],
    now: datetime,
) -> Member:
    return Member(
        person.id,
        person.name,
        unit,
        login.username if login else "",
        state_of(login, now),
        login is not None and login.is_open(now),
        login.last_login_at if login else None,
        positions,
    )


def state_of(login: Login | None, now: datetime) -> str:
    if login is None:
        return "没有登录账号"
    if login.state is LoginState.DISABLED:
        return "已停用"
    if not login.is_open(now):
        return "已到期"
    return "在用" if login.password_hash else "还没有设密码"
