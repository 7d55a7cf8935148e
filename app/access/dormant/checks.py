"""Named rules and fills of the forms of a review of idle accounts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.access.dormant import queries
from app.access.dormant.types import (
    DECISION_LABELS,
    Decision,
    NothingIdle,
    ReviewedAlready,
    counted,
)
from app.access.reviews.models import ReviewRow
from app.access.reviews.queries import review_of, rows_of
from app.core import clock
from app.identity.queries import find_unit_by_code
from app.processes.registry import CheckContext
from app.rules.queries import parameter
from forms import CheckInput, FieldError

LAID = ("name", "id_number", "login_on", "act_on", "posts")


def idle_days(session: Session, context: CheckContext) -> Mapping[str, Any]:
    """From how many days on an account counts as idle here."""
    day = clock.local(context.now).date()
    return {"days": parameter(session, "dormant_days", context.unit.id, day).value}


def department(session: Session, context: CheckContext, given: CheckInput) -> Sequence[FieldError]:
    """One of the own 州 or 县市, with something to review, that nobody reviews now."""
    unit = find_unit_by_code(session, str(given.answers.get("department") or ""))
    if unit is None:
        return ()
    if unit.division_id != context.unit.division_id:
        return (_wrong("not_own", "只能核实本级的单位，请重新选。"),)
    number = queries.running_review(session, unit.id, but=context.ticket)
    if number is not None:
        return (_wrong(ReviewedAlready.code, ReviewedAlready(number).text),)
    found = queries.idle_in(
        session,
        unit.id,
        today=clock.local(context.now).date(),
        days=idle_days(session, context)["days"],
        ticket=context.ticket or "",
    )
    return () if found else (_wrong(NothingIdle.code, NothingIdle.message),)


def answer_rows(session: Session, context: CheckContext) -> Mapping[str, Any]:
    return {"rows": [_laid(row) for row in _rows(session, context)]}


def answered(_session: Session, _context: CheckContext, given: CheckInput) -> Sequence[FieldError]:
    return tuple(_reasons(given.answers))


def report_rows(session: Session, context: CheckContext) -> Mapping[str, Any]:
    """What became of each row, for who confirms it and for the books."""
    rows = _rows(session, context)
    return {
        "summary": counted(row.values.get("decision", "") for row in rows),
        "rows": [
            {
                **_laid(row),
                "decision": DECISION_LABELS[Decision(row.values["decision"])],
                "reason": row.values.get("reason", ""),
            }
            for row in rows
            if row.values.get("decision")
        ],
    }


def _laid(row: ReviewRow) -> dict[str, str]:
    return {key: row.values[key] for key in LAID}


def _rows(session: Session, context: CheckContext) -> list[ReviewRow]:
    review = review_of(session, context.ticket)
    return rows_of(session, review) if review else []


def _reasons(answers: Mapping[str, Any]) -> Iterator[FieldError]:
    for n, row in enumerate(answers.get("rows") or ()):
        if row.get("decision") == Decision.KEEP and not row.get("reason"):
            hint = "保留的要写明理由"
            yield FieldError(f"rows.{n}.reason", "required", f"第 {n + 1} 行：{hint}。", hint)


def _wrong(code: str, message: str) -> FieldError:
    return FieldError("department", code, message, message)
