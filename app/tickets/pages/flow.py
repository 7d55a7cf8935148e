"""The way of a ticket: the diagram and the table of steps that says the same."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from app.core.clock import utcnow
from app.identity.queries import people_by_ids
from app.processes import engine
from app.processes.queries import node_log
from app.tasks.models import Task
from app.tasks.service import outcomes_of
from app.tasks.types import TaskState
from app.tickets.models import Ticket
from app.tickets.types import TicketView


@dataclass
class _Step:
    title: str
    names: str
    opened_at: datetime
    closed_at: datetime | None
    spent: str
    result: str
    light: str = ""


def diagram(session: Session, ticket: Ticket, view: TicketView) -> dict[str, Any]:
    loaded = engine.load(session, ticket.instance.version_id)
    people = people_by_ids(session, {t.assignee_id for t in view.tasks if t.assignee_id})
    steps = [
        _Step(
            task.title,
            people[task.assignee_id].name if task.assignee_id else "待签收",
            task.opened_at,
            task.done_at,
            _spent(task.opened_at, task.done_at or utcnow()),
            _result(loaded, task),
        )
        for task in view.tasks
    ]
    here = [task.node for task in view.tasks if task.is_active]
    done = {entry.node for entry in node_log(session, ticket.instance_id) if entry.is_completed}
    return {
        "href": url_for("tickets.model", number=ticket.number),
        "done": sorted(done - set(here)),
        "here": here,
        "back": sorted({task.node for task in view.tasks if task.outcome == "return"}),
        "steps": steps,
    }


def _result(loaded: engine.Loaded, task: Task) -> str:
    if task.outcome is None:
        return "不再需要" if task.state is TaskState.CANCELLED else ""
    if task.outcome == "return":
        return "退回"
    if task.outcome == "submit":
        return "已重新提交"
    outcomes = outcomes_of(loaded.node(task.node))
    return next((o.label for o in outcomes if o.value == task.outcome), task.outcome)


def _spent(start: datetime, end: datetime) -> str:
    minutes = max(int((end - start).total_seconds() // 60), 0)
    if minutes < 60:
        return f"{minutes} 分"
    if minutes < 24 * 60:
        return f"{minutes // 60} 小时 {minutes % 60} 分"
    return f"{minutes // (24 * 60)} 天 {minutes % (24 * 60) // 60} 小时"
