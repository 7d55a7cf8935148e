"""Tasks that go over, or come back, when others act for somebody; locked for that."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, cast, exists, func, select, union_all
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

    Of those whose mandate was revoked also what they have claimed. Found arm by arm, each by its
    index; only what the rule of the node names, not what somebody gave to a colleague.
    """
    offered = Task.candidates.op("&&", is_comparison=True)(cast(list(keys), ARRAY(Text)))
    arms = [
        select(Task.id).where(Task.assignee_id == person_id, Task.state == TaskState.OPEN),
        select(Task.id).where(Task.for_id == person_id, Task.state == TaskState.OPEN),
        select(Task.id).where(
            Task.state == TaskState.OPEN,
            Task.assignee_id.is_(None),
            offered,
        ),
        # A colleague's alone, while this person was away.
        select(Task.id).where(
            Task.assignee_id.in_(_fellows(keys)), Task.state == TaskState.OPEN, offered
        ),
    ]
    if revoked:
        taken = (Task.for_id == person_id, Task.state == TaskState.CLAIMED)
        arms.append(select(Task.id).where(*taken, Task.assignee_id.in_(revoked)))
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


def _fellows(keys: Sequence[str]) -> Select[int]:
    """Who holds, or held, one of these positions in the same county."""
    held = [key.partition(":") for key in keys]
    home = aliased(Unit)
    return (
        select(Appointment.person_id)
        .join(Unit, Unit.id == Appointment.unit_id)
        .join(home, home.division_id == Unit.division_id)
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
