"""Templates with named blanks, `${姓名}`, and the one way from a template to what is sent.

No template engine: a blank is replaced by a value once, and what the value says is never read
again. The signature is put before the text here and nowhere else; neither template nor value may
hold the brackets it stands in.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from app.core.errors import Fault
from app.messaging.text import characters, segments
from app.messaging.text.types import REFUSABLE, Extent, Purpose, Text, Variable
from app.messaging.types import OPERATORS, UNKNOWN_OPERATOR_LABEL, Operator

BLANK = re.compile(r"\$\{([^\W\d_]\w{0,19})\}")
NAME = re.compile(r"[^\W\d_]\w{0,19}")
MOST_VARIABLES = 20
LONGEST_VALUE = 100
RESERVED = frozenset({"手机号", "区市", "运营商"})  # columns that every list has
MOBILE = re.compile(r"1[3-9][0-9]{9}")
ENDINGS = ("回T退订", "回复T退订", "拒收请回复R")
REFUSALS = frozenset({"T", "TD", "N", "R", "0000", "退订"})


class Unsendable(ValueError):
    """Whoever composes has judged template and values before: this is a mistake of the program."""


def faults_of(body: str, variables: Sequence[Variable], purpose: Purpose) -> list[Fault]:
    """What keeps a template from being filed; the same rules as operators have."""
    return [
        *characters.faults_of(body, "body"),
        *_faults_of_blanks(body),
        *_faults_of_variables(body, variables),
        *_faults_of_ending(body, purpose),
    ]


def faults_of_values(variables: Sequence[Variable], values: Mapping[str, str]) -> list[Fault]:
    """What keeps one recipient's values from being filled in; paths are names of variables."""
    known = {variable.name for variable in variables}
    found = [
        Fault(name, "unknown", f"模板里没有“{name[:20]}”这个变量。")
        for name in values
        if name not in known
    ]
    for variable in variables:
        found += _faults_of_value(variable, values.get(variable.name, ""))
    return found


def compose(signature: str, body: str, values: Mapping[str, str]) -> str:
    """The whole text as it goes out. Raises: Unsendable, where brackets would forge a signature or
    a blank has no value.
    """
    for text in (signature, body, *values.values()):
        if characters.BRACKETS & set(text):
            raise Unsendable("brackets")
    if not signature:
        raise Unsendable("signature")
    try:
        return f"【{signature}】{BLANK.sub(lambda blank: values[blank[1]], body)}"
    except KeyError as error:
        raise Unsendable("value") from error


def shown(signature: str, body: str) -> str:
    """For people to read before it has values: the blanks stay as they are written."""
    return f"【{signature}】{body}"


def shown_by_operator(texts: Mapping[Operator | None, Text]) -> str:
    """As `shown`; where they differ, each under the operators whose numbers get it."""
    whose: dict[Text, list[str]] = {}
    for operator, label in [*OPERATORS.items(), (None, f"运营商{UNKNOWN_OPERATOR_LABEL}")]:
        if operator in texts:
            whose.setdefault(texts[operator], []).append(label)
    if len(whose) == 1:
        return "".join(shown(one.signature, one.body) for one in whose)
    return "\n".join(
        f"{'、'.join(labels)}：{shown(one.signature, one.body)}" for one, labels in whose.items()
    )


def extent_of(signature: str, body: str, variables: Sequence[Variable]) -> Extent:
    """The most that any values within their bounds can take."""
    bounds = {variable.name: variable.longest for variable in variables}
    blanks = sum(bounds.get(name, 0) for name in BLANK.findall(body))
    return segments.longest(segments.units_of(f"【{signature}】{BLANK.sub('', body)}") + blanks)


def fault_of_extent(extent: Extent) -> Fault | None:
    if extent.units <= segments.MOST_UNITS:
        return None
    most = segments.MOST_UNITS
    return Fault("body", "too_long", f"连签名最长 {extent.units} 字，一条信息最多 {most} 字。")


def is_refusal(reply: str) -> bool:
    """Whether a recipient's answer means 退订."""
    return characters.half_width(reply).strip(" 。.!！").upper() in REFUSALS


def _faults_of_blanks(body: str) -> Iterator[Fault]:
    rest = BLANK.sub("", body)
    if not body.strip():
        yield Fault("body", "required", "请写短信正文。")
    elif not rest.strip():
        yield Fault("body", "all_variable", "正文不能全是变量，运营商不予备案。")
    if set("{}") & set(rest) or "${" in rest:
        told = "变量要写成 ${姓名} 这样：名称用汉字、字母、数字，不超过 20 个字。别处不要用花括号。"
        yield Fault("body", "blank", told)
    places = list(BLANK.finditer(body))
    if any(not body[one.end() : other.start()].strip() for one, other in pairwise(places)):
        yield Fault("body", "adjacent", "两个变量不能紧挨着，中间要有文字。")


def _faults_of_variables(body: str, variables: Sequence[Variable]) -> Iterator[Fault]:
    used, declared = set(BLANK.findall(body)), [variable.name for variable in variables]
    if len(declared) > MOST_VARIABLES:
        yield Fault("variables", "too_many", f"变量最多 {MOST_VARIABLES} 个。")
    for name in sorted(used - set(declared)):
        yield Fault("variables", "undeclared", f"正文里有 ${{{name}}}，变量表里没有。")
    for n, variable in enumerate(variables):
        path = f"variables.{n}"
        if not NAME.fullmatch(variable.name):
            yield Fault(f"{path}.name", "name", "变量名用汉字、字母、数字，不超过 20 个字。")
        elif variable.name in RESERVED:
            told = f"名单里已经有“{variable.name}”一列，变量请换一个名称。"
            yield Fault(f"{path}.name", "reserved", told)
        elif variable.name in declared[:n]:
            yield Fault(f"{path}.name", "twice", f"“{variable.name}”列了两次。")
        elif variable.name not in used:
            yield Fault(f"{path}.name", "unused", f"正文里没有 ${{{variable.name}}}。")
        if not 1 <= variable.longest <= LONGEST_VALUE:
            yield Fault(f"{path}.longest", "range", f"最长字数要在 1 至 {LONGEST_VALUE} 之间。")
        for fault in _faults_of_value(variable, variable.example):
            yield Fault(f"{path}.example", fault.code, fault.message)


def _faults_of_ending(body: str, purpose: Purpose) -> Iterator[Fault]:
    has = any(ending in body for ending in ENDINGS)
    shown = "”或者“".join(ENDINGS)
    if purpose in REFUSABLE and not body.endswith(ENDINGS):
        yield Fault("body", "no_refusal", f"这类信息要以“{shown}”结尾，收到的人才能退订。")
    elif purpose not in REFUSABLE and has:
        yield Fault("body", "refusal", f"业务通知不写“{shown}”：退订以后就收不到办理结果了。")


def _faults_of_value(variable: Variable, value: str) -> list[Fault]:
    name = variable.name
    if not value.strip():
        return [Fault(name, "required", f"没有填“{name}”。")]
    found = list(characters.faults_of(value, name))
    if characters.has_link(value):
        found.append(Fault(name, "link", characters.MESSAGES["link"]))
    if (units := segments.units_of(value)) > variable.longest:
        told = f"“{name}”最长 {variable.longest} 字，这里有 {units} 字（生僻字和表情算两个）。"
        found.append(Fault(name, "too_long", told))
    return found
