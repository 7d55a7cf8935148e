"""Named rules of 附件1: what stands in the way of a row, beside the field where it is mended."""

from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from app.access import policy as accounts
from app.access.administrators import policy
from app.access.administrators.queries import facts_of
from app.access.administrators.types import AdminProblem, AdminRow, Facts, read_admin_rows
from app.access.queries import find_submitted, own_ref
from app.access.types import read_refused, refused_numbers
from app.processes import registry
from app.processes.registry import CheckContext
from forms import CheckInput, FieldError

PAIR_REASON, URGENT_REASON = "pair_reason", "urgent_reason"


def administrators(
    session: Session, context: CheckContext, given: CheckInput
) -> Sequence[FieldError]:
    """R1-R8 of the whole form."""
    rows = read_admin_rows(given.answers)
    facts = facts_of(session, now=context.now, unit=context.unit, rows=rows, ticket=context.ticket)
    own = own_ref(session, context.actor)
    found = policy.problems(rows, facts, own_ref=own, ticket=context.ticket)
    return tuple(map(at_row, found)) or tuple(_reasons(rows, facts, given))


def at_row(problem: AdminProblem) -> FieldError:
    row = problem.row
    return FieldError(
        f"people.{row.no - 1}.{problem.field}",
        problem.code,
        f"第{row.no}行{row.name}：{problem.message}",
        problem.message,
    )


def _reasons(rows: Sequence[AdminRow], facts: Facts, given: CheckInput) -> Iterator[FieldError]:
    """What may be so, if somebody says why."""
    told = policy.pair_told(rows, facts)
    if told and not _said(given, PAIR_REASON):
        yield FieldError(PAIR_REASON, "required", f"{told}。")
    leaving = policy.unfinished(rows, facts)
    if leaving and not _said(given, URGENT_REASON):
        names = "、".join(f"第{row.no}行{row.name}" for row in leaving)
        yield FieldError(
            URGENT_REASON,
            "handover",
            f"{names}还没有办完管理员交接。请先办交接；情况紧急要先注销的，请在这里写明理由。",
        )


def _said(given: CheckInput, key: str) -> bool:
    value = given.answers.get(key)
    return isinstance(value, str) and bool(value.strip())


def refused_rows(
    session: Session, context: CheckContext, given: CheckInput
) -> Sequence[FieldError]:
    """Of an executor's result: the rows left aside. Both executors together leave one at least."""
    named = read_refused(given.answers)
    submitted = find_submitted(session, context.ticket) if named and context.ticket else None
    if submitted is None:
        return ()
    rows = read_admin_rows(submitted.answers)
    results = registry.results_of(session, submitted.instance_id, submitted.n)
    found = accounts.left_aside([row.no for row in rows], named, refused_numbers(results.values()))
    return tuple(FieldError("result", one.code, f"办理结果：{one.message}。") for one in found)
