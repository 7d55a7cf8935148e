"""Rule sets from a file of the operator's: all of it or, with every fault named, nothing."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import yaml
from sqlalchemy.orm import Session

from app.core.errors import AppError, Invalid
from app.identity.layers import NATION
from app.identity.queries import find_unit_by_code
from app.rules import service
from app.rules.reading import read_articles, read_date
from app.rules.types import BadRule, Draft, RuleTwice
from forms import FieldError

UNREADABLE = "读不懂，请看运维手册里的样子。"


def import_rules(session: Session, *, now: datetime, data: bytes) -> tuple[int, int]:
    """How many were entered, and how many were there already. Raises: BadRule."""
    entered = known = 0
    faults: list[FieldError] = []
    for place, given in enumerate(_listed(data), start=1):
        where = f"第 {place} 份（{given.get('name') or '没有名称'}）"
        try:
            with session.begin_nested():
                draft = _draft(session, given)
                service.enter_version(session, actor=None, now=now, draft=draft)
            entered += 1
        except RuleTwice:
            known += 1
        except AppError as error:
            told = list(error.errors) if isinstance(error, Invalid) else []
            faults += [
                FieldError(one.path, one.code, f"{where}：{one.message}")
                for one in told or [FieldError("", error.code, error.text)]
            ]
    if faults:
        raise BadRule(faults, f"有 {len(faults)} 处要改，什么也没有登记。")
    return entered, known


def _listed(data: bytes) -> Iterator[dict[str, Any]]:
    try:
        loaded: Any = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadRule([], f"文件不是 YAML：{' '.join(str(error).split())[:200]}") from error
    found = loaded.get("rule_sets") if isinstance(loaded, dict) else None
    if not isinstance(found, list) or not found:
        raise BadRule([], "文件里要有 rule_sets，下面一份制度一项。")
    for place, entry in enumerate(found, start=1):
        if not isinstance(entry, dict):
            raise BadRule([], f"第 {place} 份{UNREADABLE}")
        yield {str(name): value for name, value in entry.items()}


def _draft(session: Session, given: dict[str, Any]) -> Draft:
    code = str(given.get("unit") or NATION)
    unit = None if code == NATION else find_unit_by_code(session, code)
    faults = []
    if unit is None and code != NATION:
        told = f"没有代码是“{code}”的单位；国家的不填单位。"
        faults.append(FieldError("unit", "unknown", told))
    dates = {name: _day(given.get(name)) for name in ("from", "to")}
    for name, day in dates.items():
        if given.get(name) and day is None:
            told = f"{name} 要写成 2026-11-21 的样子。"
            faults.append(FieldError(name, "date", told))
    if faults:
        raise BadRule(faults)
    return Draft(
        str(given.get("key") or ""),
        unit.id if unit else None,
        str(given.get("name") or ""),
        str(given.get("number") or ""),
        str(given.get("issuer") or ""),
        dates["from"],
        dates["to"],
        read_articles(str(given.get("articles") or "")),
        ends_before=bool(given.get("ends_before")),
    )


def _day(value: Any) -> date | None:
    """YAML reads a plain date by itself."""
    return value if type(value) is date else read_date(str(value or ""))
