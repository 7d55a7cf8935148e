"""督办单: one 督办 on paper. The paper is the program's own, and says so."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.audit.service import note
from app.calendar.periods import day_of
from app.core import clock
from app.core.actor import Actor
from app.core.crypto import digest
from app.documents.service import own_paper
from app.identity.queries import people_by_ids
from app.supervision.queries import access_supervision, supervisions_of, tasks_asked
from app.supervision.types import STATE_LABELS, SupervisionRow
from app.tasks.models import Visit
from app.tasks.naming import acting, named_in
from app.tasks.queries import active_tasks
from app.tickets.models import Ticket
from pdf import house


def print_sheet(
    session: Session, *, actor: Actor, now: datetime, supervision_id: int
) -> tuple[bytes, str]:
    """As PDF, with the number of the ticket.

    Raises: SupervisionNotFound, CannotPrint, ExternalFailure.
    """
    row, ticket = access_supervision(session, supervision_id, actor)
    shown = next(
        one for one in supervisions_of(session, ticket, actor, day_of(now)) if one.id == row.id
    )
    due = session.get_one(Visit, row.visit_id).due_at if row.visit_id else ticket.due_at
    asked = tasks_asked(row, active_tasks(session, ticket.instance_id))
    names = people_by_ids(session, named_in(asked) | {ticket.requester_id})
    holders = "、".join(dict.fromkeys(acting(task, names) or "待签收" for task in asked))
    data = {
        **_ticket(ticket, names[ticket.requester_id].name),
        **_sheet(shown),
        "due": _day(day_of(due)) if due else "没有规定时限",
        "holders": holders or "已经办完",
        "printed_by": actor.name,
        "printed_at": _stamp(now),
    }
    return own_paper(house.SUPERVISION_SHEET, data), ticket.number


def note_sheet(
    session: Session, *, actor: Actor, now: datetime, supervision_id: int, data: bytes
) -> None:
    """Who took which sheet, before a byte of it is sent. Raises: SupervisionNotFound."""
    row, ticket = access_supervision(session, supervision_id, actor, lock=True)
    note(
        session,
        ticket.instance,
        "supervision.printed",
        now=now,
        actor=actor,
        supervision=row.id,
        sha256=digest(data),
        size=len(data),
    )


def _ticket(ticket: Ticket, requester: str) -> Mapping[str, Any]:
    return {
        "number": ticket.number,
        "title": ticket.title,
        "process": ticket.process_title,
        "requester": requester,
    }


def _sheet(row: SupervisionRow) -> Mapping[str, Any]:
    return {
        "unit": row.unit_name,
        "what": row.what,
        "demand": row.demand,
        "answer_by": _day(row.answer_by),
        "opened": f"{row.opened_unit}　{row.opened_by}",
        "opened_at": _stamp(row.opened_at),
        "state": STATE_LABELS[row.state],
        "answers": [
            {"who": one.name, "at": _stamp(one.at), "text": one.text} for one in row.answers
        ],
        "closed": f"{row.closed_by or '系统'}　{_stamp(row.closed_at)}" if row.closed_at else "",
        "closing": row.closing,
    }


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _stamp(moment: datetime) -> str:
    return clock.local(moment).strftime("%Y-%m-%d %H:%M")
