"""Row by row: is the number one, is the area the sender's own (R13), do the values fit the blanks.

Then the sieves, each number once. What is kept is frozen: its digest changes with one character.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from app.core import crypto
from app.core.tables import Line
from app.messaging.audience.reading import AREA, OPERATOR, PHONE, field_of
from app.messaging.audience.types import (
    Audience,
    Block,
    Funnel,
    LeftOut,
    Recipient,
    RowFault,
    Version,
    Wanted,
)
from app.messaging.text import templates
from app.messaging.types import OPERATORS, UNKNOWN_OPERATOR_LABEL, Operator
from forms import normalise

UNFILED = "{}没有备案这个模板，不能发给它的号码。"
AMBIGUOUS = "各运营商备案的正文不同，请填这个号码的运营商。"
UNKNOWN = "请填移动、联通或者电信，不知道的空着。"

Blocked = Callable[[Collection[str]], Mapping[str, Block]]


def judge(lines: Iterable[Line], wanted: Wanted, blocked: Blocked) -> Audience:
    """`blocked` says of many numbers at once which are not to be written to, and why."""
    good: list[Recipient] = []
    faults: list[RowFault] = []
    read = 0
    for line in lines:
        read += 1
        found = [*_faults_of(line, wanted)] or [*_words_of(line, wanted)]
        faults += found
        if not found:
            good.append(_recipient(line, wanted))
    kept, left_out = _sieved(good, blocked)
    funnel = Funnel(
        read=read,
        faulty=read - len(good),
        blocked=dict(Counter(one.block for one in left_out)),
        kept=len(kept),
        by_area=dict(sorted(Counter(one.area for one in kept).items())),
        by_operator=dict(Counter(one.operator for one in kept)),
    )
    return Audience(tuple(kept), tuple(faults), tuple(left_out), funnel)


def digest(recipients: Iterable[Recipient]) -> bytes:
    """Of the frozen list, keyed: numbers could be guessed from a plain one."""
    return crypto.keyed_hash_of_rows(
        [one.phone, one.area, dict(one.values), *([one.operator] if one.operator else [])]
        for one in recipients
    )


def _faults_of(line: Line, wanted: Wanted) -> Iterator[RowFault]:
    phone = normalise.phone(line.fields.get("phone", ""))
    if not phone:
        yield RowFault(line.n, PHONE, "required", "没有填手机号。")
    elif not templates.MOBILE.fullmatch(phone):
        yield RowFault(line.n, PHONE, "phone", "不是 11 位手机号，请核对；座机收不到短信。")
    yield from _faults_of_area(line, wanted)
    yield from _faults_of_operator(line, wanted)
    if version := _version(line, wanted):
        for fault in templates.faults_of_values(version.variables, _values(line, version)):
            yield RowFault(line.n, fault.path, fault.code, fault.message)


def _words_of(line: Line, wanted: Wanted) -> Iterator[RowFault]:
    """Of a line without another fault, since only such a one makes a text."""
    version = _version(line, wanted)
    if version and version.variables and version.says(_values(line, version)):
        told = "填进正文以后有不发的词，请换一种说法。"
        yield RowFault(line.n, version.variables[0].name, "word", told)


def _faults_of_area(line: Line, wanted: Wanted) -> Iterator[RowFault]:
    given = normalise.line(line.fields.get("area", ""))
    if not given:
        if wanted.needs_area:
            yield RowFault(line.n, AREA, "required", "没有填区市。")
        return
    code = wanted.areas.known.get(given)
    if code is None:
        yield RowFault(line.n, AREA, "unknown_area", "没有这个区市，请照单位名称填写。")
    elif code not in wanted.areas.own:
        yield RowFault(line.n, AREA, "foreign", "不是本区市的人，不能由本单位发送。")


def _faults_of_operator(line: Line, wanted: Wanted) -> Iterator[RowFault]:
    """Never taken from the number: people keep theirs when they change (携号转网)."""
    if _word(line) and _operator(line) is None:
        yield RowFault(line.n, OPERATOR, "unknown_operator", UNKNOWN)
    elif _version(line, wanted) is None:
        operator = _operator(line)
        told = UNFILED.format(OPERATORS[operator]) if operator else AMBIGUOUS
        yield RowFault(line.n, OPERATOR, "not_filed" if operator else "required", told)


def _word(line: Line) -> str:
    word = normalise.line(line.fields.get("operator", "")).removeprefix("中国")
    return "" if word == UNKNOWN_OPERATOR_LABEL else word


def _operator(line: Line) -> Operator | None:
    """None: not known, or no operator."""
    return next((one for one, label in OPERATORS.items() if label == _word(line)), None)


def _version(line: Line, wanted: Wanted) -> Version | None:
    """The text that this line would get."""
    return wanted.versions.get(_operator(line))


def _recipient(line: Line, wanted: Wanted) -> Recipient:
    """Of a line without a fault."""
    given = normalise.line(line.fields.get("area", ""))
    area = wanted.areas.known[given] if given else next(iter(wanted.areas.own))
    phone = normalise.phone(line.fields["phone"])
    operator = _operator(line)
    return Recipient(line.n, phone, area, _values(line, wanted.versions[operator]), operator)


def _values(line: Line, version: Version) -> dict[str, str]:
    """No more than its text needs, whatever other versions ask for."""
    return {one.name: line.fields.get(field_of(one.name), "").strip() for one in version.variables}


def _sieved(good: Sequence[Recipient], blocked: Blocked) -> tuple[list[Recipient], list[LeftOut]]:
    """The first row of a number stays; a number that is blocked is counted once as blocked."""
    first: dict[str, Recipient] = {}
    left_out = [
        LeftOut(one.row, Block.DUPLICATE)
        for one in good
        if first.setdefault(one.phone, one) is not one
    ]
    reasons = blocked(first.keys())
    kept = []
    for phone, one in first.items():
        if phone in reasons:
            left_out.append(LeftOut(one.row, reasons[phone]))
        else:
            kept.append(one)
    return kept, sorted(left_out, key=lambda each: each.row)
