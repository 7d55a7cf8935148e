"""What is typed about people, brought into one form and judged: by the pages and by the import.

A problem is a sentence without its subject, which the caller puts before it: 第 3 行姓名…
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.core.days import LAST, midnight
from app.core.errors import Malformed
from app.identity.types import POSITION_LABELS, Position
from forms import normalise
from forms.kinds.numbers import id_number_problem, phone_problem

USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")
LONGEST_NAME = 50
LONGEST_REASON = 300
SEPARATORS = re.compile(r"[、,，;；/\n]+")
BY_LABEL = {label: position for position, label in POSITION_LABELS.items()}
LABELS = {
    "name": "姓名",
    "unit": "单位",
    "username": "用户名",
    "phone": "电话",
    "id_number": "身份证号",
    "until": "登录到期日",
    "positions": "岗位",
    "code": "单位代码",
    "unit_name": "单位名称",
    "kind": "种类",
    "position": "岗位",
    "since": "从哪天起",
    "plan_kind": "",
    "successor": "承接的单位",
    "day": "生效的日子",
    "document": "文号",
    "reason": "原因",
}
PEOPLE = ("name", "unit", "username", "phone", "id_number", "until", "positions")
UNIT_CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")


@dataclass(frozen=True)
class Read:
    """The values that could be read; `problems` are those of the others, by field."""

    values: Mapping[str, str]
    until: datetime | None
    problems: Mapping[str, str]


def read(typed: Mapping[str, str], today: date) -> Read:
    """Of the fields that are there; whether they are free is the database's business."""
    found: dict[str, str] = {}
    problems: dict[str, str] = {}
    until: datetime | None = None
    for field, raw in typed.items():
        if not normalise.is_storable(raw):
            problems[field] = "里有不能保存的字符，请重新填写。"
        elif field == "until":
            until, problem = day_after(raw, today)
            problems |= {field: problem} if problem else {}
        else:
            found[field], problem = _READERS.get(field, _plain)(raw, today)
            problems |= {field: problem} if problem else {}
    return Read(found, until, problems)


def day_after(raw: str, today: date) -> tuple[datetime | None, str]:
    """The moment a last day is over."""
    try:
        last = _day(raw.strip())
    except Malformed:
        return None, "要写成 2026-12-31 的样子。"
    if last is None:
        return None, ""
    if last < today:
        return None, f"已经过去了（{last.isoformat()}），请填今天或者以后的日子。"
    return midnight(min(last, LAST) + timedelta(days=1)), ""


def whole_day(raw: str) -> tuple[date | None, str]:
    """Any day; none given is a problem."""
    try:
        found = _day(raw.strip())
    except Malformed:
        found = None
    return found, "" if found and found <= LAST else "要写成 2026-12-31 的样子。"


def first_moment(raw: str, today: date) -> tuple[datetime | None, str]:
    """None for today: from this moment on."""
    try:
        first = _day(raw.strip())
    except Malformed:
        return None, "要写成 2026-12-31 的样子。"
    if first is None or first == today:
        return None, ""
    if first < today:
        return None, f"已经过去了（{first.isoformat()}），请填今天或者以后的日子。"
    return midnight(min(first, LAST)), ""


def split_positions(raw: str) -> tuple[list[Position], list[str]]:
    """Names or keys of positions, and what is neither."""
    found, unknown = list[Position](), list[str]()
    for word in filter(None, (part.strip() for part in SEPARATORS.split(raw))):
        position = BY_LABEL.get(word) or (Position(word) if word in set(Position) else None)
        if position is None:
            unknown.append(word)
        elif position not in found:
            found.append(position)
    return found, unknown


def _day(text: str) -> date | None:
    found = re.fullmatch(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", text)
    if text and found is None:
        raise Malformed
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError as error:
        raise Malformed from error


def _name(raw: str, _today: date) -> tuple[str, str]:
    name = normalise.person_name(raw)
    if not name:
        return "", "没有填。"
    if len(name) > LONGEST_NAME:
        return name, f"太长，最多 {LONGEST_NAME} 个字，现在有 {len(name)} 个。"
    if re.search("[0-9<>]", name):
        return name, "里有数字或者符号，请核对。"
    return name, ""


def _username(raw: str, _today: date) -> tuple[str, str]:
    name = normalise.line(raw).lower()
    if not name:
        return "", "没有填。"
    if not USERNAME.fullmatch(name):
        return name, "要以英文字母开头，共 2 到 32 个，只能用小写字母、数字、点、横线和下划线。"
    return name, ""


def _phone(raw: str, _today: date) -> tuple[str, str]:
    number = normalise.phone(raw)
    problem = phone_problem(number) if number else None
    return number, f"{problem.hint}。" if problem else ""


def _id_number(raw: str, today: date) -> tuple[str, str]:
    number = normalise.id_number(raw)
    problem = id_number_problem(number, today) if number else None
    return number, f"{problem.hint}。" if problem else ""


def _code(raw: str, _today: date) -> tuple[str, str]:
    code = normalise.line(raw).lower()
    if not UNIT_CODE.fullmatch(code):
        return code, "要用 2 到 40 个小写字母、数字和横线，例如 422826-rsj-xxk。"
    return code, ""


def _unit_name(raw: str, _today: date) -> tuple[str, str]:
    name = normalise.line(raw)
    if not 2 <= len(name) <= LONGEST_NAME:
        return name, f"要有 2 到 {LONGEST_NAME} 个字。"
    return name, ""


def _document(raw: str, _today: date) -> tuple[str, str]:
    number = normalise.line(raw)
    if not number:
        return "", "没有填。没有文号的，写会议或者纪要的名称。"
    return number, "" if len(number) <= LONGEST_NAME else f"太长，最多 {LONGEST_NAME} 个字。"


def _reason(raw: str, _today: date) -> tuple[str, str]:
    words = normalise.line(raw)
    if not words:
        return "", "没有填。"
    return words, "" if len(words) <= LONGEST_REASON else f"太长，最多 {LONGEST_REASON} 个字。"


def _plain(raw: str, _today: date) -> tuple[str, str]:
    return normalise.line(raw), ""


_READERS = {
    "name": _name,
    "username": _username,
    "phone": _phone,
    "id_number": _id_number,
    "code": _code,
    "unit_name": _unit_name,
    "document": _document,
    "reason": _reason,
}
