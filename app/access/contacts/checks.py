"""Named rules of the two forms of 用户信息变更."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.access.contacts import policy
from app.access.contacts.types import read_contact_rows
from app.access.queries import find_submitted, ground_of, known_people
from app.processes.registry import CheckContext
from forms import CheckInput, FieldError


def contact_rows(
    session: Session, context: CheckContext, given: CheckInput
) -> Sequence[FieldError]:
    rows = read_contact_rows(given.answers)
    people = known_people(session, context.now, {row.person_ref for row in rows})
    return tuple(
        FieldError(
            f"people.{found.row.no - 1}.{found.field}",
            found.code,
            f"第{found.row.no}行{found.row.name}：{found.message}。",
            found.message,
        )
        for found in policy.problems(rows, people, ground_of(session, context.unit))
    )


def contact_verified(
    session: Session, context: CheckContext, given: CheckInput
) -> Sequence[FieldError]:
    """A call says that a number is somebody's; who he is, papers say."""
    if given.answers.get("verified_by") != policy.CALLED_BACK or context.ticket is None:
        return ()
    submitted = find_submitted(session, context.ticket)
    renamed = policy.renamed(read_contact_rows(submitted.answers)) if submitted else ()
    if not renamed:
        return ()
    rows = "、".join(f"第{row.no}行" for row in renamed)
    hint = f"不够：{rows}变更姓名，请查验身份证件或户籍材料"
    return (FieldError("verified_by", "papers_needed", f"核对方式{hint}。", hint),)
