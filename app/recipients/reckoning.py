"""What is said beside a request to send while it is typed: text, people, segments, cost."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.messaging.reckoning import NO_PRICE
from app.processes.registry import CheckContext, Reckoned
from app.recipients import checks, requests
from app.recipients.queries import frozen_by_number
from app.recipients.types import ListNotFound

NOTHING_YET = "填了名单编号，这里就有正文、人数、条数和费用。"
MANY = "人数多，还要第二审核人复核。"


def request(
    session: Session, context: CheckContext, answers: Mapping[str, Any]
) -> Sequence[Reckoned]:
    """From the frozen list that was named, as it will be laid in; then what would be refused."""
    number = str(answers.get("list_number") or "").strip().upper()
    if not number:
        return [Reckoned("名单", NOTHING_YET)]
    try:
        found = frozen_by_number(session, number)
    except ListNotFound:
        found = None
    if found is None or found.list.unit_id != context.unit.id:
        return [Reckoned("名单", f"{checks.NO_LIST}。", is_wrong=True)]
    said, price = requests.described(session, found), requests.cost_of(found)
    cost = f"{price['cost']} 元（每条 {price['price']} 元），由申请单位承担。"
    lines = [
        Reckoned("正文", said["text"]),
        Reckoned("字数", f"{said['extent']}，签名和退订语都算在内。"),
        Reckoned("人数", f"{said['people']} 人（{said['areas']}）。"),
        Reckoned("计费条数", f"{said['segments']} 条。"),
        Reckoned("费用", cost if price["cost"] else NO_PRICE),
    ]
    if requests.needs_second(session, context, found):
        lines.append(Reckoned("审核", MANY))
    faults = checks.faults_of_list(found, context, str(answers.get("purpose") or ""))
    return [*lines, *[Reckoned("要改", one.message, is_wrong=True) for one in faults]]
