"""What is said beside the form of a template while it is typed: how long it gets, what it costs."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.messaging import channels
from app.messaging.checks import NO_SIGNATURE, faults_of, signature_of, variables_of
from app.messaging.text import segments, templates
from app.messaging.text.types import Extent, Purpose
from app.processes.registry import CheckContext, Reckoned

NOTHING_YET = "写了正文，这里就算出字数、条数和费用。"
NO_PRICE = "还没有设置短信网关，不知道单价。"


def template(
    session: Session, context: CheckContext, answers: Mapping[str, Any]
) -> Sequence[Reckoned]:
    """With the signature, and each blank as long as it may get; then what would be refused."""
    named, body = signature_of(session, context), str(answers.get("body") or "")
    if not named:
        return [Reckoned("签名", NO_SIGNATURE, is_wrong=True)]
    if not body:
        return [Reckoned("字数", NOTHING_YET)]
    variables = variables_of(answers)
    most = templates.extent_of(named, body, variables)
    plain = templates.extent_of(named, templates.BLANK.sub("", body), ())
    is_chosen = answers.get("purpose") in list(Purpose)
    faults = faults_of(named, answers) if is_chosen else ()
    return [
        Reckoned("全文", templates.shown(named, body)),
        Reckoned("字数", _length(plain, most)),
        Reckoned("条数", _segments(most)),
        Reckoned("费用", _cost(most)),
        *[Reckoned("要改", fault.message, is_wrong=True) for fault in faults],
    ]


def _length(plain: Extent, most: Extent) -> str:
    blanks = most.units - plain.units
    told = f"连签名 {most.units} 字"
    return f"{told}，其中变量按最长算 {blanks} 字。" if blanks else f"{told}。"


def _segments(most: Extent) -> str:
    rule = f"{segments.ALONE} 字以内 1 条，超过的每 {segments.PART} 字 1 条"
    return f"每人最多 {most.segments} 条（{rule}）。"


def _cost(most: Extent) -> str:
    price = channels.first_price()
    if price is None:
        return NO_PRICE
    each = (most.segments * price).normalize()
    return f"每人最多 {each:f} 元（每条 {price.normalize():f} 元）。"
