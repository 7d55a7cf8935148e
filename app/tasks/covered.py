"""Tasks that go over, or come back, when others act for somebody; locked for that."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, and_, cast, exists, func, or_, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased, contains_eager
from sqlalchemy.types import Text

from app.identity.models import Appointment, Unit
from app.identity.types import Position
from app.processes.models import Instance
from app.tasks.models import Task, Visit
from app.tasks.types import TaskKind, TaskState

POSITIONS = frozenset(Position)


def lock_covered(
    session: Session, person_id: int, keys: Sequence[str], revoked: Collection[int]
) -> Sequence[Task]:
    """What nobody has claimed and this person, or who stands in for him, has or might take; locked.

    So is what still waits for its turn. Of those whose mandate was revoked also what they have
    claimed. Found arm by arm, each by its index; only what the rule of the node names, not what
    somebody gave to a colleague.
    """
    offered = _offered(keys)
    arms = [
        select(Task.id).where(Task.assignee_id == person_id, Task.state == TaskState.OPEN),
        select(Task.id).where(Task.for_id == person_id, Task.state == TaskState.OPEN),
        select(Task.id).where(
            Task.state == TaskState.OPEN,
            Task.assignee_id.is_(None),
            offered,
        ),
        # A colleague's alone, or one's a level above, while this person was away.
        *(
            select(Task.id).where(one.in_(_fellows(keys)), Task.state == TaskState.OPEN, offered)
            for one in (Task.assignee_id, Task.for_id)
        ),
        select(Task.id).where(
            Task.state == TaskState.WAITING,
            Task.claimed_at.is_(None),
            or_(
                Task.assignee_id == person_id,
                Task.for_id == person_id,
                and_(or_(Task.assignee_id.is_(None), _is_from_above(keys)), offered),
            ),
        ),
    ]
    if revoked:
        taken = (Task.for_id == person_id, Task.assignee_id.in_(revoked))
        arms += [
            select(Task.id).where(*taken, Task.state == TaskState.CLAIMED),
            select(Task.id).where(*taken, Task.state == TaskState.WAITING),
        ]
    return _locked(session, arms)


def lock_climbed(session: Session, keys: Sequence[str]) -> Sequence[Task]:
    """What went one level up because nobody held these positions, and nobody has claimed; locked.

    It is known by the key of the empty position, which stands beside the one of the level above.
    """
    offered = and_(_offered(keys), func.cardinality(Task.candidates) > 1)
    is_open = Task.state == TaskState.OPEN
    arms = [
        select(Task.id).where(is_open, Task.assignee_id.in_(_above(keys)), offered),
        select(Task.id).where(is_open, Task.for_id.in_(_above(keys)), offered),
        select(Task.id).where(is_open, Task.assignee_id.is_(None), offered),
        select(Task.id).where(Task.state == TaskState.WAITING, Task.claimed_at.is_(None), offered),
    ]
    return _locked(session, arms)


def _locked(session: Session, arms: Sequence[Select[int]]) -> Sequence[Task]:
    return session.scalars(
        select(Task)
        .join(Task.instance)
        .join(Task.visit)
        .where(
            Task.id.in_(union_all(*arms)),
            Task.kind == TaskKind.MAIN,
            func.cardinality(Task.candidates) > 0,
        )
        .options(contains_eager(Task.instance), contains_eager(Task.visit))
        .order_by(Task.instance_id, Task.id)
        .with_for_update(of=(Instance, Task, Visit))
        .execution_options(populate_existing=True)
    ).all()


def _offered(keys: Sequence[str]) -> ColumnElement[bool]:
    return Task.candidates.op("&&", is_comparison=True)(cast(list(keys), ARRAY(Text)))


def _is_from_above(keys: Sequence[str]) -> ColumnElement[bool]:
    above = _above(keys)
    return or_(Task.assignee_id.in_(above), Task.for_id.in_(above))


def _fellows(keys: Sequence[str]) -> Select[int]:
    """Who holds, or held, one of these positions in the same county or a level above."""
    home = aliased(Unit)
    near = or_(home.division_id == Unit.division_id, func.starts_with(home.path, Unit.path))
    return _holders(keys, home, near)


def _above(keys: Sequence[str]) -> Select[int]:
    """Who holds, or held, one of these positions in a unit above."""
    home = aliased(Unit)
    return _holders(keys, home, and_(home.id != Unit.id, func.starts_with(home.path, Unit.path)))


def _holders(keys: Sequence[str], home: type[Unit], where: ColumnElement[bool]) -> Select[int]:
    held = [key.partition(":") for key in keys]
    return (
        select(Appointment.person_id)
        .join(Unit, Unit.id == Appointment.unit_id)
        .join(home, where)
        .where(
            Appointment.position.in_(
                [position for position, _, _ in held if position in POSITIONS]
            ),
            home.code.in_([unit for _, _, unit in held]),
        )
    )


def was_given(session: Session, task: Task) -> bool:
    """Somebody gave it to whoever has it now (转办, 交接): the rule of the node did not."""
    if task.visit.shares == 1:
        return False
    given = exists().where(
        Task.visit_id == task.visit_id, Task.parent_id == task.id, Task.kind == TaskKind.HANDED
    )
    return bool(session.scalar(select(given)))


def was_begun(session: Session, task: Task) -> bool:
    """Whoever has it handed it on, or let others take part: it is in his hands."""
    if task.visit.shares == 1:
        return False
    of_it = exists().where(Task.visit_id == task.visit_id, Task.parent_id == task.id)
    return bool(session.scalar(select(of_it)))
