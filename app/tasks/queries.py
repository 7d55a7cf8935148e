"""Reads of tasks; `access_task` is the only way to get one for an act."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, cast, exists, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, contains_eager
from sqlalchemy.types import BigInteger, Text

from app.core.actor import Actor
from app.core.meeting import Meeting, Met
from app.core.paging import Page, page_by_key
from app.core.statements import Prepared
from app.identity.models import Person, Unit
from app.processes.models import Instance, ProcessVersion
from app.processes.queries import mentioned_in
from app.processes.types import Suspended
from app.tasks import policy
from app.tasks.copies import count_unseen
from app.tasks.models import Task, Visit
from app.tasks.narrowing import due, narrowed
from app.tasks.types import (
    ACTIVE,
    ADVISING,
    EVERYTHING,
    HANDED,
    MOST_COUNTED,
    RETURN,
    UNFINISHED,
    Box,
    Filters,
    NotYourTask,
    Tally,
    TaskNotFound,
    TaskState,
)
from forms.normalise import person_name

PAGE = 50
Rule = Callable[[Actor, Task], bool]


@dataclass(frozen=True)
class TaskRow:
    """One line of the inbox."""

    id: int
    number: str
    title: str
    node_title: str
    process_title: str
    requester_name: str
    unit_name: str
    arrived_at: datetime
    done_at: datetime | None
    due_at: datetime | None
    outcome: str | None
    state: TaskState
    submission: int
    claimable: bool
    version: int
    node: str
    is_suspended: bool = False
    is_void: bool = False
    urged_at: datetime | None = None
    urge_count: int = 0


def access_task(session: Session, task_id: int, actor: Actor, rule: Rule) -> Task:
    """Load the task for an act, with its instance locked: the lock of every act on a ticket.

    All rows are locked in one statement, so that a loser who waited sees what the winner wrote.
    Raises: TaskNotFound (absent or not the actor's to see), NotYourTask, Suspended.
    """
    given = {"task_id": task_id}
    if session.identity_map or session.new:
        task = session.scalars(_AMONG_OTHERS, given).first()
    else:
        task = _FOR_AN_ACT.first(session, given)
    if task is None or not _may_know(session, actor, task):
        raise TaskNotFound
    if not rule(actor, task):
        raise NotYourTask
    if task.instance.suspended_at is not None:
        raise Suspended
    return task


def lock_offered(session: Session, person_id: int, keys: Sequence[str]) -> Sequence[Task]:
    """Open tasks that this person has, or might take, for one of these positions; locked."""
    return session.scalars(
        select(Task)
        .join(Task.instance)
        .join(Task.visit)
        .where(
            Task.state.in_(UNFINISHED),
            Task.candidates.op("&&", is_comparison=True)(cast(list(keys), ARRAY(Text))),
            or_(
                Task.assignee_id.is_(None), Task.assignee_id == person_id, Task.for_id == person_id
            ),
        )
        .options(contains_eager(Task.instance), contains_eager(Task.visit))
        .order_by(Task.instance_id, Task.id)
        .with_for_update(of=(Instance, Task, Visit))
        .execution_options(populate_existing=True)
    ).all()


def find_task(session: Session, task_id: int, actor: Actor) -> Task:
    """For reading only. Raises: TaskNotFound."""
    task = session.scalars(
        select(Task)
        .join(Task.instance)
        .join(Task.visit)
        .where(Task.id == task_id)
        .options(contains_eager(Task.instance), contains_eager(Task.visit))
    ).first()
    if task is None or not _may_know(session, actor, task):
        raise TaskNotFound
    return task


def list_tasks(
    session: Session,
    actor: Actor,
    box: Box,
    *,
    q: str = "",
    filters: Filters = EVERYTHING,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[TaskRow]:
    """待办 and 待签收 by deadline, those without one last and oldest first; 已办 latest first."""
    moment = Task.done_at if box is Box.DONE else Task.opened_at
    key = (moment, Task.id) if box is Box.DONE else (due(), moment, Task.id)
    statement = (
        select(
            Task,
            Instance.number,
            Instance.title,
            ProcessVersion.title,
            Person.name,
            Unit.name,
            Instance.suspended_at,
            *key,
        )
        .join(Instance, Task.instance_id == Instance.id)
        .join(ProcessVersion, Instance.version_id == ProcessVersion.id)
        .join(Person, Instance.requester_id == Person.id)
        .join(Unit, Instance.unit_id == Unit.id)
        .where(_in_box(actor, box), *narrowed(session, filters, moment))
    )
    if q.strip():
        statement = statement.where(_mentions(session, person_name(q)))
    page = page_by_key(
        session,
        statement,
        key=key,
        cursor=cursor,
        limit=limit,
        descending=box is Box.DONE,
    )
    return page.map(lambda row: _row(*tuple(row)[:7], claimable=box is Box.CLAIMABLE))


def waiting_for(session: Session, actor: Actor) -> dict[Box, int]:
    """How many wait in each box of the menu, in one statement."""
    counts = {box: _counted(_in_box(actor, box)) for box in (Box.TODO, Box.CLAIMABLE)}
    counts[Box.COPIED] = count_unseen(actor)
    return dict(zip(counts, session.execute(select(*counts.values())).one(), strict=True))


def tally(session: Session, actor: Actor, now: datetime, soon_ends: datetime) -> Tally:
    """What waits, in one statement; `soon_ends` is where today and tomorrow are over."""
    todo = _in_box(actor, Box.TODO)
    row = session.execute(
        select(
            _counted(todo),
            _counted(_in_box(actor, Box.CLAIMABLE)),
            _counted(todo, due() <= now),
            _counted(todo, due().between(now, soon_ends)),
            count_unseen(actor),
        )
    ).one()
    return Tally(*row)


def _counted(*conditions: ColumnElement[bool]) -> Any:
    """How many, counted no further than anybody wants to know."""
    few = select(Task.id).where(*conditions).limit(MOST_COUNTED).subquery()
    return select(func.count()).select_from(few).scalar_subquery()


def tasks_of(session: Session, instance_id: int) -> Sequence[Task]:
    return session.scalars(
        select(Task).where(Task.instance_id == instance_id).order_by(Task.id)
    ).all()


def tasks_by_ids(session: Session, ids: Collection[int]) -> Sequence[Task]:
    return session.scalars(
        select(Task)
        .join(Task.instance)
        .where(Task.id.in_(ids))
        .options(contains_eager(Task.instance))
        .order_by(Task.id)
    ).all()


def known_tasks(session: Session, actor: Actor, ids: Collection[int]) -> dict[int, Task]:
    """Those of `ids` that the actor may know of."""
    found = tasks_by_ids(session, ids)
    return {task.id: task for task in found if _may_know(session, actor, task)}


def tasks_of_runs(session: Session, instance_ids: Collection[int]) -> dict[int, list[Task]]:
    """`tasks_with_visits` for several at once."""
    found: dict[int, list[Task]] = {one: [] for one in instance_ids}
    for task in session.scalars(
        select(Task)
        .join(Task.visit)
        .where(Task.instance_id.in_(instance_ids))
        .options(contains_eager(Task.visit))
        .order_by(Task.id)
    ):
        found[task.instance_id].append(task)
    return found


def tasks_with_visits(session: Session, instance_id: int) -> Sequence[Task]:
    return session.scalars(
        select(Task)
        .join(Task.visit)
        .where(Task.instance_id == instance_id)
        .options(contains_eager(Task.visit))
        .order_by(Task.id)
    ).all()


def shares_of(session: Session, visit: Visit) -> Sequence[Task]:
    """All tasks that a visit has had, those handed on and those made void too."""
    return session.scalars(select(Task).where(Task.visit_id == visit.id).order_by(Task.id)).all()


def unfinished_tasks(session: Session, instance_id: int) -> Sequence[Task]:
    """`active_tasks`, and those whose turn has not come."""
    return session.scalars(
        select(Task)
        .where(Task.instance_id == instance_id, Task.state.in_(UNFINISHED))
        .order_by(Task.id)
    ).all()


def active_tasks(session: Session, instance_id: int) -> Sequence[Task]:
    return session.scalars(
        select(Task)
        .where(Task.instance_id == instance_id, Task.state.in_(ACTIVE))
        .order_by(Task.id)
    ).all()


def active_of_runs(session: Session, instance_ids: Collection[int]) -> dict[int, list[Task]]:
    """`active_tasks` for several at once."""
    found: dict[int, list[Task]] = {one: [] for one in instance_ids}
    for task in session.scalars(
        select(Task)
        .where(Task.instance_id.in_(instance_ids), Task.state.in_(ACTIVE))
        .order_by(Task.id)
    ):
        found[task.instance_id].append(task)
    return found


def deciders(session: Session, instance_id: int, submission: int) -> frozenset[int]:
    """Who has already decided on this submission; nobody decides twice on one ticket (R10).

    For whom somebody stood in has decided too.

    Asked without a flush, since an act writes once: what it has just decided is added to what
    stands in the table.
    """
    given = {"instance_id": instance_id, "submission": submission}
    written = _DECIDERS.rows(session.connection(), given)
    in_hand = [
        (task.assignee_id, task.for_id)
        for task in session.dirty
        if isinstance(task, Task)
        and (task.instance_id, task.submission) == (instance_id, submission)
        and task.state is TaskState.DONE
        and task.voided_at is None
        and task.kind not in ADVISING
    ]
    return frozenset(
        person for pair in (*written, *in_hand) for person in pair if person is not None
    )


def is_decided(session: Session, instance_id: int, submission: int) -> bool:
    """Somebody has acted on this submission, whether or not it still holds."""
    acted = exists().where(
        Task.instance_id == instance_id,
        Task.submission == submission,
        Task.state == TaskState.DONE,
        Task.outcome != HANDED,
    )
    return bool(session.scalar(select(acted)))


def results_of(session: Session, instance_id: int, submission: int) -> dict[str, dict[str, Any]]:
    """The answers of each node's form for this submission; the latest where there are several."""
    answered = session.scalars(
        select(Task)
        .where(Task.instance_id == instance_id, Task.submission == submission)
        .where(Task.state == TaskState.DONE, Task.voided_at.is_(None))
        .where(Task.answers_sealed.is_not(None), Task.kind.not_in(ADVISING))
        .order_by(Task.id)
    )
    return {task.node: task.answers for task in answered}


def signers_of(session: Session, instance_id: int, submission: int) -> dict[str, list[Task]]:
    """Who completed each node for this submission, in their order; void decisions left out.

    Of each person the latest, for whom he acted is written in it.
    """
    done = session.scalars(
        select(Task)
        .where(Task.instance_id == instance_id, Task.submission == submission)
        .where(Task.state == TaskState.DONE, Task.voided_at.is_(None))
        .where(Task.outcome != RETURN, Task.kind.not_in(ADVISING))
        .order_by(Task.id)
    )
    signers: dict[str, dict[int, Task]] = {}
    for task in done:
        if task.assignee_id is not None:
            signers.setdefault(task.node, {})[task.assignee_id] = task
    return {node: list(group.values()) for node, group in signers.items()}


def last_deciders(session: Session, instance: Instance, node: str) -> tuple[int, ...]:
    """Who decided the last visit of a node on this submission; nobody, if it was not decided."""
    group = signers_of(session, instance.id, instance.submission_count).get(node, [])
    return tuple(task.assignee_id for task in group[-1:] if task.assignee_id is not None)


def visit_key(session: Session, task: Task) -> str:
    return session.get_one(Visit, task.visit_id).key


def visit_by_key(session: Session, instance_id: int, key: str) -> Visit | None:
    return session.scalars(
        select(Visit).where(Visit.instance_id == instance_id, Visit.key == key)
    ).first()


def takes_part(session: Session, actor: Actor, instance_id: int) -> bool:
    """Has or had a task on this ticket, or is offered one now."""
    return bool(session.scalar(select(part_in(actor, instance_id))))


def part_in(actor: Actor, instance_id: Any) -> ColumnElement[bool]:
    """`takes_part` as a condition on a column."""
    part = (Task.assignee_id == actor.person_id) | _offered(actor)
    return exists().where(Task.instance_id == instance_id, part)


def _may_know(session: Session, actor: Actor, task: Task) -> bool:
    """Whoever has a part in the ticket may know that the task exists."""
    if policy.can_see(actor, task) or task.instance.requester_id == actor.person_id:
        return True
    return takes_part(session, actor, task.instance_id)


def _in_box(actor: Actor, box: Box) -> ColumnElement[bool]:
    if box is Box.TODO:
        return and_(Task.assignee_id == actor.person_id, Task.state.in_(ACTIVE))
    if box is Box.DONE:
        return and_(Task.assignee_id == actor.person_id, Task.state == TaskState.DONE)
    return and_(Task.state == TaskState.OPEN, Task.assignee_id.is_(None), _offered(actor))


def _mentions(session: Session, asked: str) -> ColumnElement[bool]:
    texts, names = (Instance.number, Instance.title, Unit.name), (Instance.people, Person.name)
    return mentioned_in(
        session,
        Task.instance_id,
        asked,
        texts=or_(*(text.icontains(asked, autoescape=True) for text in texts)),
        names=or_(*(name.icontains(asked, autoescape=True) for name in names)),
    )


def _offered(actor: Actor) -> ColumnElement[bool]:
    """`policy.is_candidate` in SQL."""
    return and_(
        Task.candidates.op("&&", is_comparison=True)(cast(actor.keys, ARRAY(Text))),
        ~Task.excluded.op("@>", is_comparison=True)(cast([actor.person_id], ARRAY(BigInteger))),
    )


def _row(
    task: Task,
    number: str,
    title: str,
    process_title: str,
    requester_name: str,
    unit_name: str,
    suspended_at: datetime | None,
    *,
    claimable: bool,
) -> TaskRow:
    return TaskRow(
        id=task.id,
        number=number,
        title=title,
        node_title=task.title,
        process_title=process_title,
        requester_name=requester_name,
        unit_name=unit_name,
        arrived_at=task.opened_at,
        done_at=task.done_at,
        due_at=task.due_at,
        outcome=task.outcome,
        state=task.state,
        submission=task.submission,
        claimable=claimable,
        version=task.version,
        node=task.node,
        is_suspended=suspended_at is not None,
        is_void=task.voided_at is not None,
        urged_at=task.urged_at,
        urge_count=task.urge_count,
    )


# Each act asks these: they are put together once, with names where values go.
_LOCKING = (
    select(Task)
    .join(Task.instance)
    .join(Task.visit)
    .join(Instance.unit)
    .where(Task.id == bindparam("task_id"))
    .with_for_update(of=(Instance, Task, Visit))
)
_FOR_AN_ACT = Meeting(
    _LOCKING,
    (
        Met(Task),
        Met(Instance, Task, "instance"),
        Met(Visit, Task, "visit"),
        Met(Unit, Instance, "unit"),
    ),
)
_AMONG_OTHERS = _LOCKING.options(
    contains_eager(Task.instance).contains_eager(Instance.unit), contains_eager(Task.visit)
).execution_options(populate_existing=True)
_DECIDERS = Prepared(
    select(Task.assignee_id, Task.for_id).where(
        Task.instance_id == bindparam("instance_id"),
        Task.submission == bindparam("submission"),
        Task.state == TaskState.DONE,
        Task.voided_at.is_(None),
        Task.assignee_id.is_not(None),
        *(Task.kind != kind for kind in ADVISING),
    )
)
