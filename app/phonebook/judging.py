"""Is what somebody wrote of a number right: pure, the same for a page, a program and a sheet.

Values come as texts, choices by their code or by their label.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from app.core.days import typed_day
from app.core.errors import Fault
from app.messaging.audience.types import Areas
from app.messaging.text import templates
from app.messaging.types import OPERATORS, UNKNOWN_OPERATOR, UNKNOWN_OPERATOR_LABEL, Operator
from app.phonebook.types import (
    FEWEST_WORDS,
    KINDS,
    LONGEST_GROUP,
    LONGEST_NAME,
    MOST_WORDS,
    SOURCES,
    VERIFICATIONS,
    Draft,
    Kind,
    Verification,
)
from forms import normalise

# Field → the title of its column and the label of its field.
TITLES: Mapping[str, str] = {
    "kind": "类别",
    "name": "姓名或单位名称",
    "phone": "手机号",
    "operator": "运营商",
    "area": "区市",
    "source": "来源",
    "collected_on": "采集日期",
    "verification": "核实方式",
    "verified_on": "核实日期",
    "group_name": "分组",
}
EARLIEST = date(2000, 1, 1)
C = TypeVar("C", bound=StrEnum)


@dataclass(frozen=True)
class Judged:
    """Either a draft or why there is none."""

    draft: Draft | None
    faults: tuple[Fault, ...]


def judge(given: Mapping[str, str], areas: Areas, today: date) -> Judged:
    faults: list[Fault] = []
    kind = _choice(given, "kind", KINDS, faults)
    name = _name(given, kind, faults)
    phone = _phone(given, faults)
    operator = _operator(given, faults)
    area = _area(given, areas, faults)
    source = _choice(given, "source", SOURCES, faults)
    collected_on = _day(given, "collected_on", today, faults, is_needed=True)
    verification = _verification(given, faults)
    is_verified = verification not in (None, Verification.NONE)
    verified_on = _day(given, "verified_on", today, faults, is_needed=is_verified)
    faults += _faults_of_verifying(verification, verified_on)
    group = normalise.line(given.get("group_name", ""))
    if len(group) > LONGEST_GROUP:
        faults.append(_fault("group_name", "too_long", f"最长 {LONGEST_GROUP} 个字。"))
    if faults or kind is None or source is None or collected_on is None or verification is None:
        return Judged(None, tuple(faults))
    draft = Draft(
        *(kind, name, phone, operator, area, source, collected_on),
        *(verification, verified_on, group),
    )
    return Judged(draft, ())


def faults_of_reason(reason: str) -> Iterator[Fault]:
    if not FEWEST_WORDS <= len(reason.strip()) <= MOST_WORDS:
        yield Fault("reason", "reason", f"请写明原因（{FEWEST_WORDS} 到 {MOST_WORDS} 个字）。")


def _choice(
    given: Mapping[str, str], field: str, labels: Mapping[C, str], faults: list[Fault]
) -> C | None:
    word = normalise.line(given.get(field, ""))
    for one, label in labels.items():
        if word in (one.value, label):
            return one
    told = "、".join(labels.values())
    code = "choice" if word else "required"
    faults.append(_fault(field, code, f"请选一个：{told}。"))
    return None


def _name(given: Mapping[str, str], kind: Kind | None, faults: list[Fault]) -> str:
    raw = given.get("name", "")
    name = normalise.line(raw) if kind is Kind.EMPLOYER else normalise.person_name(raw)
    if not name:
        faults.append(_fault("name", "required", "没有填。"))
    elif len(name) > LONGEST_NAME:
        faults.append(_fault("name", "too_long", f"最长 {LONGEST_NAME} 个字。"))
    return name


def _phone(given: Mapping[str, str], faults: list[Fault]) -> str:
    phone = normalise.phone(given.get("phone", ""))
    if not phone:
        faults.append(_fault("phone", "required", "没有填。"))
    elif not templates.MOBILE.fullmatch(phone):
        faults.append(_fault("phone", "phone", "不是 11 位手机号，请核对；座机收不到短信。"))
    return phone


def _operator(given: Mapping[str, str], faults: list[Fault]) -> Operator | None:
    word = normalise.line(given.get("operator", ""))
    if word in ("", UNKNOWN_OPERATOR, UNKNOWN_OPERATOR_LABEL):
        return None
    return _choice(given, "operator", OPERATORS, faults)


def _area(given: Mapping[str, str], areas: Areas, faults: list[Fault]) -> str:
    """The code; who has one area alone need not say it."""
    word = normalise.line(given.get("area", ""))
    if not word and len(areas.own) == 1:
        return next(iter(areas.own))
    code = areas.known.get(word, "")
    if not word:
        faults.append(_fault("area", "required", "没有填是哪个区市的。"))
    elif not code:
        faults.append(_fault("area", "unknown_area", "没有这个区市，请照单位名称填写。"))
    elif code not in areas.own:
        faults.append(_fault("area", "foreign", "不是本区市的，不能收进本区市的通讯录。"))
    return code


def _verification(given: Mapping[str, str], faults: list[Fault]) -> Verification | None:
    if not normalise.line(given.get("verification", "")):
        return Verification.NONE
    return _choice(given, "verification", VERIFICATIONS, faults)


def _faults_of_verifying(how: Verification | None, day: date | None) -> Iterator[Fault]:
    if how is Verification.NONE and day is not None:
        yield _fault("verification", "required", "填了核实日期，请选怎么核实的。")


def _day(
    given: Mapping[str, str], field: str, today: date, faults: list[Fault], *, is_needed: bool
) -> date | None:
    word = normalise.line(given.get(field, ""))
    if not word:
        if is_needed:
            faults.append(_fault(field, "required", "没有填，请写成 2026-09-30。"))
        return None
    found = typed_day(word)
    if found is None:
        faults.append(_fault(field, "date", "不是日期，请写成 2026-09-30。"))
        return None
    if not EARLIEST <= found <= today:
        faults.append(_fault(field, "date", "要在 2000 年以后、今天以前（含今天）。"))
        return None
    return found


def _fault(field: str, code: str, words: str) -> Fault:
    return Fault(field, code, f"{TITLES[field]}：{words}")
