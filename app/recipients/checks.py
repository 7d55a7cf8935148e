"""What the form of a request to send asks: at its submission, and again each time one agrees."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core import clock
from app.core.crypto import keyed_hash
from app.messaging.checks import MOST_TOLD
from app.messaging.hours import hours_of
from app.messaging.queries import words_in
from app.messaging.text import templates
from app.processes.queries import instance_id_of, latest_submission
from app.processes.registry import CheckContext
from app.recipients import requests
from app.recipients.models import RecipientList
from app.recipients.queries import Frozen, lock_frozen
from app.recipients.types import LISTED, ListNotFound
from forms import CheckInput, FieldError

CHANGED = (
    "模板、变量、名单或者申请表和提交的时候不一样了，原来的审批作废。请退回申请人，核对以后重新提交"
)
NO_LIST = "本单位没有这份名单，请照“收信名单”页上的编号填"
TAKEN = "这份名单已经用在另一张申请上，请另做一份"
REPLACED = "名单里有号码该用的模板已经换了新版，请另做一份名单"
OTHER_KIND = "和名单所用模板的类别不一样，请改成模板备案的类别"
WORDS = "正文里有不发的词，请退回申请人，换一个备案过的模板"
# 管理办法 §4: what a reviewer of the 市 answers one by one.
DIMENSIONS = ("kind", "content", "level", "scope", "channel", "timing")
UNFIT = "unfit"
UNEXPLAINED = "没有填：哪里不符合、为什么改时间，请写明"


def request(session: Session, context: CheckContext, given: CheckInput) -> Sequence[FieldError]:
    """The list is the unit's own and free, its template in use and of that class; the time is in
    the hours in which messages may be sent.
    """
    answers = given.answers
    found = _found(session, context, str(answers.get("list_number") or ""))
    if found is None:
        return (_error("list_number", "no_list", NO_LIST),)
    return tuple(
        error
        for error in (
            *faults_of_list(session, found, context, str(answers.get("purpose"))),
            _fault_of_time(session, context, str(answers.get("wanted_at") or "")),
        )
        if error is not None
    )


def bound(session: Session, context: CheckContext, given: CheckInput) -> Sequence[FieldError]:
    """One changed character or number, and what was asked for is something else."""
    found = _found(session, context, str(given.answers.get("list_number") or ""))
    is_same = (
        found is not None
        and found.list.used_by == context.ticket
        and not requests.is_outdated(session, found)
        and requests.is_bound(session, found, given.answers)
        and _is_as_sent(session, context)
    )
    if not is_same:
        return (_error("list_number", "voided", CHANGED),)
    if found is not None and (said := words_said(session, found)):
        return (_error("list_number", "word", f"{WORDS}：{'、'.join(said[:MOST_TOLD])}"),)
    return ()


def review(session: Session, context: CheckContext, given: CheckInput) -> Sequence[FieldError]:
    """What does not fit, and another time, is explained; the time is one at which may be sent."""
    answers = given.answers
    at = str(answers.get("send_at") or "")
    is_unfit = any(answers.get(f"review_{key}") == UNFIT for key in DIMENSIONS)
    found = [_fault_of_time(session, context, at, "send_at")] if at else []
    if (at or is_unfit) and not str(answers.get("remark") or "").strip():
        found.append(_error("remark", "required", UNEXPLAINED))
    return tuple(one for one in found if one is not None)


def lay(
    session: Session, context: CheckContext, answers: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """The text, the people and the cost, from the list."""
    found = _found(session, context, str(answers.get("list_number") or ""))
    if found is None:
        return answers, []
    full = {**answers, **requests.laid(session, context, found)}
    return full, [requests.told(full)]


def _found(session: Session, context: CheckContext, number: str) -> Frozen | None:
    """Locked: of two requests for one list the second sees what the first did."""
    try:
        found = lock_frozen(session, number.strip().upper())
    except ListNotFound:
        return None
    return found if found.list.unit_id == context.unit.id else None


def faults_of_list(
    session: Session, found: Frozen, context: CheckContext, purpose: str
) -> Iterator[FieldError]:
    """It is free, its template in use, and filed for this class (none yet: not asked)."""
    listed: RecipientList = found.list
    if listed.used_by not in (None, context.ticket):
        yield _error("list_number", "list_in_use", TAKEN)
    elif requests.is_outdated(session, found):
        yield _error("list_number", "template_replaced", REPLACED)
    if purpose and (fault := _fault_of_class(found, purpose)):
        yield fault
    if said := words_said(session, found):
        yield _error("list_number", "word", f"{WORDS}：{'、'.join(said[:MOST_TOLD])}")


def words_said(session: Session, found: Frozen) -> list[str]:
    """Words of the list in force in the filed texts; values were judged when the list was made."""
    texts = (templates.shown(one.signature, one.body) for one in found.texts.values())
    return words_in(session, *texts)


def _fault_of_class(found: Frozen, purpose: str) -> FieldError | None:
    is_right = found.template.purpose in LISTED and found.template.purpose.value == purpose
    return None if is_right else _error("purpose", "other_purpose", OTHER_KIND)


def _fault_of_time(
    session: Session, context: CheckContext, given: str, path: str = "wanted_at"
) -> FieldError | None:
    at = clock.local(datetime.fromisoformat(given))
    if at < context.now:
        return _error(path, "past", "已经过去，请填以后的时间")
    hours = hours_of(session, context.unit.id, at.date())
    if not hours.hold(at):
        hint = f"要在 {hours.begins}:00 至 {hours.ends}:00 之间，这以外不发短信"
        return _error(path, "hours", hint)
    return None


def _is_as_sent(session: Session, context: CheckContext) -> bool:
    """The answers are those that the submission was hashed with, as its event says too."""
    instance_id = instance_id_of(session, context.ticket) if context.ticket else None
    kept = latest_submission(session, instance_id) if instance_id else None
    return kept is not None and keyed_hash(kept.answers) == kept.keyed_hash


def _error(path: str, code: str, hint: str) -> FieldError:
    return FieldError(path, code, f"{hint}。", hint)
