"""The way of a ticket: the diagram and the table of steps that says the same."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from app.core.clock import utcnow
from app.identity.queries import people_by_ids
from app.processes import engine
from app.processes.changes import shown
from app.processes.queries import first_submitted_at, node_log
from app.tasks.naming import acting, named_in
from app.tickets.models import Ticket
from app.tickets.presentation import outcome_label
from app.tickets.types import RoadStep, TicketView


@dataclass(frozen=True)
class Step:
    """One stay at a node; `nth` is 2 when the ticket came there for the second time."""

    node: str
    title: str
    names: str
    opened_at: datetime
    closed_at: datetime | None
    spent: str
    result: str
    nth: int = 1


def diagram(
    session: Session, ticket: Ticket, view: TicketView, road: Sequence[RoadStep]
) -> dict[str, Any]:
    """`road` names who is expected at the steps to come."""
    loaded = engine.load(session, ticket.instance.version_id)
    steps = list(_steps(session, ticket, view, loaded))
    here = [task.node for task in view.tasks if task.is_active]
    done = {entry.node for entry in node_log(session, ticket.instance_id) if entry.is_completed}
    return {
        "href": url_for("tickets.model", number=ticket.number),
        "done": sorted(done - set(here)),
        "here": here,
        "notes": _notes(steps, road, here),
        "steps": steps,
        "total": spent_words(ticket.created_at, ticket.closed_at or utcnow()),
        "is_over": ticket.closed_at is not None,
    }


def changes(session: Session, ticket: Ticket) -> list[dict[str, Any]]:
    """Every change of a variable, the latest first: for those who look why a ticket went there."""
    loaded = engine.load(session, ticket.instance.version_id)
    nodes = loaded.definition.nodes
    return [
        {
            "at": entry.at,
            "node": nodes[entry.node].name if entry.node in nodes else "系统管理员",
            "name": name,
            "old": "" if old is None else json.dumps(old, ensure_ascii=False),
            "new": "" if new is None else json.dumps(new, ensure_ascii=False),
        }
        for entry in reversed(node_log(session, ticket.instance_id))
        for name, (old, new) in shown(entry.changes).items()
    ]


def _steps(
    session: Session, ticket: Ticket, view: TicketView, loaded: engine.Loaded
) -> Iterator[Step]:
    now = utcnow()
    people = people_by_ids(session, named_in(view.tasks))
    if loaded.form(loaded.start.id) is not None:
        sent = first_submitted_at(session, ticket.instance_id)
        yield Step(
            loaded.start.id,
            loaded.start.name,
            view.requester_name,
            ticket.created_at,
            sent,
            spent_words(ticket.created_at, sent or now),
            "已提交" if sent else "",
        )
    seen = Counter([loaded.start.id])
    for task in view.tasks:
        seen[task.node] += 1
        yield Step(
            task.node,
            task.title,
            acting(task, people) or "待签收",
            task.opened_at,
            task.done_at,
            spent_words(task.opened_at, task.done_at or now),
            outcome_label(loaded, task),
            seen[task.node],
        )


def _notes(
    steps: Sequence[Step], road: Sequence[RoadStep], here: Sequence[str]
) -> dict[str, dict[str, str]]:
    """What stands at each node of the picture: who and how long, and how often it was there."""
    notes = {
        step.node: {"text": step.names, "kind": "next"}
        for step in road
        if step.state == "next" and step.names
    }
    for step in steps:  # the latest stay comes last
        is_here = step.node in here
        notes[step.node] = {
            "text": f"{step.names} {step.spent}",
            "kind": "here" if is_here else "done",
            "badge": "在这里" if is_here else f"{step.nth} 次" if step.nth > 1 else "",
        }
    return notes


def spent_words(start: datetime, end: datetime) -> str:
    """2 小时 10 分: the two largest units that are not nothing."""
    minutes = max(int((end - start).total_seconds() // 60), 0)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "天"), (hours, "小时"), (0 if days else minutes, "分")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "不到 1 分"
