"""Who decided what on a submission."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session, aliased

from app.core.statements import Prepared
from app.processes.models import Instance
from app.tasks.models import Task, Visit
from app.tasks.types import ADVISING, HANDED, RETURN, TaskKind, TaskState, VisitState


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


def decided_nodes(session: Session, instance_id: int, submission: int) -> frozenset[str]:
    """Where somebody has had his say on this submission; that he sent it back is none.

    Asked without a flush, as `deciders` is.
    """
    given = {"instance_id": instance_id, "submission": submission}
    written = (row[0] for row in _DECIDED_NODES.rows(session.connection(), given))
    in_hand = (
        task.node
        for task in session.dirty
        if isinstance(task, Task)
        and (task.instance_id, task.submission) == (instance_id, submission)
        and task.holds
        and task.outcome != RETURN
        and task.kind not in ADVISING
    )
    return frozenset((*written, *in_hand))


def is_decided(session: Session, instance_id: int, submission: int) -> bool:
    """Somebody has acted on this submission, whether or not it still holds."""
    acted = exists().where(
        Task.instance_id == instance_id,
        Task.submission == submission,
        Task.state == TaskState.DONE,
        Task.outcome != HANDED,
    )
    return bool(session.scalar(select(acted)))


def has_lapsed(session: Session, instance_id: int) -> bool:
    """Nobody was waited for any more at some step of this run."""
    waited = select(Visit).where(
        Visit.instance_id == instance_id, Visit.state == VisitState.CANCELLED
    )
    return any(visit.has_lapsed for visit in session.scalars(waited))


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


def last_handed_on(session: Session, instance_id: int, nodes: Collection[str]) -> list[str]:
    """By which positions the last one was found to whom a task of these nodes was handed on, on
    whatever submission; nothing, where none was.
    """
    gave = aliased(Task)
    found = session.scalars(
        select(Task.candidates)
        .join(gave, gave.parent_id == Task.id)
        .where(
            gave.instance_id == instance_id,
            gave.kind == TaskKind.HANDED,
            gave.node.in_(nodes),
        )
        .order_by(gave.id.desc())
        .limit(1)
    ).first()
    return list(found or ())


_DECIDED_NODES = Prepared(
    select(Task.node).where(
        Task.instance_id == bindparam("instance_id"),
        Task.submission == bindparam("submission"),
        Task.state == TaskState.DONE,
        Task.voided_at.is_(None),
        Task.outcome != RETURN,
        *(Task.kind != kind for kind in ADVISING),
    )
)
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
