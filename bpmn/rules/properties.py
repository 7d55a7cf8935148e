"""Our own properties: which name on which element, how its value is written, whom it names."""

import re
from collections.abc import Callable, Iterator, Mapping

from bpmn import xml
from bpmn.deadlines import deadline, lapse, lapsed, later, moments, when
from bpmn.properties import pairs, values
from bpmn.rules.findings import found
from bpmn.rules.loops import LOCALS, VARIABLE
from bpmn.rules.model import Model, Node
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
    given = pairs(value)
    if not given or len(given) < len(values(value)):
        return "结果不能为空或重复"
    wrong = [key for key in given if not re.fullmatch(r"[a-z][a-z0-9_]*", key)]
    return "应写作 approve=同意;reject=不予办理" if wrong else None


def _read(reader: Callable[[str], object]) -> Rule:
    def rule(value: str) -> str | None:
        try:
            reader(value)
        except ValueError as error:
            return str(error)
        return None

    return rule


def _columns(value: str) -> str | None:
    given = pairs(value)
    wrong = [key for key in given if not COLUMN.fullmatch(key)]
    if not given or wrong or not all("=" in part for part in values(value)):
        return "应写作 document=文件名称,search;phone=联系电话,masked"
    return "同一个栏目只能写一次" if len(given) < len(values(value)) else None


def _handed(value: str) -> str | None:
    """`name` or `target=expression`; the expressions themselves are checked with all others."""
    targets = [part.partition("=")[0].strip() for part in values(value)]
    if not targets or not all(_is_variable(name) for name in targets):
        return "每行写“名称”或“名称=表达式”,如 amount;total=price * count"
    return "同一个名称只能写一次" if len({*targets}) < len(targets) else None


def _payload(value: str) -> str | None:
    given = values(value)
    return None if given and all(map(_is_variable, given)) else "应写作 amount;reason"


def _is_variable(name: str) -> bool:
    return bool(VARIABLE.fullmatch(name)) and name not in LOCALS


def _filing(value: str) -> None:
    """When a form is to be sent in is counted from a day that it asks for. Raises: ValueError."""
    if deadline(value).field is None:
        raise ValueError("填报时限从表里的日期起算,应写作 5wd from field:event_date")


NAME = r"[a-z][a-z0-9_]*"
NODE = r"[A-Za-z_][\w-]*"
COLUMN = re.compile(rf"({NODE}\.){{0,2}}{NAME}")
DUE: Mapping[str, Rule] = {
    "deadline": _read(deadline),
    "remind": _read(moments),
    "escalate": _read(later),
}
FORM = _pattern(r"[a-z][a-z0-9-]*/[a-z][a-z0-9-]*", "流程/表单,如 operator-account/apply")
BARS = _pattern(rf"({NAME}\.)?{NAME}", "people.id_number")
DOCUMENTS = _pattern(r"[a-z][a-z0-9-]*", "operator-account")
ASSIGN = re.compile(
    rf"position:(?P<position>{NAME})@(requester\.unit"
    rf"|(same_level|prefecture|above|counterpart)\(requester\.unit\)|field:{NAME})"
    rf"|person:requester|field:({NODE}\.)?{NAME}(\.{NAME})?|decider:{NODE}"
)
STARTER = re.compile(rf"position:(?P<position>{NAME})@[A-Za-z0-9][\w-]*")
STARTER_RULE = _pattern(STARTER.pattern, "position:clerk@单位代码")
SPEAKING: Mapping[str, Rule] = {"correlation": _any, "payload": _payload}
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
        "confidential": _pattern(rf"true|{NAME}=[a-z][a-z0-9_-]*", "true 或 nature=inquiry"),
        "rule_sets": _pattern(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", "account-permission"),
        "bars": BARS,
        "progress": _pattern(NAME, "contact_phone"),
        **DUE,
        "help": _any,
    },
    "startEvent": {
        "form": FORM,
        "deadline": _read(_filing),
        "payload": _payload,
        "starter": STARTER_RULE,
    },
    "intermediateCatchEvent": SPEAKING,
    "intermediateThrowEvent": SPEAKING,
    "boundaryEvent": SPEAKING,
    "sendTask": SPEAKING,
    "receiveTask": SPEAKING,
    "callActivity": {"in": _handed, "out": _handed},
    "userTask": {
        "form": FORM,
        "assign": _pattern(ASSIGN.pattern, "position:unit_leader@requester.unit"),
        "decide": _pattern(r"any|all|all_in_order|quorum:[1-9]\d?/[1-9]\d?", "any"),
        "actions": _pattern(r"return|transfer|delegate|add-signers|withdraw", "return;transfer"),
        "outcomes": _outcomes,
        **DUE,
        "deadline_when": _read(when),
        "lapse": _read(lapse),
        "sign": _pattern(r"签字|盖章|签字\+盖章|签字或盖章|none", "签字"),
        "documents": DOCUMENTS,
        "empty": _pattern(r"incident|up", "up"),
        "bars": BARS,
        "again": _pattern(NODE, "receive"),
        "stage": _any,
        "recheck": _pattern(rf"{NAME}\.{NAME}", "access.administrators"),
        "box": _any,
        "box_half": _pattern(r"true", "true"),
        "box_foot": _any,
    },
    "endEvent": {
        "result": _pattern(r"closed|refused", "closed 或 refused"),
        **SPEAKING,
    },
    "serviceTask": {
        "operation": _pattern(rf"{NAME}\.{NAME}", "access.apply_accounts"),
        "number": _pattern(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", "requirement"),
        "document": _pattern(r"[a-z][a-z0-9-]*", "admin-account-receipt"),
        "tell_to": _pattern(ASSIGN.pattern, "position:dept_head@counterpart(requester.unit)"),
        "tell_text": _any,
        "ledger": _pattern(r"[a-z][a-z0-9-]{0,59}", "seal-use"),
        "ledger_line": _pattern(NODE, "requirement"),
        "ledger_title": _any,
        "ledger_help": _any,
        "ledger_rows": _pattern(rf"({NODE}\.)?{NAME}", "people"),
        "ledger_columns": _columns,
        "ledger_keepers": _pattern(NAME, "seal_custodian"),
    },
}
REQUIRED = {"userTask": ("assign",), "serviceTask": ("operation",)}
# Properties that mean something to one operation only.
SPOKEN_TO = {
    "number": "numbers.take",
    "document": "documents.issue",
    "tell_to": "tickets.tell",
    "tell_text": "tickets.tell",
    **{name: "ledgers.append" for name in RULES["serviceTask"] if name.startswith("ledger")},
}
# Properties that mean something to events of one kind only; "" is an event without definition.
TRIGGERS = {
    "form": ("",),
    "deadline": ("",),
    "correlation": ("message",),
    "payload": ("message", "signal"),
    "starter": ("timer", "message"),
}
OF_CALLED = ("title",)  # a called process is no business of its own


def check(model: Model, known: Known | None) -> Iterator[Finding]:
    for owner in model.root.iter(f"{xml.BPMN}*"):
        kind = xml.kind(owner)
        given = xml.properties(owner)
        if not given and kind not in REQUIRED:
            continue
        rules = _rules(model, owner)
        for name, value in given.items():
            if name not in rules:
                remedy = f"这里可以用:{'、'.join(rules) or '无'}。"
                message = f"属性 {name} 在这里没有意义。"
                yield found("property-misplaced", owner, message, remedy)
            elif wrong := rules[name](value):
                message = f"属性 {name} 的值“{value[:200]}”无效。"
                yield found("property-value", owner, message, f"{wrong}。")
            elif SPOKEN_TO.get(name, given.get("operation")) != given.get("operation"):
                remedy = f"请删去,或把 operation 改为 {SPOKEN_TO[name]}。"
                message = f"属性 {name} 对这个操作没有意义。"
                yield found("property-misplaced", owner, message, remedy)
            elif known is not None:
                yield from _names(owner, name, value, known)
                if name == "deadline" and known.dates is not None:
                    yield from _undated(model, owner, value, known.dates)
                if name == "bars" and known.named is not None:
                    yield from _unasked(model, owner, value, known.named)
                if name == "progress" and known.fields is not None:
                    yield from _untold(model, owner, value, known.fields)
                if name == "again":
                    yield from _unpassed(model, owner, value)
                if name == "lapse":
                    yield from _unheard(model, owner)
                if name == "deadline" and known.parameters is not None:
                    yield from _unset(owner, value, known.parameters)
                if name == "deadline_when" and known.parameters is not None:
                    yield from _unset(owner, when(value).rule, known.parameters)
        for name in REQUIRED.get(kind, ()):
            if name not in given:
                yield found("property-missing", owner, f"没有属性 {name}。", REMEDIES[name])


def _rules(model: Model, owner: xml.Element) -> Mapping[str, Rule]:
    """Return the properties that mean something on this very element."""
    kind = xml.kind(owner)
    rules = RULES.get(kind, {})
    if kind == "process" and owner.get("id") in model.called_ids:
        return {name: rule for name, rule in rules.items() if name in OF_CALLED}
    node = model.by_element.get(owner)
    if node is not None and kind.endswith("Event"):
        return {name: rule for name, rule in rules.items() if _fits(model, node, name)}
    return rules


def _fits(model: Model, node: Node, name: str) -> bool:
    if name == "result":  # what became of the ticket is told where its own process ends
        return model.is_main(node.scope)
    return node.trigger in TRIGGERS[name]


REMEDIES = {
    "assign": "请填写由谁办理,如 position:unit_leader@requester.unit。",
    "operation": "请填写要执行的操作,如 access.apply_accounts。",
}


def _names(owner: xml.Element, name: str, value: str, known: Known) -> Iterator[Finding]:
    if name == "assign":
        matches = [ASSIGN.fullmatch(part) for part in values(value)]
        used = {m["position"] for m in matches if m and m["position"]}
        yield from _unknown(owner, "岗位", used, known.positions)
    if name == "form" and known.unmet is not None:
        for wanted in sorted(known.unmet.get(value, ())):
            message = f"表单 {value} 用到的 {wanted} 不存在。"
            yield found("check-unknown", owner, message, "请改正表单中 check 或 valuesKey 的名称。")
    if name == "form" and value in known.splitting and xml.kind(owner) != "startEvent":
        message = f"表单 {value} 会分成几件,只能在开始事件上填。"
        yield found("split-misplaced", owner, message, "请换一张表单,或去掉表单里的 splits。")
    if name == "starter":
        used = {m["position"] for m in map(STARTER.fullmatch, values(value)) if m}
        yield from _unknown(owner, "岗位", used, known.positions)
    if name in NAMED:
        title, field = NAMED[name]
        listed: frozenset[str] | None = getattr(known, field)
        if listed is not None:
            yield from _unknown(owner, title, set(values(value)), listed)


def _undated(
    model: Model, owner: xml.Element, value: str, dates: Mapping[str, frozenset[str]]
) -> Iterator[Finding]:
    """A deadline counts from a day that the start form asks for."""
    field = deadline(value).field
    forms = {n.properties["form"] for n in model.of("startEvent") if "form" in n.properties}
    if field and not any(field in dates.get(form, ()) for form in forms):
        message = f"时限从栏目 {field} 起算,开始表单里没有这个日期。"
        remedy = "请写开始表单里的日期栏目(datetime,subtype 是 date),或改为 from opened。"
        yield found("deadline-undated", owner, message, remedy)


def _unset(owner: xml.Element, value: str, known: Mapping[str, str]) -> Iterator[Finding]:
    """A deadline names a parameter that there is; hours are not counted from a day."""
    given = deadline(value)
    if given.parameter is None:
        return
    if given.parameter not in known:
        remedy = f"可用的参数:{'、'.join(sorted(known)) or '无'}。"
        message = f"没有名为 {given.parameter} 的时限参数。"
        yield found("parameter-unknown", owner, message, remedy)
    elif known[given.parameter] == "h" and given.field:
        message = f"参数 {given.parameter} 是小时,不能从日期起算。"
        remedy = "请改为 from opened,或换一个按工作日算的参数。"
        yield found("parameter-unknown", owner, message, remedy)


def _unasked(
    model: Model, owner: xml.Element, value: str, fields: Mapping[str, frozenset[str]]
) -> Iterator[Finding]:
    """Whom the form names can only be told by a field that the start form has."""
    forms = {n.properties["form"] for n in model.of("startEvent") if "form" in n.properties}
    asked = frozenset[str]().union(*(fields.get(form, frozenset()) for form in forms))
    for path in values(value):
        if path not in asked:
            message = f"bars 写的栏目 {path},开始表单里没有。"
            remedy = "请写开始表单里填身份证号或选人的栏目,如 people.id_number。"
            yield found("bars-unknown", owner, message, remedy)


def _untold(
    model: Model, owner: xml.Element, value: str, fields: Mapping[str, frozenset[str]]
) -> Iterator[Finding]:
    """Who asks how far it is names the end of a telephone that the start form asks for."""
    forms = {n.properties["form"] for n in model.of("startEvent") if "form" in n.properties}
    if not any(value in fields.get(form, ()) for form in forms):
        message = f"progress 写的栏目 {value},开始表单里没有。"
        remedy = "请写开始表单里填联系电话的栏目,如 contact_phone。"
        yield found("progress-unknown", owner, message, remedy)


def _unpassed(model: Model, owner: xml.Element, value: str) -> Iterator[Finding]:
    there = {node.id for kind in ("userTask", "startEvent") for node in model.of(kind)}
    for name in sorted(set(values(value)) - there):
        message = f"again 写的环节 {name} 不存在。"
        yield found("again-unknown", owner, message, "请写前面一个用户任务的 id,如 receive。")


def _unheard(model: Model, owner: xml.Element) -> Iterator[Finding]:
    """What lapses has a deadline, and goes on from an interrupting event on its boundary."""
    node = model.by_element[owner]
    if "deadline" not in node.properties:
        message = "写了 lapse,没有写 deadline。"
        yield found("lapse-unheard", owner, message, "请写 deadline,如 5wd from opened。")
    hearing = (one for one in node.scope.boundaries.get(node.id, ()) if one.trigger == "signal")
    if not any(one.name == lapsed(node.id) and one.interrupts for one in hearing):
        message = "写了 lapse,没有边界事件接着往下走。"
        remedy = f"请在这一步上画一个中断的信号边界事件,信号的名称是 {lapsed(node.id)}。"
        yield found("lapse-unheard", owner, message, remedy)


NAMED = {
    "form": ("表单", "forms"),
    "operation": ("操作", "operations"),
    "recheck": ("检查", "checks"),
    "start_positions": ("岗位", "positions"),
    "ledger_keepers": ("岗位", "positions"),
}


CODES = {"表单": "form", "操作": "operation", "检查": "check", "岗位": "position"}


def _unknown(
    owner: xml.Element, title: str, used: set[str], known: frozenset[str]
) -> Iterator[Finding]:
    for name in sorted(used - known):
        remedy = f"可用的{title}:{'、'.join(sorted(known)) or '无'}。"
        yield found(f"{CODES[title]}-unknown", owner, f"没有名为 {name} 的{title}。", remedy)
