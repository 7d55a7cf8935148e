"""What the repair page of a ticket is filled with."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.masking import masked
from app.processes import engine
from app.processes.models import ProcessVersion
from app.processes.queries import open_incidents, unit_of
from app.processes.types import VersionState
from app.repairs.migrating import ABLE
from app.repairs.standing import GOING
from app.repairs.steering import MOVABLE
from app.repairs.types import KINDS, Difference, Effect
from app.tasks.queries import active_tasks
from app.tasks.service import who_has
from app.tickets.models import Ticket
from app.tickets.types import LABELS, TicketState

NO_PLACE = ("boundaryEvent",)
FOR_PEOPLE, BY_ITSELF = "由人办的环节", "自动的步骤"


@dataclass
class Typed:
    """What was typed on the page, to be shown again; `part` is the form it was typed in."""

    part: str = ""
    words: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)
    effect: Effect | None = None
    difference: Difference | None = None


def repair_page(session: Session, ticket: Ticket, now: datetime, typed: Typed) -> dict[str, Any]:
    """Context of repairs/ticket.html."""
    instance = ticket.instance
    loaded = engine.load(session, instance.version_id)
    is_over = instance.ended_at is not None
    standing = () if is_over else engine.standing(session, instance)
    tasks = [] if is_over else active_tasks(session, instance.id)
    who = {task.node: who_has(session, task, now) for task in tasks}
    return {
        "ticket": {
            "number": ticket.number,
            "title": ticket.title,
            "state": ticket.state.value,
            "state_label": LABELS[ticket.state],
            "unit_name": unit_of(session, instance).name,
            "process": ticket.process,
            "process_title": ticket.process_title,
            "version": loaded.number,
            "is_over": is_over,
        },
        "rev": instance.rev,
        "standing": [
            {"node": node.id, "title": node.name or node.id, "who": who.get(node.id, "")}
            for node in standing
        ],
        "incidents": [
            {"id": one.id, "kind": KINDS[one.kind], "cause": one.cause, "at": one.created_at}
            for one in open_incidents(session, instance.id)
        ],
        "variables": [(name, told(value)) for name, value in sorted(instance.variables.items())],
        "targets": targets(loaded),
        "versions": published_beside(session, loaded),
        "may": {
            "suspend": ticket.state in GOING,
            "resume": ticket.state is TicketState.SUSPENDED,
            "cancel": ticket.state in ABLE,
            "move": ticket.state in MOVABLE,
            "migrate": ticket.state in ABLE,
        },
        "typed": typed,
        "here": "incidents",
    }


def told(value: Any) -> str:
    return masked(json.dumps(value, ensure_ascii=False))


def targets(loaded: engine.Loaded) -> list[tuple[str, list[tuple[str, str]]]]:
    """Where a token may be put, the steps of people first."""
    groups: dict[str, list[tuple[str, str]]] = {FOR_PEOPLE: [], BY_ITSELF: []}
    for node in loaded.definition.nodes.values():
        is_start = node.kind == "start" and not (
            node.id == loaded.start.id and loaded.form(node.id) is not None
        )
        if node.kind == "gateway" or node.element in NO_PLACE or is_start:
            continue
        group = FOR_PEOPLE if node.kind in ("user", "start") else BY_ITSELF
        groups[group].append((node.id, f"{node.name}（{node.id}）" if node.name else node.id))
    return [(label, found) for label, found in groups.items() if found]


def published_beside(session: Session, loaded: engine.Loaded) -> list[tuple[int, str]]:
    """The versions of the same process that tickets may go to."""
    rows = session.execute(
        select(ProcessVersion.number, ProcessVersion.state)
        .where(
            ProcessVersion.key == loaded.key,
            ProcessVersion.state != VersionState.DRAFT,
            ProcessVersion.number != loaded.number,
        )
        .order_by(ProcessVersion.number.desc())
    )
    return [
        (number, f"第 {number} 版{'，在用' if state is VersionState.PUBLISHED else ''}")
        for number, state in rows
    ]
