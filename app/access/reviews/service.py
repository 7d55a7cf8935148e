"""The monthly look through the permission log: found, judged by people, reported."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.access.reviews import queries
from app.access.reviews.models import Review, ReviewRow
from app.access.reviews.types import (
    FINDING_LABELS,
    LOG_REVIEW,
    PROBLEM,
    PROBLEM_REPORT,
    ProblemsUnreported,
    ReviewedAlready,
)
from app.core import clock, days
from app.ledgers.types import Period
from app.processes.queries import list_published
from app.processes.registry import OperationContext
from app.tickets import service as tickets
from app.tickets.models import Ticket
from app.tickets.queries import ticket_of
from app.tickets.types import LinkKind, TicketState

REVIEW_NODE = "review"
MOST_FACTS = 1_800  # characters; the report's own form takes somewhat more


def span_of(period: Period) -> tuple[datetime, datetime]:
    """From the first moment of the month in the office to the first of the next one."""
    return days.midnight(period.since), days.midnight(period.next.since)


def analyse_log(session: Session, context: OperationContext) -> None:
    """Keep what the log of the month shows, once for each 州 or 县市. Raises: ReviewedAlready.

    Walked again after a return it finds anew: nobody has judged it yet.
    """
    period = Period.parse(str(context.answers["month"]))
    since, until = span_of(period)
    review = _taken(session, context, str(period))
    review.looked_count = queries.looked_count(session, context.unit.division_id, since, until)
    session.flush()  # its rows name it by id
    for row in queries.rows_of(session, review):
        session.delete(row)
    session.flush()
    division_id = context.unit.division_id
    limits = queries.thresholds(session, division_id, clock.local(review.at).date())
    found = list(queries.findings(session, division_id, since, until, limits))
    for no, one in enumerate(found[: queries.MOST], start=1):
        at = f"{clock.local(one.at):%Y-%m-%d %H:%M}"
        values = {"kind": FINDING_LABELS[one.kind], "at": at, "found": one.words}
        session.add(ReviewRow(review_id=review.id, no=no, kind=one.kind, values=values))


def _taken(session: Session, context: OperationContext, period: str) -> Review:
    """The review of this month; what was given up leaves it to the next ticket."""
    known = queries.find_review(session, LOG_REVIEW, context.unit.division_id, period)
    if known is not None and known.instance_id != context.instance_id:
        other = ticket_of(session, known.instance_id)
        if not is_given_up(other):
            raise ReviewedAlready(period, other.number)
    own = queries.review_of(session, context.ticket)
    if own is not None and own is not known:  # a return made it speak of another month
        session.delete(own)
        session.flush()  # a ticket has one review
    if known is None:
        known = Review(
            process=LOG_REVIEW, division_id=context.unit.division_id, period=period, looked_count=0
        )
        session.add(known)
    known.instance_id, known.at = context.instance_id, context.now
    return known


def is_given_up(ticket: Ticket) -> bool:
    return ticket.state in (TicketState.CANCELLED, TicketState.REFUSED)


def report_problems(session: Session, context: OperationContext) -> None:
    """What was judged a problem goes to the leader as one report, linked with this ticket.

    Raises: ProblemsUnreported.
    """
    answers = context.results.get(REVIEW_NODE, {})
    problems = [row for row in answers.get("findings") or () if row.get("verdict") == PROBLEM]
    if not problems:
        return
    if PROBLEM_REPORT not in {one.key for one in list_published(session)}:
        raise ProblemsUnreported
    given = _report(context, problems)
    draft = tickets.create_draft(
        session, actor=context.actor, now=context.now, process=PROBLEM_REPORT, answers=given
    )
    tickets.submit(
        session, actor=context.actor, now=context.now, number=draft.number, answers=given
    )
    tickets.link(
        session,
        actor=context.actor,
        now=context.now,
        number=draft.number,
        to=context.ticket,
        kind=LinkKind.RELATED,
    )


def _report(context: OperationContext, problems: list[Mapping[str, Any]]) -> dict[str, Any]:
    facts = "\n".join(
        f"{no}. {row['kind']}，{row['at']}，{row['found']}。{row.get('words', '')}"
        for no, row in enumerate(problems, start=1)
    )
    return {
        "found_on": clock.local(context.now).date().isoformat(),
        "kind": "log",
        "source": context.ticket,
        "summary": f"{context.answers['month']} 权限日志分析发现 {len(problems)} 个问题",
        "facts": facts if len(facts) <= MOST_FACTS else f"{facts[:MOST_FACTS]}……其余见来源办件。",
        "proposal": str(context.results[REVIEW_NODE].get("result", ""))[:500],
    }
