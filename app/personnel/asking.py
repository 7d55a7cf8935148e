"""An event as a page, a sheet or a client sends it, made a draft or a list of what to mend."""

from collections.abc import Mapping
from datetime import date

from app.core.days import typed_day
from app.core.errors import Fault
from app.personnel.types import KIND_LABELS, LEAVE_LABELS, BadEvent, Draft, EventKind, LeaveKind

FIELDS = ("kind", "person", "id_number", "name", "date", "until", "leave", "note")
KINDS = {label: kind for kind, label in KIND_LABELS.items()} | {k.value: k for k in EventKind}
# What lists of other offices call the same.
KINDS |= {
    "离职": EventKind.RESIGNATION,
    "辞职": EventKind.RESIGNATION,
    "调岗": EventKind.TRANSFER,
    "调动": EventKind.TRANSFER,
    "调查": EventKind.INVESTIGATION,
    "病假": EventKind.LEAVE,
    "产假": EventKind.LEAVE,
    "新进": EventKind.ARRIVAL,
}
LEAVES = {label: kind for kind, label in LEAVE_LABELS.items()} | {k.value: k for k in LeaveKind}


def draft_of(typed: Mapping[str, str]) -> Draft:
    """Raises: BadEvent, with everything that cannot be read at once."""
    faults: list[Fault] = []
    word = typed.get("kind", "").strip()
    kind = KINDS.get(word)
    if kind is None:
        told = f"没有“{word[:20]}”这种变动。" if word else ""
        choices = "、".join(KIND_LABELS.values())
        faults.append(Fault("kind", "not_a_choice", f"{told}请选择变动的种类：{choices}。"))
    leave = LEAVES.get(typed.get("leave", "").strip()) or LEAVES.get(word)
    if leave is None and typed.get("leave", "").strip():
        told = f"请假的种类只能是{'、'.join(LEAVE_LABELS.values())}。"
        faults.append(Fault("leave", "not_a_choice", told))
    on = _day(typed, "date", faults)
    if on is None and not any(one.path == "date" for one in faults):
        faults.append(Fault("date", "required", "请填变动的日期。"))
    until = _day(typed, "until", faults)
    if faults or kind is None or on is None:
        raise BadEvent(faults)
    return Draft(
        kind=kind,
        on=on,
        username=typed.get("person", "").strip(),
        id_number=typed.get("id_number", "").strip(),
        name=typed.get("name", "").strip(),
        until=until,
        leave=leave if kind is EventKind.LEAVE else None,
        note=typed.get("note", "").strip(),
    )


def _day(typed: Mapping[str, str], name: str, faults: list[Fault]) -> date | None:
    text = typed.get(name, "").strip()
    if not text:
        return None
    day = typed_day(text)
    if day is None:
        faults.append(Fault(name, "day", "日期要写成 2026-11-21 的样子。"))
    return day
