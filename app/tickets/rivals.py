"""Who was faster: the last act of somebody else on a ticket, for the page of a conflict."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.core.actor import Actor
from app.processes.models import Instance
from app.tasks.models import Task
from app.tickets import policy
from app.tickets.queries import access_ticket, list_numbered
from app.tickets.types import TicketNotFound

# Words that finish “覃志明比您早 40 秒…”.
ACTS = {
    "task.claimed": "签收了这件",
    "task.released": "把这件放回了待签收",
    "task.completed": "办了这件",
    "task.returned": "退回了这件",
    "task.withdrawn": "撤回了自己的办理",
    "ticket.submitted": "提交了这件",
    "ticket.withdrawn": "撤回了这件",
    "ticket.cancelled": "作废了这件",
    "ticket.urged": "催办了这件",
    "ticket.suspended": "挂起了这件",
    "ticket.resumed": "恢复了这件",
    "ticket.abolished": "作废了这件",
    "ticket.moved": "移动了这件",
    "ticket.edited": "改了这件的流程变量",
    "ticket.migrated": "把这件换到了流程的另一版",
}


@dataclass(frozen=True)
class Rival:
    number: str
    title: str
    name: str
    act: str
    at: datetime
    ago: str
    outcome_label: str
    opinion: str
    here_label: str
    state: str
    state_label: str


def find_rival(session: Session, actor: Actor, now: datetime, number: str) -> Rival | None:
    """None where the ticket is not the actor's to see, or nobody else has acted on it."""
    try:
        ticket = access_ticket(session, number, actor, policy.can_view)
    except TicketNotFound:
        return None
    event = session.scalars(
        select(Event)
        .where(Event.chain == f"ticket:{number}", Event.kind.in_(ACTS))
        .order_by(Event.seq.desc())
        .limit(1)
    ).first()
    if event is None or event.actor_id == actor.person_id:
        return None
    (row,) = list_numbered(session, actor, [number])
    return Rival(
        number,
        ticket.title,
        event.actor_name,
        ACTS[event.kind],
        event.at,
        how_long(now - event.at),
        str(event.data.get("label") or ""),
        _opinion(session, event),
        row.here_label,
        row.state,
        row.state_label,
    )


def number_of_task(session: Session, task_id: int) -> str | None:
    task = session.get(Task, task_id)
    if task is None:
        return None
    return session.scalar(select(Instance.number).where(Instance.id == task.instance_id))


def how_long(span: timedelta) -> str:
    """40 秒, 3 分钟, 2 小时, 5 天: the largest unit that it fills."""
    seconds = max(1, int(span.total_seconds()))
    for size, word in ((86_400, "天"), (3_600, "小时"), (60, "分钟")):
        if seconds >= size:
            return f"{seconds // size} {word}"
    return f"{seconds} 秒"


def _opinion(session: Session, event: Event) -> str:
    """What was written beside the outcome, or the reason of a return; never what was filled in."""
    task = session.get(Task, event.data["task"]) if "task" in event.data else None
    return (task.opinion or "") if task else ""
