"""Named rules and fills of the forms of a review."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.access.reviews import queries
from app.access.reviews.service import is_given_up
from app.access.reviews.types import LOG_REVIEW, PROBLEM, counted
from app.core import clock
from app.core.errors import Malformed
from app.ledgers.types import Period
from app.processes.registry import CheckContext
from app.tickets.queries import ticket_of
from forms import CheckInput, FieldError


def last_month(_session: Session, context: CheckContext) -> Mapping[str, Any]:
    today = clock.local(context.now).date()
    year, month = divmod(today.year * 12 + today.month - 2, 12)
    return {"month": str(Period(year, month + 1))}


def log_findings(session: Session, context: CheckContext) -> Mapping[str, Any]:
    review = queries.review_of(session, context.ticket)
    if review is None:
        return {"findings": []}
    rows = queries.rows_of(session, review)
    return {
        "period": Period.parse(review.period).label,
        "looked_count": review.looked_count,
        "kinds": counted(row.kind for row in rows),
        "terms": queries.thresholds(
            session, review.division_id, clock.local(review.at).date()
        ).told,
        "findings": [row.values for row in rows],
    }


def review_month(
    session: Session, context: CheckContext, given: CheckInput
) -> Sequence[FieldError]:
    """A month that is over, and that nobody of this 州 or 县市 has looked through."""
    try:
        period = Period.parse(str(given.answers.get("month", "")))
    except Malformed:
        return (_wrong("month", "pattern", "要写成 2026-10 的样子"),)
    if period.until >= clock.local(context.now).date():
        return (_wrong("month", "not_over", "还没有过完，过完了再分析"),)
    known = queries.find_review(session, LOG_REVIEW, context.unit.division_id, str(period))
    if known is None:
        return ()
    other = ticket_of(session, known.instance_id)
    if other.number == context.ticket or is_given_up(other):
        return ()
    return (_wrong("month", "reviewed_already", f"已经由 {other.number} 分析，不用再开一件"),)


def findings_judged(
    _session: Session, _context: CheckContext, given: CheckInput
) -> Sequence[FieldError]:
    return tuple(_judged(given.answers))


def _judged(answers: Mapping[str, Any]) -> Iterator[FieldError]:
    for n, row in enumerate(answers.get("findings") or ()):
        if row.get("verdict") == PROBLEM and not row.get("words"):
            hint = "选了“问题”，请写明是什么问题"
            yield FieldError(f"findings.{n}.words", "required", f"第 {n + 1} 行：{hint}。", hint)


def _wrong(path: str, code: str, hint: str) -> FieldError:
    return FieldError(path, code, f"分析月份{hint}。", hint)
