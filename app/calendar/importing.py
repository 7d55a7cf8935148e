"""Notices from a file, YAML or CSV: all of them or none, and every fault at once."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import yaml
from sqlalchemy.orm import Session

from app.calendar import service
from app.calendar.days import DayKind
from app.calendar.models import Notice
from app.calendar.reading import read_days
from app.calendar.types import KIND_LABELS, BadNotice, Draft, NoticeSource, Said
from app.core.errors import AppError, Fault, Invalid
from app.identity.layers import NATION
from app.identity.queries import find_unit_by_code

COLUMNS = ("unit", "year", "number", "title", "kind", "from", "to", "name")
CHINESE = dict(
    zip(("单位", "年份", "文号", "标题", "类型", "从", "到", "名称"), COLUMNS, strict=True)
)
KINDS = {label: kind for kind, label in KIND_LABELS.items()} | {
    kind.value: kind for kind in DayKind
}
NOTHING = "文件里没有通知。"


@dataclass
class Read:
    """One notice of a file; `where` is how people find it there."""

    where: str
    unit: str
    year: int
    number: str
    title: str
    text: str = ""
    replaces_library: bool = False
    days: list[Said] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def import_notices(
    session: Session, *, now: datetime, data: bytes, is_yaml: bool
) -> Sequence[Notice]:
    """Enter what the file says, by the operator's command line. Raises: BadNotice."""
    found = list(_from_yaml(data) if is_yaml else _from_csv(data))
    if not found:
        raise BadNotice([Fault("", "empty", NOTHING)], NOTHING)
    entered: list[Notice] = []
    faults: list[Fault] = []
    for read in found:
        try:
            with session.begin_nested():
                entered.append(_enter(session, read, now))
        except AppError as error:
            told = list(error.errors) if isinstance(error, Invalid) else []
            faults += [
                Fault(one.path, one.code, f"{read.where}：{one.message}")
                for one in told or [Fault("", error.code, error.text)]
            ]
    if faults:
        raise BadNotice(faults, f"有 {len(faults)} 处要改，什么也没有录入。")
    return entered


def _enter(session: Session, read: Read, now: datetime) -> Notice:
    unit = None
    if read.unit not in ("", NATION):
        unit = find_unit_by_code(session, read.unit)
        if unit is None:
            told = f"没有代码是“{read.unit}”的单位；国家的通知不填单位。"
            read.faults.append(Fault("unit", "unknown", told))
    if read.faults:
        raise BadNotice(read.faults)
    draft = Draft(
        unit.id if unit else None,
        read.year,
        read.number,
        read.title,
        tuple(read.days),
        read.text,
        read.replaces_library,
    )
    return service.enter_notice(
        session, actor=None, now=now, draft=draft, source=NoticeSource.IMPORTED
    )


def _from_yaml(data: bytes) -> Iterator[Read]:
    try:
        loaded: Any = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadNotice([], f"文件不是 YAML：{' '.join(str(error).split())[:200]}") from error
    notices = loaded.get("notices") if isinstance(loaded, dict) else None
    if not isinstance(notices, list):
        raise BadNotice([], "文件里要有 notices，下面一份通知一项。")
    for place, entry in enumerate(notices, start=1):
        where = f"第 {place} 份通知"
        if not isinstance(entry, dict):
            raise BadNotice([], f"{where}读不懂，请看运维手册里的样子。")
        read = _read(where, {str(name): value for name, value in entry.items()})
        for kind in DayKind:
            # YAML reads a bare `on` or `off` as yes or no.
            lines = entry.get(kind.value) or (entry.get(False) if kind is DayKind.OFF else None)
            _add(read, "\n".join(map(str, _listed(lines))), kind)
        yield read


def _listed(lines: Any) -> Sequence[Any]:
    if lines is None:
        return ()
    return lines if isinstance(lines, list) else (lines,)


def _from_csv(data: bytes) -> Iterator[Read]:
    rows = csv.DictReader(io.StringIO(_decoded(data)))
    names = {name: CHINESE.get(name.strip(), name.strip()) for name in rows.fieldnames or ()}
    missing = [chinese for chinese, name in CHINESE.items() if name not in names.values()]
    if missing:
        raise BadNotice([], f"表头缺少：{'、'.join(missing)}。")
    known: dict[tuple[str, str], Read] = {}
    for row in rows:
        given = {names[name]: (row[name] or "").strip() for name in names}
        if not any(given.values()):
            continue
        key = (given["unit"], given["number"])
        if key not in known:
            known[key] = _read(f"第 {rows.line_num} 行", given)
        read = known[key]
        kind = KINDS.get(given["kind"])
        if kind is None:
            told = f"第 {rows.line_num} 行的类型“{given['kind']}”要写成放假、上班或者下午放假。"
            read.faults.append(Fault("kind", "unknown", told))
            continue
        until = f" 至 {given['to']}" if given["to"] else ""
        _add(read, f"{given['from']}{until} {given['name']}", kind)
    yield from known.values()


def _decoded(data: bytes) -> str:
    """Spreadsheets of Chinese offices write GB 18030."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", errors="replace")


def _read(where: str, given: Mapping[str, Any]) -> Read:
    words = {name: str(given.get(name) or "").strip() for name in COLUMNS}
    read = Read(where, words["unit"], 0, words["number"], words["title"])
    read.text = str(given.get("text") or "")
    read.replaces_library = given.get("replaces_library") is True
    if words["number"]:
        read.where = f"{where}（{words['number']}）"
    if words["year"].isdecimal() and len(words["year"]) == len("2027"):
        read.year = int(words["year"])
    else:
        read.faults.append(Fault("year", "range", "年份要写成四位数字，如 2027。"))
    return read


def _add(read: Read, text: str, kind: DayKind) -> None:
    days, faults = read_days(text, read.year or 2000, kind)
    read.days += days
    read.faults += faults
