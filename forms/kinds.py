"""One value at a time: for each component type a reader that normalises and judges it.

A reader takes any JSON value and never raises. Its hints continue the label:
身份证号 + 校验不对，请逐位核对证件.
"""

import base64
import binascii
import re
import struct
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple

from forms import normalise
from forms.definition import LIST_TYPES, Component
from forms.types import Choice, Context, Find

MAX_ITEMS = 200
MAX_IMAGE = 300_000  # characters of base64: a drawn signature needs a tenth of it
_MAX_NUMBER = 10**15
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})-[2-9][0-9]{6,7}(?:-[0-9]{1,6})?")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]+")
_NAME_SIGNS = "·-'’ "


class Problem(NamedTuple):
    code: str
    hint: str
    at: str = ""  # the item inside a list, as a further piece of the path


class Reading(NamedTuple):
    value: Any
    problems: tuple[Problem, ...] = ()


Reader = Callable[[Component, Any, Context], Reading]


def read(component: Component, raw: Any, context: Context) -> Reading:
    """The written form of `raw` and what is wrong with it; an empty value has no problem here."""
    if raw is None:
        return Reading(empty_value(component))
    return _READERS[component.type](component, raw, context)


def empty_value(component: Component) -> Any:
    """What stands in the answers where nothing was given."""
    if component.type in LIST_TYPES or component.type == "dynamiclist":
        return []
    if component.type == "checkbox":
        return False
    return None if component.type in {"number", "signature"} else ""


def is_empty(component: Component, value: Any) -> bool:
    # A required box must be ticked, so its False is empty; the number 0 is not.
    return value is None or value in ("", []) or (component.type == "checkbox" and value is False)


def choices(component: Component, context: Context) -> Sequence[Choice]:
    if component.values_key:
        return tuple(context.values.get(component.values_key, ()))
    return component.values


def _wrong(raw: Any, what: str) -> Reading:
    kept = raw if isinstance(raw, str | bool | int | float) else ""
    return Reading(kept, (Problem("wrong_type", f"应当是{what}，请改过来"),))


def _text(component: Component, raw: Any, _context: Context) -> Reading:
    if not isinstance(raw, str):
        return _wrong(raw, "一段文字")
    if component.subtype == "person_name":
        value = normalise.person_name(raw)
    elif component.type == "textfield":
        value = normalise.line(raw)
    else:
        value = normalise.text(raw)
    return _judge_text(component, value, _name_problem(component, value))


def _name_problem(component: Component, name: str) -> Problem | None:
    if component.subtype != "person_name" or not name:
        return None
    # A full stop belongs to initials: J. Smith.
    bare = name.replace(".", "") if re.search("[A-Za-z]", name) else name
    if all(map(_may_stand_in_name, bare)) and bare.strip(_NAME_SIGNS):
        return None
    return Problem("pattern", "里只能有汉字、字母和间隔号“·”，请去掉别的符号")


def _may_stand_in_name(character: str) -> bool:
    # Cn and Co: ideographs newer than this Python's tables, and those that older systems
    # keep in the private area; both are on real identity cards.
    category = unicodedata.category(character)
    return category[0] in "LM" or category in {"Cf", "Cn", "Co"} or character in _NAME_SIGNS + "〇"


def _judge_text(component: Component, value: str, own: Problem | None = None) -> Reading:
    rules, length = component.rules, len(value)
    if not value:
        return Reading(value)
    if rules.max_length is not None and length > rules.max_length:
        hint = f"太长，现在 {_spaced(length)} 个字，最多 {_spaced(rules.max_length)} 个字"
        return Reading(value, (Problem("too_long", hint),))
    if rules.min_length is not None and length < rules.min_length:
        hint = f"太短，现在 {length} 个字，最少 {_spaced(rules.min_length)} 个字"
        return Reading(value, (Problem("too_short", hint),))
    if own:
        return Reading(value, (own,))
    if rules.pattern and not rules.pattern.fullmatch(value):
        return Reading(value, (Problem("pattern", "写法不对，请照栏目的说明填写"),))
    return Reading(value)


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _id_number(_component: Component, raw: Any, context: Context) -> Reading:
    if not isinstance(raw, str):
        return _wrong(raw, "18 位号码组成的文字")
    value = normalise.id_number(raw)
    problem = id_number_problem(value, context.today) if value else None
    return Reading(value, (problem,) if problem else ())


def id_number_problem(number: str, today: date) -> Problem | None:
    """GB 11643, without a list of areas: numbers of abolished counties stay valid."""
    if len(number) != 18:
        return _id_length(number)
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", number):
        return Problem("pattern", "只能有数字，最后一位可以是 X，请逐位核对证件")
    if not _is_birth_date(number[6:14], today):
        return Problem("id_date", "里的出生日期不对，请核对第 7 至 14 位")
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[:17], strict=True))
    if _CHECK_DIGITS[total % 11] != number[17]:
        return Problem("id_check_digit", "校验不对，请逐位核对证件")
    return None


def _id_length(number: str) -> Problem:
    if _SCIENTIFIC.fullmatch(number):
        return Problem("id_length", "被 Excel 改成了科学计数，请把这一列设为文本后重新填写")
    if len(number) == 15 and number.isdigit():
        return Problem("id_length", "是 15 位的旧号，请按现用证件填 18 位")
    return Problem("id_length", f"应当是 18 位，现在是 {len(number)} 位，请逐位核对证件")


def _is_birth_date(digits: str, today: date) -> bool:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return date(1900, 1, 1) <= born <= today


def _phone(component: Component, raw: Any, _context: Context) -> Reading:
    if not isinstance(raw, str):
        return _wrong(raw, "号码组成的文字")
    value = normalise.phone(raw)
    return _judge_text(component, value, _phone_problem(component, value))


def _phone_problem(component: Component, number: str) -> Problem | None:
    if _MOBILE.fullmatch(number):
        return None
    if component.subtype == "mobile":
        return Problem("phone", "不是手机号，请填 1 开头的 11 位号码")
    if _LANDLINE.fullmatch(number):
        return None
    return Problem("phone", "不对，请填 11 位手机号，或 0718-8200000 这样的座机号")


def _number(component: Component, raw: Any, _context: Context) -> Reading:
    if isinstance(raw, str):
        return _wrong_number(raw) if raw.strip() else Reading(None)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return _wrong(raw, "数字")
    if not abs(raw) < _MAX_NUMBER:  # also true of NaN
        return Reading(None, (Problem("number", "太大了，请核对"),))
    low, high = component.rules.min, component.rules.max
    if isinstance(low, int | float) and raw < low:
        return Reading(raw, (Problem("too_small", f"不能小于 {low}"),))
    if isinstance(high, int | float) and raw > high:
        return Reading(raw, (Problem("too_large", f"不能大于 {high}"),))
    return Reading(raw)


def _wrong_number(raw: str) -> Reading:
    return Reading(raw, (Problem("number", "要填数字，例如 3 或 2.5"),))


def _datetime(component: Component, raw: Any, context: Context) -> Reading:
    if not isinstance(raw, str):
        return _wrong(raw, "写成文字的日期或时间")
    value = normalise.line(raw)
    if not value:
        return Reading("")
    return _MOMENTS[component.subtype](component, value, context)


def _date(component: Component, value: str, context: Context) -> Reading:
    try:
        day = date.fromisoformat(value) if re.fullmatch(r"[0-9-]{10}", value) else None
    except ValueError:
        day = None
    if day is None:
        hint = "要写成 2026-11-21 这样的日期，并且确有这一天"
        return Reading(value, (Problem("date", hint),))
    return Reading(day.isoformat(), _bounds(component, day, context))


def _moment(component: Component, value: str, context: Context) -> Reading:
    try:
        moment = datetime.fromisoformat(value) if re.match(r"[0-9-]{10}T", value) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        hint = "要写成 2026-11-21T10:24:00+08:00 这样的时间"
        return Reading(value, (Problem("date", hint),))
    return Reading(moment.isoformat(), _bounds(component, moment.date(), context))


def _time(_component: Component, value: str, _context: Context) -> Reading:
    if not re.fullmatch(r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?", value):
        return Reading(value, (Problem("date", "要写成 10:24 这样的时刻"),))
    return Reading(time.fromisoformat(value).isoformat("minutes"))


def _bounds(component: Component, day: date, context: Context) -> tuple[Problem, ...]:
    first, last = (_day(bound, context) for bound in (component.rules.min, component.rules.max))
    if first and day < first:
        return (Problem("too_early", f"不能早于 {first:%Y-%m-%d}"),)
    if last and day > last:
        return (Problem("too_late", f"不能晚于 {last:%Y-%m-%d}"),)
    return ()


def _day(bound: Any, context: Context) -> date | None:
    if not isinstance(bound, str):
        return None
    return context.today if bound == "today" else date.fromisoformat(bound)


def _checkbox(_component: Component, raw: Any, _context: Context) -> Reading:
    return Reading(raw) if isinstance(raw, bool) else _wrong(raw, " true 或 false")


def _choice(component: Component, raw: Any, context: Context) -> Reading:
    if not isinstance(raw, str):
        return _wrong(raw, "选项的值（文字）")
    value = normalise.line(raw)
    offered = choices(component, context)
    if value and all(choice.value != value for choice in offered):
        return Reading(value, (_not_a_choice(offered),))
    return Reading(value)


def _not_a_choice(offered: Sequence[Choice], at: str = "") -> Problem:
    labels = "、".join(choice.label for choice in offered[:6])
    more = "等" if len(offered) > 6 else ""
    rest = f"，请从{labels}{more}中选" if labels else "，现在没有可选的，请联系管理员"
    return Problem("not_a_choice", "不在选项里" + rest, at)


def _items(component: Component, raw: Any, context: Context) -> Reading:
    if not isinstance(raw, list):
        return _wrong(raw, "一组选项（列表）")._replace(value=[])
    offered = choices(component, context)
    allowed = {choice.value for choice in offered}
    problems = [
        _not_a_choice(offered, str(n)) if isinstance(item, str) else _wrong_item(n)
        for n, item in enumerate(raw[:MAX_ITEMS])
        if not isinstance(item, str) or item not in allowed
    ]
    value = [item for item in raw[:MAX_ITEMS] if isinstance(item, str) and item in allowed]
    return Reading(value, (*problems, *_count(component, raw, len(set(value)) < len(value))))


def _wrong_item(n: int) -> Problem:
    return Problem("wrong_type", "里的每一项应当是文字，请改过来", str(n))


def _count(component: Component, raw: list[Any], has_twins: bool) -> tuple[Problem, ...]:
    low, high = component.rules.min, component.rules.max
    high = high if isinstance(high, int) else MAX_ITEMS
    if len(raw) > high:
        return (Problem("too_many_items", f"最多 {high} 项，现在有 {len(raw)} 项"),)
    if raw and isinstance(low, int) and len(raw) < low:
        return (Problem("too_few_items", f"最少 {low} 项，现在有 {len(raw)} 项"),)
    return (Problem("duplicate", "里有重复的，请去掉一个"),) if has_twins else ()


def _files(component: Component, raw: Any, context: Context) -> Reading:
    if not isinstance(raw, list):
        return _wrong(raw, "一组附件编号（列表）")._replace(value=[])
    problems, value = [], []
    for n, item in enumerate(raw[:MAX_ITEMS]):
        key = str(item) if _is_file_id(item) else ""
        if not key:
            problems.append(Problem("wrong_type", "里的每一项应当是附件编号", str(n)))
        elif context.find_file and context.find_file(key) is None:
            problems.append(Problem("not_a_choice", "里有找不到的附件，请重新上传", str(n)))
        else:
            value.append(item)
    if not component.multiple and len(raw) > 1:
        problems.append(Problem("too_many_items", f"只能有 1 个，现在有 {len(raw)} 个"))
    twins = len({str(item) for item in value}) < len(value)
    return Reading(value, (*problems, *_count(component, raw, twins)))


def _is_file_id(item: Any) -> bool:
    if isinstance(item, str):
        return bool(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", item))
    return isinstance(item, int) and not isinstance(item, bool) and 0 < item < 2**63


def _found(component: Component, raw: Any, find: Find | None, what: str) -> Reading:
    if not isinstance(raw, str):
        return _wrong(raw, f"{what}（文字）")
    value = normalise.line(raw)
    reading = _judge_text(component, value)
    if value and not reading.problems and find and find(value) is None:
        return Reading(value, (Problem("not_a_choice", f"查不到，请填{what}"),))
    return reading


def _person(component: Component, raw: Any, context: Context) -> Reading:
    return _found(component, raw, context.find_person, "在册人员的登录名")


def _unit(component: Component, raw: Any, context: Context) -> Reading:
    return _found(component, raw, context.find_unit, "在册单位的编码")


def _signature(_component: Component, raw: Any, _context: Context) -> Reading:
    if not isinstance(raw, dict):
        return Reading(None, (Problem("wrong_type", "应当是手写签名或留存签名"),))
    if raw == {"kind": "stored"}:
        return Reading({"kind": "stored"})
    image = raw.get("image")
    if raw.keys() != {"kind", "image"} or raw["kind"] != "drawn" or not isinstance(image, str):
        return Reading(None, (Problem("wrong_type", "应当是手写签名或留存签名"),))
    bare = image.removeprefix("data:image/png;base64,")
    if len(bare) > MAX_IMAGE:
        return Reading(None, (Problem("too_long", "的图片太大，请重新签名"),))
    if not _is_small_png(bare):
        return Reading(None, (Problem("pattern", "的图片读不出来，请重新签名"),))
    return Reading({"kind": "drawn", "image": bare})


def _is_small_png(encoded: str) -> bool:
    try:
        image = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    if len(image) < 33 or image[:8] != b"\x89PNG\r\n\x1a\n" or image[12:16] != b"IHDR":
        return False
    width, height = struct.unpack(">II", image[16:24])
    return bool(0 < width <= 2000 and 0 < height <= 2000)


_MOMENTS: dict[str, Callable[[Component, str, Context], Reading]] = {
    "date": _date,
    "datetime": _moment,
    "time": _time,
}
_READERS: dict[str, Reader] = {
    "textfield": _text,
    "textarea": _text,
    "opinion": _text,
    "id_number": _id_number,
    "phone": _phone,
    "number": _number,
    "datetime": _datetime,
    "checkbox": _checkbox,
    "select": _choice,
    "radio": _choice,
    "checklist": _items,
    "taglist": _items,
    "filepicker": _files,
    "person": _person,
    "unit": _unit,
    "signature": _signature,
}
