"""Named rules of forms: what stands in the way of a row, beside the field where it is mended."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.access import policy
from app.access.queries import find_submitted, ground_of, known_people, own_ref
from app.access.types import Problem, read_refused, read_rows, refused_numbers
from app.processes import registry
from app.processes.registry import CheckContext
from forms import CheckInput, FieldError


def one_account(session: Session, context: CheckContext, given: CheckInput) -> Sequence[FieldError]:
    rows = read_rows(given.answers)
    people = known_people(session, context.now, {row.person_ref for row in rows})
    subsystem = given.answers.get("subsystem")
    within = policy.near(rows, people, ground_of(session, context.unit))
    return _errors(
        policy.uniqueness(
            within, people, subsystem if isinstance(subsystem, str) else "", context.ticket
        )
    )


def role_exclusivity(
    session: Session, context: CheckContext, given: CheckInput
) -> Sequence[FieldError]:
    rows = read_rows(given.answers)
    people = known_people(session, context.now, {row.person_ref for row in rows})
    return _errors(policy.exclusivity(rows, people))


def scope(session: Session, context: CheckContext, given: CheckInput) -> Sequence[FieldError]:
    rows = read_rows(given.answers)
    people = known_people(session, context.now, {row.person_ref for row in rows})
    own = own_ref(session, context.actor)
    return _errors(
        [
            *policy.territory(rows, people, ground_of(session, context.unit), own),
            *policy.suspension(rows, people),
        ]
    )


def refused_rows(
    session: Session, context: CheckContext, given: CheckInput
) -> Sequence[FieldError]:
    """Of an executor's result form: the rows it leaves aside."""
    named = read_refused(given.answers)
    submitted = find_submitted(session, context.ticket) if named and context.ticket else None
    if submitted is None:
        return ()
    rows = read_rows(submitted.answers)
    results = registry.results_of(session, submitted.instance_id, submitted.n)
    people = known_people(session, context.now, {row.person_ref for row in rows})
    return tuple(
        FieldError("result", found.code, f"办理结果：{found.message}。")
        for found in policy.refusals(rows, people, named, refused_numbers(results.values()))
    )


def no_example_text(
    _session: Session, _context: CheckContext, given: CheckInput
) -> Sequence[FieldError]:
    value: Any = given.value
    if not isinstance(value, str) or not policy.example_text(value):
        return ()
    message = "还留着示例文字（示例、XX 等），请按实际情况改写，删去不需要的内容"
    return (FieldError(given.path, "example_text", message),)


def _errors(problems: Iterable[Problem]) -> tuple[FieldError, ...]:
    return tuple(
        FieldError(
            f"people.{found.row.no - 1}.{found.field}",
            found.code,
            f"第{found.row.no}行{found.row.name}：{found.message}",
            found.message,
        )
        for found in problems
    )
