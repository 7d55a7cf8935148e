"""Our own properties: which name on which element, how its value is written, whom it names."""

import re
from collections.abc import Callable, Iterator, Mapping

from bpmn import xml
from bpmn.properties import pairs, values
from bpmn.rules.findings import error
from bpmn.types import Finding, Known

Rule = Callable[[str], str | None]  # answers what is wrong, None when nothing is


def _pattern(text: str, example: str) -> Rule:
    compiled = re.compile(text)

    def rule(value: str) -> str | None:
        wrong = [part for part in values(value) if not compiled.fullmatch(part)]
        return f"应写作 {example}" if wrong or not values(value) else None

    return rule


def _any(value: str) -> str | None:
    return None if value else "不能为空"


def _outcomes(value: str) -> str | None:
    found = pairs(value)
    if not found or len(found) < len(values(value)):
        return "结果不能为空或重复"
    wrong = [key for key in found if not re.fullmatch(r"[a-z][a-z0-9_]*", key)]
    return "应写作 approve=同意;reject=不予办理" if wrong else None


def _deadline(value: str) -> str | None:
    return None if DEADLINE.fullmatch(value) else "应写作 3wd from opened"


def _columns(value: str) -> str | None:
    found = pairs(value)
    wrong = [key for key in found if not COLUMN.fullmatch(key)]
    if not found or wrong or not all("=" in part for part in values(value)):
        return "应写作 document=文件名称,search;phone=联系电话,masked"
    return "同一个栏目只能写一次" if len(found) < len(values(value)) else None


NAME = r"[a-z][a-z0-9_]*"
NODE = r"[A-Za-z_][\w-]*"
COLUMN = re.compile(rf"({NODE}\.){{0,2}}{NAME}")
DEADLINE = re.compile(rf"\d{{1,3}}(wd|d|h)( from (opened|field:{NAME}))?(\s*;\s*pause on return)?")
FORM = _pattern(r"[a-z][a-z0-9-]*/[a-z][a-z0-9-]*", "流程/表单,如 operator-account/apply")
DOCUMENTS = _pattern(r"[a-z][a-z0-9-]*", "operator-account")
ASSIGN = re.compile(
    rf"position:(?P<position>{NAME})@(requester\.unit|same_level\(requester\.unit\))"
    rf"|person:requester|field:{NAME}"
)
RULES: Mapping[str, Mapping[str, Rule]] = {
    "process": {
        "title": _any,
        "category": _any,
        "numbering": _pattern(r"[^{}]*(\{year\}[^{}]*)?\{serial:[1-9]\}", "QX-{year}-{serial:5}"),
        "start_positions": _pattern(NAME, "clerk"),
        "title_pattern": _any,
        "documents": DOCUMENTS,
        "retention": _pattern(r"\d{1,3}y|permanent", "30y 或 permanent"),
        "basis": _any,
        "deadline": _deadline,
        "help": _any,
    },
    "startEvent": {"form": FORM},
    "userTask": {
        "form": FORM,
        "assign": _pattern(ASSIGN.pattern, "position:unit_leader@requester.unit"),
        "decide": _pattern(r"any|all|all_in_order|quorum:[1-9]\d?/[1-9]\d?", "any"),
        "actions": _pattern(r"return|transfer|delegate|add-signers|withdraw", "return;transfer"),
        "outcomes": _outcomes,
        "deadline": _deadline,
        "sign": _pattern(r"签字|盖章|签字\+盖章|签字或盖章|none", "签字"),
        "documents": DOCUMENTS,
        "empty": _pattern(r"incident|up", "up"),
        "box": _any,
        "box_half": _pattern(r"true", "true"),
        "box_foot": _any,
    },
    "endEvent": {"result": _pattern(r"closed|refused", "closed 或 refused")},
    "serviceTask": {
        "operation": _pattern(rf"{NAME}\.{NAME}", "access.apply_accounts"),
        "ledger": _pattern(r"[a-z][a-z0-9-]{0,59}", "seal-use"),
        "ledger_title": _any,
        "ledger_help": _any,
        "ledger_rows": _pattern(rf"({NODE}\.)?{NAME}", "people"),
        "ledger_columns": _columns,
        "ledger_keepers": _pattern(NAME, "seal_custodian"),
    },
}
REQUIRED = {"userTask": ("assign",), "serviceTask": ("operation",)}
# Properties that mean something to one operation only.
SPOKEN_TO = {name: "ledgers.append" for name in RULES["serviceTask"] if name.startswith("ledger")}


def check(root: xml.Element, known: Known | None) -> Iterator[Finding]:
    for owner in root.iter(f"{xml.BPMN}*"):
        rules = RULES.get(xml.kind(owner), {})
        given = xml.properties(owner)
        for name, value in given.items():
            if name not in rules:
                remedy = f"这里可以用:{'、'.join(rules) or '无'}。"
                yield error(owner, f"属性 {name} 在这里没有意义。", remedy)
            elif wrong := rules[name](value):
                yield error(owner, f"属性 {name} 的值“{value}”无效。", f"{wrong}。")
            elif SPOKEN_TO.get(name, given.get("operation")) != given.get("operation"):
                remedy = f"请删去,或把 operation 改为 {SPOKEN_TO[name]}。"
                yield error(owner, f"属性 {name} 对这个操作没有意义。", remedy)
            elif known is not None:
                yield from _names(owner, name, value, known)
        for name in REQUIRED.get(xml.kind(owner), ()):
            if name not in given:
                yield error(owner, f"没有属性 {name}。", REMEDIES[name])


REMEDIES = {
    "assign": "请填写由谁办理,如 position:unit_leader@requester.unit。",
    "operation": "请填写要执行的操作,如 access.apply_accounts。",
}


def _names(owner: xml.Element, name: str, value: str, known: Known) -> Iterator[Finding]:
    if name == "assign":
        matches = [ASSIGN.fullmatch(part) for part in values(value)]
        used = {m["position"] for m in matches if m and m["position"]}
        yield from _unknown(owner, "岗位", used, known.positions)
    elif name in NAMED:
        title, field = NAMED[name]
        yield from _unknown(owner, title, set(values(value)), getattr(known, field))


NAMED = {
    "form": ("表单", "forms"),
    "operation": ("操作", "operations"),
    "start_positions": ("岗位", "positions"),
    "ledger_keepers": ("岗位", "positions"),
}


def _unknown(
    owner: xml.Element, title: str, used: set[str], known: frozenset[str]
) -> Iterator[Finding]:
    for name in sorted(used - known):
        remedy = f"可用的{title}:{'、'.join(sorted(known)) or '无'}。"
        yield error(owner, f"没有名为 {name} 的{title}。", remedy)
