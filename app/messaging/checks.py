"""What forms of this room ask: rules of a template, and what the system fills in and tells."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.identity.region import read_region
from app.messaging.queries import template_in_use, words_in
from app.messaging.service import PASSED
from app.messaging.text import templates
from app.messaging.text.types import PURPOSES, Purpose, Variable
from app.messaging.types import OPERATORS
from app.processes.registry import CheckContext
from forms import CheckInput, FieldError

NO_SIGNATURE = "本单位还没有备案的短信签名，请先请系统管理员在地区文件的 signatures 里登记。"

MOST_TOLD = 5  # words in one sentence
NO_PREVIOUS = "本单位没有这个编号的在用模板，请照原来那张申请表的编号填。"
OTHER_PURPOSE = "原模板的类别是“{}”，变更不能换类别；要换类别请选“新增”。"


def signature(session: Session, context: CheckContext) -> Mapping[str, Any]:
    """短信签名 of the unit that asks; nobody types one."""
    return {"signature": signature_of(session, context)}


def template(session: Session, context: CheckContext, given: CheckInput) -> Sequence[FieldError]:
    """The same rules as when it is sent, so that what was filed can be sent; and what is changed
    is a template of the unit that is in use.
    """
    named = signature_of(session, context)
    found = [*faults_of(named, given.answers), *word_faults(session, named, given.answers)]
    if given.answers.get("kind") == "change":
        number = str(given.answers.get("previous") or "")
        previous = template_in_use(session, context.unit.id, number)
        if previous is None:
            found.append(FieldError("previous", "unknown", NO_PREVIOUS, NO_PREVIOUS))
        elif previous.purpose.value != given.answers.get("purpose"):
            told = OTHER_PURPOSE.format(PURPOSES[previous.purpose])
            found.append(FieldError("purpose", "other_purpose", told, told))
    return tuple(found)


def extent(
    session: Session, context: CheckContext, answers: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """How long it gets at the most, for those who decide."""
    named, body = signature_of(session, context), str(answers.get("body") or "")
    most = templates.extent_of(named, body, variables_of(answers))
    told = f"连签名“【{named}】”最长 {most.units} 字，最多按 {most.segments} 条计费。"
    return answers, [told]


def filing(_session: Session, _context: CheckContext, given: CheckInput) -> Sequence[FieldError]:
    """One operator at least has it on file; if none has, the form goes back."""
    if any(given.answers.get(f"{key}_result") == PASSED for key in OPERATORS):
        return ()
    hint = "没有一家备案通过的，请退回申请单位修改"
    return (FieldError("mobile_result", "none_passed", f"{hint}。", hint),)


def faults_of(named: str, answers: Mapping[str, Any]) -> Iterator[FieldError]:
    """What would be refused, each at its field. `answers` has a purpose."""
    if not named:
        yield FieldError("signature", "no_signature", NO_SIGNATURE, NO_SIGNATURE)
    body, variables = str(answers.get("body") or ""), variables_of(answers)
    found = templates.faults_of(body, variables, Purpose(str(answers["purpose"])))
    too_long = templates.fault_of_extent(templates.extent_of(named, body, variables))
    for fault in (*found, *([too_long] if too_long else ())):
        yield FieldError(fault.path, fault.code, _placed(fault.path, fault.message), fault.message)


def word_faults(session: Session, named: str, answers: Mapping[str, Any]) -> Iterator[FieldError]:
    """Words of the office's list, in the text and in the examples of its blanks."""
    body = str(answers.get("body") or "")
    if said := words_in(session, templates.shown(named, body)):
        yield FieldError("body", "word", f"正文：{forbidden(said)}", forbidden(said))
    for n, variable in enumerate(variables_of(answers)):
        if said := words_in(session, variable.example):
            told = forbidden(said)
            yield FieldError(f"variables.{n}.example", "word", f"变量第 {n + 1} 行：{told}", told)


def forbidden(words: Sequence[str]) -> str:
    return f"有不发的词：{'、'.join(words[:MOST_TOLD])}。请换一种说法。"


def _placed(path: str, message: str) -> str:
    list_, _, rest = path.partition(".")
    row = rest.partition(".")[0]
    if list_ == "variables" and row:
        return f"变量第 {int(row) + 1} 行：{message}"
    return f"正文：{message}" if path == "body" else message


def signature_of(session: Session, context: CheckContext) -> str:
    """As it was filed; empty where none was."""
    return read_region(session).signatures.get(context.unit.code, "")


def variables_of(answers: Mapping[str, Any]) -> list[Variable]:
    """Of a form as it is being typed, too: what is no number counts nothing, and is refused."""
    return [
        Variable(str(row.get("name") or ""), str(row.get("example") or ""), _whole(row))
        for row in answers.get("variables") or ()
    ]


def _whole(row: Mapping[str, Any]) -> int:
    try:
        return int(row.get("longest") or 0)
    except (ValueError, TypeError, OverflowError):
        return 0
