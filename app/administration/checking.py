"""Rows of an import against what is there: nothing is changed, everything wrong is told.

An import adds: people who are not there yet, and positions that people do not hold yet. Whatever
else differs from what is registered is refused, since a page shows what such a change would mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.administration import judging, policy
from app.administration.judging import LABELS, Read
from app.administration.types import RowState
from app.core.actor import Actor
from app.core.tables import Line
from app.identity.models import Appointment, Login, Person, Unit
from app.identity.policy import may_hold
from app.identity.queries import id_index, in_subtree, scope_path
from app.identity.types import POSITION_LABELS, Position

Faults = list[tuple[str, str]]


@dataclass(frozen=True)
class Known:
    """Somebody who is registered."""

    person_id: int
    name: str
    unit_id: int
    unit_name: str
    username: str
    index: bytes | None
    is_near: bool
    held: tuple[tuple[Position, int], ...] = ()


@dataclass(frozen=True)
class Checked:
    """What is to be done with a row: add a person, or give positions to the one who is there."""

    line: Line
    state: RowState
    faults: Sequence[tuple[str, str]] = ()
    read: Read | None = None
    unit_id: int = 0
    known: Known | None = None
    positions: Sequence[Position] = ()


@dataclass
class Checker:
    """Holds what the rows before have said, so that one sheet does not name anybody twice."""

    session: Session
    actor: Actor
    now: datetime
    today: date
    units: Mapping[str, Sequence[Unit]] = field(default_factory=dict)
    usernames: dict[str, int] = field(default_factory=dict)
    numbers: dict[bytes, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found: dict[str, list[Unit]] = {}
        within = in_subtree(scope_path(self.session, self.actor))
        for unit in self.session.scalars(select(Unit).where(Unit.closed_at.is_(None), within)):
            for word in {unit.code, unit.name}:
                found.setdefault(word, []).append(unit)
        self.units = found

    def check(self, lines: Sequence[Line]) -> list[Checked]:
        """Some hundred rows at a time: each table is asked once for all of them."""
        reads = [judging.read(line.fields, self.today) for line in lines]
        by_name, by_number = self._known(reads)
        return [
            self._one(line, read, by_name, by_number)
            for line, read in zip(lines, reads, strict=True)
        ]

    def _one(
        self,
        line: Line,
        read: Read,
        by_name: Mapping[str, Known],
        by_number: Mapping[bytes, Known],
    ) -> Checked:
        faults: Faults = [(LABELS[name], words) for name, words in read.problems.items()]
        unit = self._unit(read.values.get("unit", ""), faults)
        wanted = _positions(read.values.get("positions", ""), faults)
        username, index = read.values.get("username", ""), _index(read)
        self._repeats(line.n, username, index, faults)
        known = by_name.get(username)
        twin = by_number.get(index) if index else None
        if known is not None:
            faults += self._same_person(known, read, unit, index)
            held = {position for position, _unit in known.held}
            wanted_new = [p for p in wanted if (p, unit.id if unit else 0) not in known.held]
            faults += _excluded(wanted_new, held)
        else:
            wanted_new = wanted
            if twin is not None:
                whose = f"，用户名是 {twin.username}" if twin.is_near and twin.username else ""
                faults.append((LABELS["id_number"], f"已经登记过{whose}，每人只能登记一次。"))
        state = RowState.READY
        if faults:
            state = RowState.REFUSED
        elif known is not None and not wanted_new:
            state = RowState.SAME
        return Checked(line, state, faults, read, unit.id if unit else 0, known, wanted_new)

    def _unit(self, word: str, faults: Faults) -> Unit | None:
        found = self.units.get(word, ()) if word else ()
        if len(found) == 1:
            return found[0]
        if not word:
            words = "没有填。"
        elif found:
            codes = "、".join(unit.code for unit in found[:5])
            words = f"叫“{word[:40]}”的不止一个，请填单位代码：{codes}。"
        else:
            words = f"没有“{word[:40]}”，或者不在您的管理范围内。请填单位的全称或者代码。"
        faults.append((LABELS["unit"], words))
        return None

    def _repeats(self, n: int, username: str, index: bytes | None, faults: Faults) -> None:
        if username and (first := self.usernames.setdefault(username, n)) != n:
            faults.append((LABELS["username"], f"和第 {first} 行的一样，每人要有自己的用户名。"))
        if index and (first := self.numbers.setdefault(index, n)) != n:
            faults.append((LABELS["id_number"], f"和第 {first} 行的一样，每人只能登记一次。"))

    def _same_person(
        self, known: Known, read: Read, unit: Unit | None, index: bytes | None
    ) -> Faults:
        """Whether the row speaks of the person who has this user name."""
        if not known.is_near:
            return [(LABELS["username"], "已有人使用，请换一个。")]
        faults: Faults = []
        if read.values.get("name") != known.name:
            faults.append(
                (LABELS["username"], f"已经是{known.name}（{known.unit_name}）的，请换一个。")
            )
        elif unit is not None and unit.id != known.unit_id:
            words = f"和登记的不一样，现在是{known.unit_name}。换单位请在这个人的页面上改。"
            faults.append((LABELS["unit"], words))
        if index and known.index and index != known.index:
            faults.append((LABELS["id_number"], "和登记的不一样，请核对是不是同一个人。"))
        held = {position for position, _unit in known.held}
        refusal = policy.why_not_person(self.actor, known.person_id, held)
        if refusal is not None:
            faults.append((LABELS["username"], refusal.text))
        return faults

    def _known(self, reads: Sequence[Read]) -> tuple[dict[str, Known], dict[bytes, Known]]:
        usernames = [read.values.get("username", "") for read in reads]
        indexes = [index for read in reads if (index := _index(read))]
        path = scope_path(self.session, self.actor)
        rows = self.session.execute(
            select(Person, Unit.name, Unit.path, Login.username)
            .join(Unit, Unit.id == Person.unit_id)
            .outerjoin(Login, Login.person_id == Person.id)
            .where(or_(Login.username.in_(usernames), Person.id_index.in_(indexes)))
        ).all()
        held = self._held([row.Person.id for row in rows])
        found = [
            Known(
                person.id,
                person.name,
                person.unit_id,
                unit_name,
                username or "",
                person.id_index,
                unit_path.startswith(path),
                tuple(held.get(person.id, ())),
            )
            for person, unit_name, unit_path, username in rows
        ]
        by_number = {one.index: one for one in found if one.index}
        return {one.username: one for one in found if one.username}, by_number

    def _held(self, ids: Sequence[int]) -> dict[int, list[tuple[Position, int]]]:
        rows = self.session.execute(
            select(Appointment.person_id, Appointment.position, Appointment.unit_id).where(
                Appointment.person_id.in_(ids),
                or_(Appointment.ends_at.is_(None), Appointment.ends_at > self.now),
            )
        )
        found: dict[int, list[tuple[Position, int]]] = {}
        for person_id, position, unit_id in rows:
            found.setdefault(person_id, []).append((position, unit_id))
        return found


def _index(read: Read) -> bytes | None:
    number = read.values.get("id_number", "")
    return id_index(number) if number and "id_number" not in read.problems else None


def _positions(raw: str, faults: Faults) -> list[Position]:
    wanted, unknown = judging.split_positions(raw)
    if unknown:
        words = "、".join(word[:20] for word in unknown[:5])
        faults.append((LABELS["positions"], f"没有叫“{words}”的。请照模板里的名称填。"))
    for position in wanted:
        refusal = policy.why_not_position(position)
        if refusal is not None:
            faults.append((LABELS["positions"], f"{POSITION_LABELS[position]}：{refusal.text}"))
    faults += _excluded(wanted, set())
    return wanted


def _excluded(wanted: Sequence[Position], held: set[Position]) -> Faults:
    together = set(held)
    for position in wanted:
        if not may_hold(position, together):
            words = f"{POSITION_LABELS[position]}不能和已有的管理岗位由同一人兼任。"
            return [(LABELS["positions"], words)]
        together.add(position)
    return []
