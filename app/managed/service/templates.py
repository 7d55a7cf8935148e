"""What a post may do, as an executed 岗位权限表 says (E23A §13)."""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.managed import queries
from app.managed.models import PostTemplate
from app.managed.types import TemplateKind
from app.processes.registry import OperationContext

TAKE = "take"  # else it is given, or was already


def set_template(session: Session, context: OperationContext) -> None:
    """All that the post may do from then on; a form that comes back takes effect once."""
    answers = context.answers
    known = select(PostTemplate.id).where(
        PostTemplate.ticket == context.ticket, PostTemplate.submission == context.submission
    )
    if session.scalar(known) is not None:
        return
    subsystem, post = str(answers["subsystem"]), str(answers["post"])
    begins = date.fromisoformat(str(answers["valid_from"]))
    division, kind = context.unit.division_id, TemplateKind(str(answers["kind"]))
    session.add(
        PostTemplate(
            division_id=division,
            subsystem=subsystem,
            post=post,
            kind=kind,
            permissions=_permissions(session, context, kind, (division, subsystem, post), begins),
            valid_from=begins,
            valid_to=date.fromisoformat(str(answers["valid_to"]))
            if answers.get("valid_to")
            else None,
            ticket=context.ticket,
            submission=context.submission,
            at=context.now,
        )
    )


def _permissions(
    session: Session,
    context: OperationContext,
    kind: TemplateKind,
    where: tuple[int, str, str],
    day: date,
) -> list[dict[str, Any]]:
    """设置 names all; 调整 changes those that hold on its day; after 停用 there are none."""
    if kind is TemplateKind.STOP:
        return []
    found: dict[str, str] = {}
    if kind is TemplateKind.CHANGE:
        before = queries.template_of(session, *where, day=day)
        found = {one["permission"]: one["remark"] for one in before.permissions} if before else {}
    for row in context.answers.get("permissions") or ():
        name = str(row.get("permission", ""))
        if row.get("change") == TAKE:
            found.pop(name, None)
        else:
            found[name] = str(row.get("remark") or "")
    return [{"permission": name, "remark": remark} for name, remark in found.items()]
