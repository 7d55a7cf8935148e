"""待办, 待签收 and 已办: their lists, and how many wait in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, select
from sqlalchemy.orm import Session

from app.calendar.lights import Horizon
from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.identity.models import Person, Unit
from app.identity.queries import called_at
from app.processes.models import Instance
from app.processes.queries import titles_of
from app.tasks.copies import count_unseen
from app.tasks.models import Task
from app.tasks.narrowing import due, narrowed
from app.tasks.queries.access import offered
from app.tasks.types import ACTIVE, EVERYTHING, MOST_COUNTED, Box, Filters, Tally, TaskState

PAGE = 50


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
    paper_at: datetime | None = None  # 补录


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
            Instance.version_id,
            Person.name,
            called_at(Instance.opened_at),
            Instance.suspended_at,
            Instance.paper_at,
            *key,
        )
        .join(Instance, Task.instance_id == Instance.id)
        .join(Person, Instance.requester_id == Person.id)
        .join(Unit, Instance.unit_id == Unit.id)
        .where(in_box(actor, box), *narrowed(session, filters, moment, q))
    )
    page = page_by_key(
        session,
        statement,
        key=key,
        cursor=cursor,
        limit=limit,
        descending=box is Box.DONE,
    )
    # Few on a page: joined, they are looked up row by row where PostgreSQL expects but one.
    titles = titles_of(session, {row.version_id for row in page.items})
    claimable = box is Box.CLAIMABLE
    return page.map(lambda row: _row(*tuple(row)[:8], titles=titles, claimable=claimable))


def waiting_for(session: Session, actor: Actor) -> dict[Box, int]:
    """How many wait in each box of the menu, in one statement."""
    boxes = (Box.TODO, Box.CLAIMABLE, Box.COPIED)
    counts = session.execute(select(*(count_of_box(actor, box) for box in boxes))).one()
    return dict(zip(boxes, counts, strict=True))


def count_of_box(actor: Actor, box: Box) -> ScalarSelect[int]:
    """How many wait in it, to be asked in a statement."""
    return count_unseen(actor) if box is Box.COPIED else _counted(in_box(actor, box))


def tally(session: Session, actor: Actor, horizon: Horizon) -> Tally:
    """What waits, in one statement, after the one that asks the calendar."""
    todo, runs = in_box(actor, Box.TODO), Task.instance.has(Instance.suspended_at.is_(None))
    row = session.execute(
        select(
            _counted(todo),
            _counted(in_box(actor, Box.CLAIMABLE)),
            _counted(todo, runs, due() <= horizon.now),
            _counted(todo, runs, due() > horizon.now, due() <= horizon.soon_ends),
            count_unseen(actor),
        )
    ).one()
    return Tally(*row)


def _counted(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many, counted no further than anybody wants to know."""
    few = select(Task.id).where(*conditions).limit(MOST_COUNTED).subquery()
    return select(func.count()).select_from(few).scalar_subquery()


def in_box(actor: Actor, box: Box) -> ColumnElement[bool]:
    if box is Box.TODO:
        return and_(Task.assignee_id == actor.person_id, Task.state.in_(ACTIVE))
    if box is Box.DONE:
        return and_(Task.assignee_id == actor.person_id, Task.state == TaskState.DONE)
    return and_(Task.state == TaskState.OPEN, Task.assignee_id.is_(None), offered(actor))


def _row(
    task: Task,
    number: str,
    title: str,
    version_id: int,
    requester_name: str,
    unit_name: str,
    suspended_at: datetime | None,
    paper_at: datetime | None,
    *,
    titles: Mapping[int, str],
    claimable: bool,
) -> TaskRow:
    return TaskRow(
        id=task.id,
        number=number,
        title=title,
        node_title=task.title,
        process_title=titles[version_id],
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
        paper_at=paper_at,
    )
