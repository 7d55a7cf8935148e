"""A request to send as its form holds it: what the system lays in it, and whether it still holds.

Who asks names a list. All else that is approved comes from it: the filed text, who gets it, how
many segments, what it costs. None of it is typed, so none of it can be typed otherwise; and it is
counted anew each time somebody agrees.
"""

import hmac
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.core import clock
from app.identity.queries import get_unit, prefecture_of
from app.messaging import channels
from app.messaging.areas import names_of
from app.messaging.queries import versions_for
from app.messaging.text import segments, templates
from app.messaging.text.binding import text_digest
from app.messaging.text.types import REFUSABLE
from app.processes.registry import CheckContext
from app.recipients.queries import Frozen, digest_now
from app.rules.queries.parameters import parameter

YES, NO = "yes", "no"
COUNTY, CITY = "county", "city"


def laid(session: Session, context: CheckContext, frozen: Frozen) -> dict[str, Any]:
    """What the form says of the list, and the road the request takes."""
    unit = get_unit(session, context.unit.id)
    above = prefecture_of(session, unit)
    is_city = above is None or above.id == unit.division_id
    return {
        **bound(session, frozen),
        **cost_of(frozen),
        "route": CITY if is_city else COUNTY,
        "second": YES if needs_second(session, context, frozen) else NO,
    }


def needs_second(session: Session, context: CheckContext, frozen: Frozen) -> bool:
    """More people than one reviewer alone may let through."""
    day = clock.local(context.now).date()
    limit: int = parameter(session, "second_reviewer_above", context.unit.id, day).value
    return frozen.list.kept > limit


def bound(session: Session, frozen: Frozen) -> dict[str, Any]:
    """What an approval is an approval of, as it stands now."""
    return {
        **described(session, frozen),
        "text_digest": text_digest(frozen.texts).hex(),
        "list_digest": digest_now(session, frozen.list.id).hex(),
    }


def described(session: Session, frozen: Frozen) -> dict[str, Any]:
    """The same for who is still asking: no row is opened."""
    template, listed = frozen.template, frozen.list
    versions = {one.id: one for one in frozen.versions.values()}.values()
    extent = max((one.extent for one in versions), key=lambda one: one.units)
    names = names_of(session)
    areas = (f"{names.get(code, code)} {count} 人" for code, count in listed.areas.items())
    return {
        "template": "；".join(f"{one.ticket} {one.name}" for one in versions),
        "text": templates.shown_by_operator(frozen.texts),
        "extent": f"最长 {extent.units} 字，每人最多 {extent.segments} 条",
        "refusal": YES if template.purpose in REFUSABLE else NO,
        "people": listed.kept,
        "areas": "，".join(areas),
        "segments": listed.segments,
    }


def is_outdated(session: Session, frozen: Frozen) -> bool:
    """Whether another version is on file by now with the operator of a number on the list."""
    now = versions_for(session, frozen.template)
    return any(now.get(operator) is not one for operator, one in frozen.versions.items())


def is_bound(session: Session, frozen: Frozen, answers: Mapping[str, Any]) -> bool:
    """Whether the form says what stands there now, to the character and the number."""
    now = bound(session, frozen)
    return all(str(answers.get(key)) == str(value) for key, value in now.items()) and (
        hmac.compare_digest(str(now["list_digest"]), frozen.list.digest.hex())
    )


def told(answers: Mapping[str, Any]) -> str:
    """A sentence for who has asked, and for who decides."""
    cost = f"，费用约 {answers['cost']} 元" if answers["cost"] else ""
    return f"发给 {answers['people']} 人，共 {answers['segments']} 条{cost}，由申请单位承担。"


def cost_of(frozen: Frozen) -> dict[str, str]:
    """At the price of the office's first choice; empty where no gateway is set."""
    price = channels.first_price()
    if price is None:
        return {"price": "", "cost": ""}
    return {"price": str(price), "cost": str(segments.cost(frozen.list.segments, price))}
