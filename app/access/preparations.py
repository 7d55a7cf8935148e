"""What is mended before a form is judged, with a sentence that says so."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.access.queries import ground_of, known_people
from app.access.types import FormRow, RowKind, read_rows
from app.processes.registry import CheckContext


def row_kinds(
    session: Session, context: CheckContext, answers: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """新增 becomes 修改 for a person who has an account here, or gets one in an earlier row."""
    rows = read_rows(answers)
    people = known_people(session, context.now, {row.person_ref for row in rows})
    ground = ground_of(session, context.unit)
    changed: dict[int, str] = {}
    added: dict[bytes, FormRow] = {}
    for row in rows:
        if row.kind is not RowKind.ADD:
            continue
        known = people[row.person_ref]
        before = added.setdefault(row.person_ref, row)
        if known.is_open and ground.holds(known):
            changed[row.no] = "已有账户"
        elif before is not row and before.post != row.post:
            changed[row.no] = f"的账户由第{before.no}行新增"
    if not changed:
        return answers, []
    names = {row.no: row.name for row in rows}
    notices = [
        f"第{no}行{names[no]}{why}，申请类别已由“新增”改为“修改”。" for no, why in changed.items()
    ]
    people_rows = [
        {**raw, "kind": RowKind.CHANGE.value} if no in changed and isinstance(raw, Mapping) else raw
        for no, raw in enumerate(answers["people"], start=1)
    ]
    return {**answers, "people": people_rows}, notices
