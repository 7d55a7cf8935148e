"""岗位权限表: its days, and whom a change of it touches, told before anybody decides."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Account, Grant
from app.access.types import GrantState
from app.identity.models import Unit
from app.processes.registry import CheckContext
from forms import CheckInput, FieldError

MOST_NAMED = 20


def post_holders(
    session: Session, context: CheckContext, answers: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Who holds the post in this 州 or 县市 now stands on the ticket, for those who decide."""
    rows = session.execute(
        select(Account.name, Unit.name)
        .join(Grant, Grant.account_id == Account.id)
        .join(Unit, Unit.id == Account.unit_id)
        .where(Grant.subsystem == answers.get("subsystem"), Grant.post == answers.get("post"))
        .where(Grant.state == GrantState.ACTIVE, Unit.division_id == context.unit.division_id)
        .order_by(Unit.name, Account.name, Account.id)
    ).all()
    if not rows:
        return answers, ["现在没有人担任这个岗位，这张表不影响任何人的权限。"]
    units = "、".join(f"{name} {n} 人" for name, n in Counter(unit for _, unit in rows).items())
    names = "、".join(name for name, _ in rows[:MOST_NAMED])
    more = f"等 {len(rows)} 人" if len(rows) > MOST_NAMED else ""
    told = f"现有 {len(rows)} 人担任这个岗位，权限会随这张表变化：{units}（{names}{more}）。"
    return answers, [told]


def template_days(
    _session: Session, _context: CheckContext, given: CheckInput
) -> Sequence[FieldError]:
    """It ends after it has begun; one permission is named once."""
    errors = []
    start, end = given.answers.get("valid_from"), given.answers.get("valid_to")
    if end and date.fromisoformat(str(end)) < date.fromisoformat(str(start)):
        hint = "要在生效日期当天或以后"
        errors.append(FieldError("valid_to", "before_start", f"有效期至{hint}。", hint))
    seen: dict[str, int] = {}
    for n, row in enumerate(given.answers.get("permissions") or ()):
        first = seen.setdefault(str(row.get("permission")), n)
        if first != n:
            hint = f"和第 {first + 1} 行是同一项权限，请删去一行"
            path = f"permissions.{n}.permission"
            errors.append(FieldError(path, "repeated", f"第 {n + 1} 行：权限项{hint}。", hint))
    return tuple(errors)
