"""Characters that have no place in a message: unseen, deceiving, or taken by the signature."""

import re
import unicodedata
from collections.abc import Iterator

from app.core.errors import Fault

# Letters and marks by their category, and yet nothing is seen of them.
UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"  # fillers, joiners
)
BRACKETS = frozenset("【】")
# Operators give back texts with these.
REFUSED = frozenset("★※✓¥")
_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_ENDS = frozenset("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
_FACE = "^_^"
_MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
_LINK = re.compile(r"://|\bwww\.", re.IGNORECASE)
MESSAGES = {
    "line_end": "短信写成一段，不能换行。",
    "direction": "有改变文字方向的符号，看不见但会让人读错。",
    "unseen": "有看不见的字符，多半是从网页或文档里带过来的。",
    "unprintable": "有手机显示不出来的字符。",
    "brackets": "不能有【】：它只用于签名，由系统加在最前面。",
    "refused": "有运营商不收的符号（★ ※ ✓ ¥ ^_^）。",
    "mobile": "不能写个人手机号，联系电话请用单位的座机。",
    "link": "这里不能是网址：链接只能写在模板里，随模板备案。",
}


def kind_of(character: str) -> str:
    """Why it is not taken, as a key of MESSAGES; empty for one that is."""
    if character in _LINE_ENDS:
        return "line_end"
    if character in _DIRECTION:
        return "direction"
    if character in BRACKETS:
        return "brackets"
    if character in REFUSED:
        return "refused"
    category = unicodedata.category(character)
    if category == "Cf" or character in UNSEEN:
        return "unseen"
    if category in {"Cc", "Cs", "Co", "Zl", "Zp"} or ord(character) & 0xFFFE == 0xFFFE:
        return "unprintable"
    return ""


def faults_of(text: str, path: str) -> Iterator[Fault]:
    """One a kind, with the place of the first, counted from 1."""
    seen: set[str] = set()
    for at, character in enumerate(text, start=1):
        kind = kind_of(character)
        if kind and kind not in seen:
            seen.add(kind)
            yield Fault(path, kind, f"第 {at} 个字：{MESSAGES[kind]}")
    if _FACE in unicodedata.normalize("NFKC", text) and "refused" not in seen:
        yield Fault(path, "refused", MESSAGES["refused"])
    if _MOBILE.search(half_width(text)):
        yield Fault(path, "mobile", MESSAGES["mobile"])


def has_link(text: str) -> bool:
    return _LINK.search(half_width(text)) is not None


def half_width(text: str) -> str:
    """Without blanks: 138 0013 8000 is the same number."""
    folded = unicodedata.normalize("NFKC", text)
    return re.sub(r"(?<=[0-9])[\s-]+(?=[0-9])", "", folded)
