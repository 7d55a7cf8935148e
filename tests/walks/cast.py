"""Which process is walked where, and what nobody can tell from its form alone.

What must stand before a walk is done over REST as well (`before`), the straight way.

Whoever ships a process adds it here, or says why it is not walked; a test asks for it.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from app.demo import people as invented
from tests.administrators.playing import admin_row

Json = dict[str, Any]
Knowing = Callable[[random.Random, date], Json]  # answers that stand before those that are made up


@dataclass(frozen=True)
class Play:
    """`starters`: user names. `knows`: by step; the first form is that of `apply`."""

    starters: tuple[str, ...]
    region: str = "enshi"
    before: tuple[str, ...] = ()  # keys of BEFORE
    days_before: int = 0  # that go by first
    knows: Mapping[str, Knowing] = field(default_factory=dict)


CAST = range(1, 4)


def _somebody(dice: random.Random, *keys: str) -> Json:
    person = invented.row(dice.choice(CAST), post="review")
    return {key: person[key] for key in keys or ("name", "id_number")}


def operators(dice: random.Random, _day: date) -> Json:
    seeds = dice.sample(CAST, dice.randint(1, len(CAST)))
    return {
        "subsystem": "gig-station",
        "people": [invented.row(seed, post="review", kind="add") for seed in seeds],
    }


def _everybody(_dice: random.Random, _day: date) -> Json:
    rows = [invented.row(seed, post="review", kind="add") for seed in CAST]
    return {"subsystem": "gig-station", "people": rows}


def _all_done(_dice: random.Random, _day: date) -> Json:
    return {"result": "已按申请表办理完毕。"}


def _admins(dice: random.Random, day: date) -> Json:
    rows = (
        admin_row("change", "tanlihua"),
        admin_row("close", "tanguifang"),
        admin_row("add", "tanlihua", **_somebody(dice, "name", "id_number", "phone")),
    )
    event = {"event": "transfer", "event_date": str(day), "urgent_reason": "本人已经离岗。"}
    return {**event, "people": [dice.choice(rows)], "pair_reason": "人手不够，另一人待定。"}


def _contacts(dice: random.Random, _day: date) -> Json:
    row = {**_somebody(dice), "phone": f"1540000{dice.randint(1000, 9999)}"}
    return {"people": [{**row, "requirement": "更换手机号"}]}


def _cleanup(dice: random.Random, day: date) -> Json:
    row = _somebody(dice, "name", "id_number", "phone") | {"cause": "left", "kind": "close"}
    given = {"subsystem": "gig-station", "nature": "ordinary", "event_date": str(day)}
    return {**given, "people": [row]}


def _freeze(dice: random.Random, _day: date) -> Json:
    return {**_somebody(dice), "measure": "freeze", "cause": "stolen", "reason": "两地登录。"}


def _idle(_dice: random.Random, _day: date) -> Json:
    return {"department": "422826-jyzx"}


def _text(dice: random.Random, day: date) -> Json:
    words = {"kind": "add", "purpose": "directed", "body": "${姓名}您好，申请已经办结。"}
    blank = {"name": "姓名", "example": "毕淑芬", "longest": dice.randint(4, 10)}
    return {**words, "variables": [blank], "wanted_on": str(day + timedelta(days=30))}


def _filed(_dice: random.Random, day: date) -> Json:
    given = {"mobile_result": "passed", "mobile_number": "YD20260881", "filed_on": str(day)}
    return {**given, "unicom_result": "rejected", "telecom_result": "none"}


def _done(dice: random.Random, day: date) -> Json:
    part = {"result": "第1行未办理：资料不齐"}
    return part if dice.random() < 0.1 else _all_done(dice, day)


def _handover(_dice: random.Random, day: date) -> Json:
    item = {"kind": "media", "item": "UKey", "count": 1}
    return {"heir": "tanlihua", "leaves_on": str(day), "items": [item]}


def _received(_dice: random.Random, _day: date) -> Json:
    return {"result": "全部收到。"}


def _month(_dice: random.Random, day: date) -> Json:
    return {"month": str(day.replace(day=1) - timedelta(days=1))[:7]}


def _agreement(dice: random.Random, day: date) -> Json:
    until = day + timedelta(days=700)
    return {**_somebody(dice), "kind": "sign", "starts_on": str(day), "ends_on": str(until)}


def _template(dice: random.Random, day: date) -> Json:
    row = {"permission": f"发布岗位信息{dice.randint(1, 9)}", "change": "give"}
    words = {"kind": "set", "subsystem": "gig-station", "post": "review", "permissions": [row]}
    return {**words, "valid_from": str(day), "valid_to": None}


# Straight walks that others need before them; what they leave behind is found under their key.
BEFORE: Mapping[str, Play] = {
    "operator-account": Play(
        ("yaohaiyang",),
        knows={
            "apply": _everybody,
            "account_execution": _all_done,
            "permission_execution": _all_done,
        },
    ),
    "message-template": Play(
        ("congpeijun",), region="weihai", knows={"apply": _text, "filing": _filed}
    ),
}


def _sending(_dice: random.Random, day: date) -> Json:
    at = f"{day + timedelta(days=1)}T10:00:00+08:00"
    return {"purpose": "directed", "channel": "sms", "wanted_at": at, "self_check": True}


def _fits(_dice: random.Random, _day: date) -> Json:
    asked = ("kind", "content", "level", "scope", "channel", "timing")
    return {f"review_{one}": "fit" for one in asked}


def _requirement(_dice: random.Random, day: date) -> Json:
    talk = {"talked_on": str(day), "talked_with_department": "廖玉兰", "talk": "已商量。"}
    return {**talk, "talked_with_company": "文斌", "urgent_reason": "报表口径调整。"}


def _evaluation(_dice: random.Random, day: date) -> Json:
    finish = str(day + timedelta(days=14))
    return {"feasibility": "yes", "start_on": str(day), "finish_on": finish, "effort": 6}


def _testers(_dice: random.Random, _day: date) -> Json:
    return {"testers": [{"person": "longjinhua"}]}


def _later(_dice: random.Random, day: date) -> Json:
    return {"finish_on": str(day + timedelta(days=60))}


def _release(_dice: random.Random, day: date) -> Json:
    evening = day + timedelta(days=3)
    hours = {"starts_at": f"{evening}T20:00:00+08:00", "ends_at": f"{evening}T22:00:00+08:00"}
    return {**hours, "scope": "零工驿站子系统"}


WALKED: Mapping[str, Play] = {
    "requirement": Play(
        ("longjinhua",),
        knows={
            "apply": _requirement,
            "evaluate": _evaluation,
            "extension": _later,
            "arrange": _testers,
            "release_plan": _release,
        },
    ),
    "operator-account": Play(
        ("yaohaiyang", "longjinhua"),
        knows={
            "apply": operators,
            "account_execution": _done,
            "permission_execution": _done,
        },
    ),
    "admin-account": Play(("tanlihua", "wuyiming"), knows={"apply": _admins}),
    "contact-change": Play(
        ("yaohaiyang",), before=("operator-account",), knows={"apply": _contacts}
    ),
    "account-cleanup": Play(
        ("yaohaiyang",), before=("operator-account",), knows={"apply": _cleanup}
    ),
    "emergency-freeze": Play(
        ("wuyiming", "pengxiuying"), before=("operator-account",), knows={"apply": _freeze}
    ),
    "dormant-review": Play(
        ("tanlihua",), before=("operator-account",), days_before=120, knows={"apply": _idle}
    ),
    "message-template": Play(
        ("congpeijun", "biwenbo"), region="weihai", knows={"apply": _text, "filing": _filed}
    ),
    "message-send": Play(
        ("congpeijun",),
        region="weihai",
        before=("message-template",),
        knows={"apply": _sending, "city_review": _fits},
    ),
    "confidentiality-agreement": Play(("yaohaiyang",), knows={"apply": _agreement}),
    "admin-handover": Play(
        ("tanguifang",),
        knows={"apply": _handover, "accept": _received, "settle": _received, "confirm": _received},
    ),
    "permission-log-review": Play(("wuyiming",), knows={"apply": _month}),
    "post-template": Play(("yaohaiyang",), knows={"apply": _template}),
    "problem-report": Play(("tanlihua", "wuyiming")),
    "seal-use": Play(("yaohaiyang", "longjinhua")),
}
NOT_WALKED = {
    "region-bootstrap": "once a region, before anything else; each walk begins behind it",
}
