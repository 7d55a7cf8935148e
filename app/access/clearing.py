"""Named rules of the forms that clear and that freeze accounts."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.access.queries import ground_of, known_people, own_ref
from app.access.types import AccountState, clean_id_number, person_ref
from app.calendar.days import same_day
from app.processes.registry import CheckContext
from forms import CheckInput, FieldError

INQUIRY, KEEP, CLOSE, SECRET = "inquiry", "keep", "close", "见密件"
INQUIRERS = ("unit_leader", "permission_admin")
FILLERS = ("clerk", "dept_head")
MONTHS_AWAY = 3


def cleanup_rows(
    _session: Session, _context: CheckContext, answers: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Of an investigation nothing is written on the form that says so (R14)."""
    people = answers.get("people")
    if answers.get("nature") != INQUIRY or not isinstance(people, list):
        return answers, []
    rows = [
        {**row, "requirement": SECRET, "cause": "other"} if isinstance(row, Mapping) else row
        for row in people
    ]
    return {**answers, "people": rows}, []


def cleanup_nature(
    _session: Session, context: CheckContext, given: CheckInput
) -> Sequence[FieldError]:
    """Who knows of investigations enters those, and nothing else; contacts everything else."""
    is_secret = given.answers.get("nature") == INQUIRY
    if context.actor.holds(*(INQUIRERS if is_secret else FILLERS)):
        return ()
    told = (
        "接受调查的由分管领导或权限管理员填报，别人不能填。"
        if is_secret
        else "一般清理由联系人或部门负责人填报；接受调查的请选“接受调查（密件）”。"
    )
    return (FieldError("nature", "not_yours", told),)


def kept_rows(_session: Session, _context: CheckContext, given: CheckInput) -> Sequence[FieldError]:
    """保留 is for who is back within three months: with a reason, and a day."""
    return tuple(_kept(given.answers))


def freeze_target(
    session: Session, context: CheckContext, given: CheckInput
) -> Sequence[FieldError]:
    """R6, R7: an account of one's own county, and not one's own."""
    number = clean_id_number(str(given.answers.get("id_number") or ""))
    if not number:
        return ()
    ref = person_ref(number)
    known = known_people(session, context.now, {ref})[ref]
    if ref == own_ref(session, context.actor):
        told = "不能停用或者解除自己的账户，请另一名管理员或者分管领导办理。"
        return (FieldError("id_number", "own_account", told),)
    if not known.is_open or not ground_of(session, context.unit).holds(known):
        told = "本级没有这个人的账户，请核对身份证号。"
        return (FieldError("id_number", "no_account", told),)
    if known.name != str(given.answers.get("name") or "").strip():
        told = "这个身份证号登记的是另一个姓名，请核对姓名和身份证号。"
        return (FieldError("name", "name_differs", told),)
    if given.answers.get("measure") == "unfreeze" and known.state is not AccountState.SUSPENDED:
        told = "这个账户现在没有停用，不用解除。"
        return (FieldError("id_number", "not_suspended", told),)
    return ()


def _kept(answers: Mapping[str, Any]) -> Iterator[FieldError]:
    people = answers.get("people")
    rows = [row for row in people if isinstance(row, Mapping)] if isinstance(people, list) else []
    if rows and all(row.get("kind") == KEEP for row in rows):
        told = "没有要注销的人。都保留的，不用填这张表。"
        yield FieldError("people", "nobody", told)
    for n, row in enumerate(rows):
        if row.get("kind") != KEEP:
            continue
        if not str(row.get("requirement") or "").strip():
            told = f"第{n + 1}行：保留的要写明理由。"
            yield FieldError(f"people.{n}.requirement", "required", told, "保留的要写明理由")
        back, since = _day(row.get("back_on")), _day(answers.get("event_date"))
        if back is None:
            told = f"第{n + 1}行：保留的要填预计返岗的日期。"
            yield FieldError(f"people.{n}.back_on", "required", told, "请填预计返岗的日期")
        elif since is not None and back >= same_day(since, MONTHS_AWAY):
            told = f"第{n + 1}行：脱岗三个月以上的不能保留，请改选注销。"
            yield FieldError(f"people.{n}.back_on", "too_late", told, "三个月以上的不能保留")


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
