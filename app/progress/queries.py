"""What is told of a ticket to who is not signed in.

A number that there is not, or that is not told of here, is looked up, opened and compared as one
that there is: with a decoy in its place. Neither the answer nor the work says which it was.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from app.processes import engine
from app.processes.models import Instance, Submission
from app.processes.stages import stage_of
from app.progress.types import Passed, Progress
from app.rules.models import OfficialNumber
from app.tasks.models import Visit
from app.tickets.models import Ticket

PROPERTY = "progress"  # the field of the start form with the telephone
DIGITS = 4
Row = tuple[Ticket, Submission, int]


def find_progress(session: Session, number: str, tail: str) -> Progress | None:
    """`number` is that of the ticket or its 编号; `tail` are the last digits of the telephone."""
    by_official = select(OfficialNumber.ticket).where(
        OfficialNumber.number == number, OfficialNumber.voided_at.is_(None)
    )
    asked = or_(Ticket.number == number, Ticket.number.in_(by_official))
    found = session.execute(_submitted(asked, ~Ticket.is_confidential)).first()
    decoy = session.execute(_submitted()).first()
    looked_at = found or decoy
    if looked_at is None:
        return None
    ticket, submission, version_id = looked_at
    loaded = engine.load(session, version_id)
    field = loaded.definition.properties.get(PROPERTY, "")
    knows = _ends_with(submission.answers.get(field), tail)
    visits = _visits(session, ticket.instance_id)
    if found is None or not field or not knows:
        return None
    return Progress(
        ticket.number,
        ticket.process_title,
        ticket.state,
        ticket.opened_at or ticket.created_at,
        ticket.closed_at,
        tuple(_passed(loaded, visits)),
    )


def _submitted(*chosen: ColumnElement[bool]) -> Select[*Row]:
    """As it was last sent; without a choice the newest of all."""
    last = and_(Submission.instance_id == Instance.id, Submission.n == Instance.submission_count)
    return (
        select(Ticket, Submission, Instance.version_id)
        .join(Instance, Ticket.instance_id == Instance.id)
        .join(Submission, last)
        .where(*chosen)
        .order_by(Ticket.id.desc())
        .limit(1)
    )


def _ends_with(phone: object, tail: str) -> bool:
    end = str(phone or "")[-DIGITS:].rjust(DIGITS)
    return hmac.compare_digest(end.encode(), tail.rjust(DIGITS, "-").encode())


def _visits(session: Session, instance_id: int) -> Sequence[tuple[str, datetime, datetime | None]]:
    rows = session.execute(
        select(Visit.node, Visit.opened_at, Visit.closed_at)
        .where(Visit.instance_id == instance_id)
        .order_by(Visit.id)
    )
    return [(node, opened_at, closed_at) for node, opened_at, closed_at in rows]


def _passed(
    loaded: engine.Loaded, visits: Sequence[tuple[str, datetime, datetime | None]]
) -> list[Passed]:
    """Steps of one stage that follow each other are one stay."""
    found: list[Passed] = []
    for node, since, until in visits:
        stage = stage_of(loaded, node)
        begun = found.pop().since if found and found[-1].stage == stage else since
        found.append(Passed(stage, begun, until))
    return found
