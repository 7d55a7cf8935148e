"""Identity numbers, phone numbers and plain numbers."""

import re
from datetime import date
from typing import Any

from forms import normalise
from forms.definition import Component
from forms.kinds.base import Problem, Reading, judge_text, wrong
from forms.types import Context

_MAX_NUMBER = 10**15
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})-[2-9][0-9]{6,7}(?:-[0-9]{1,6})?")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]+")


def id_number(_component: Component, raw: Any, context: Context) -> Reading:
    if not isinstance(raw, str):
        return wrong(raw, "18 位号码组成的文字")
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
    if _check_digit(number[:17]) != number[17]:
        return Problem("id_check_digit", "校验不对，请逐位核对证件")
    return None


def lengthened(number: str) -> str:
    """A number of 15 digits, as given until 1999, in its form of 18; any other as it is.

    It had two digits for the year of birth and no check digit. GB 11643 keeps 996 to 999 for
    people born before 1900, whom no office employs, so the century is always the twentieth.
    """
    if len(number) != 15 or not (number.isascii() and number.isdigit()):
        return number
    body = f"{number[:6]}19{number[6:]}"
    return body + _check_digit(body)


def _check_digit(body: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True))
    return _CHECK_DIGITS[total % 11]


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


def phone(component: Component, raw: Any, _context: Context) -> Reading:
    if not isinstance(raw, str):
        return wrong(raw, "号码组成的文字")
    value = normalise.phone(raw)
    return judge_text(component, value, phone_problem(value, component.subtype))


def phone_problem(number: str, subtype: str | None = None) -> Problem | None:
    if _MOBILE.fullmatch(number):
        return None
    if subtype == "mobile":
        return Problem("phone", "不是手机号，请填 1 开头的 11 位号码")
    if _LANDLINE.fullmatch(number):
        return None
    return Problem("phone", "不对，请填 11 位手机号，或 0718-8200000 这样的座机号")


def number(component: Component, raw: Any, _context: Context) -> Reading:
    if isinstance(raw, str):
        return _wrong_number(raw) if raw.strip() else Reading(None)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return wrong(raw, "数字")
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
