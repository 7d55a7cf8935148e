"""Who takes part in a step that several people do, for the rail of the ticket page."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.identity.queries import people_by_ids
from app.identity.types import PersonRef
from app.processes import engine
from app.tasks.models import Task
from app.tasks.naming import acting, named_in
from app.tasks.service import living, outcomes_of, progress
from app.tasks.types import TaskKind, TaskState
from app.tickets.types import TicketView

ROLES = {
    TaskKind.MAIN: "",
    TaskKind.PARALLEL: "加签",
    TaskKind.AFTER: "后加签",
    TaskKind.BEFORE: "前加签，先提意见",
    TaskKind.DELEGATE: "受委派，先提意见",
}


def together(session: Session, view: TicketView, actor: Actor, loaded: engine.Loaded) -> list[Any]:
    """One part for each step that is open and that more than one person does."""
    open_visits = dict.fromkeys(task.visit_id for task in view.tasks if task.is_unfinished)
    groups = [living([t for t in view.tasks if t.visit_id == visit]) for visit in open_visits]
    groups = [group for group in groups if len(group) > 1]
    names = people_by_ids(session, named_in(task for group in groups for task in group))
    return [_part(session, group, actor, loaded.node(group[0].node), names) for group in groups]


def _part(
    session: Session,
    group: Sequence[Task],
    actor: Actor,
    node: engine.Node,
    names: Mapping[int, PersonRef],
) -> dict[str, Any]:
    own = {task.id: task for task in group if task.assignee_id == actor.person_id}
    seen = progress(session, group[0], node)
    labels = {one.value: one.label for one in outcomes_of(node)}
    return {
        "title": group[0].title,
        "text": seen.text if seen else "",
        "people": [
            {
                "name": acting(task, names) or "待签收",
                "role": ROLES[task.kind],
                "state": task.state.value,
                "said": labels.get(task.outcome or "", "") or NOW.get(task.state, ""),
                "opinion": task.opinion or "",
                "at": task.done_at,
                "remove": _removal(task, own, names) if task.is_unfinished else None,
            }
            for task in group
        ],
    }


NOW = {
    TaskState.OPEN: "还没有办",
    TaskState.CLAIMED: "正在办",
    TaskState.WAITING: "等前面的人先办",
}


def _removal(
    task: Task, own: Mapping[int, Task], names: Mapping[int, PersonRef]
) -> dict[str, Any] | None:
    """What a click on 减签 sends; nobody removes but who added."""
    parent = own.get(task.parent_id or 0)
    if parent is None or task.assignee_id is None:
        return None
    return {
        "task": parent.id,
        "version": parent.version,
        "to": names[task.assignee_id].username,
        "word": "收回委派" if task.kind is TaskKind.DELEGATE else "减签",
    }
