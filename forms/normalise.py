"""Brings what people type into one written form; judges nothing.

Names are never passed through NFKC or NFC: both replace compatibility ideographs, and a
person's name must stay the character on the identity card.
"""

import re
import unicodedata

# Bullets that input methods offer for the dot of 阿卜杜拉·麦麦提. The full stop counts
# only between Han characters: in "J. Smith" it is a full stop.
_DOTS = "\u00b7\u2022\u2027\u2219\u22c5\u30fb\uff65\u16eb\u0387\u1427"
_HAN = "\u2e80-\u2fdf\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_NAME_DOT = re.compile(rf"\s*[{_DOTS}]\s*")
_STOP_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}])\s*[.\uff0e]\s*(?=[{_HAN}])")
_SPACE_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}])\s+(?=[{_HAN}])")
_COUNTRY_CODE = re.compile(r"^(?:\+|00)86|^86(?=1[3-9][0-9]{9}$)")
_DASHES = re.compile(r"[\u2010-\u2015\u2212]")
# Joiners are letters' business in several scripts; every other format character
# (zero width space, direction override) is invisible and may deceive the reader.
_JOINERS = "\u200c\u200d"


def visible(raw: str) -> str:
    """Line ends become one kind; controls and invisible characters go, tabs stay."""
    unified = re.sub(r"\r\n?|[\u0085\u2028\u2029\x0b\x0c]", "\n", raw)
    return "".join(c for c in unified if c in "\n\t" or _is_visible(c))


def text(raw: str) -> str:
    return visible(raw).strip()


def line(raw: str) -> str:
    return re.sub(r"\s+", " ", text(raw))


def person_name(raw: str) -> str:
    name = _NAME_DOT.sub("\u00b7", line(raw))
    name = _STOP_BETWEEN_HAN.sub("\u00b7", name)
    return _SPACE_BETWEEN_HAN.sub("", name)


def id_number(raw: str) -> str:
    # Excel users guard numbers with a leading apostrophe.
    return re.sub(r"[\s-]+", "", _half_width(raw)).lstrip("'").upper()


def phone(raw: str) -> str:
    """A mobile number as 11 digits; a landline as 0718-8200000 or 0718-8200000-12."""
    bare = re.sub(r"[\s()]+", "", _DASHES.sub("-", _half_width(raw))).lstrip("'")
    bare = _COUNTRY_CODE.sub("", bare).lstrip("-")
    digits = bare.replace("-", "")
    if re.fullmatch(r"1[3-9][0-9]{9}", digits):
        return digits
    return re.sub(r"^(0(?:10|2[0-9]|[3-9][0-9]{2}))(?=[0-9])", r"\1-", bare)


def is_storable(raw: str) -> bool:
    """No NUL and no lone surrogate, which neither UTF-8 nor a database takes."""
    return "\x00" not in raw and not re.search("[\ud800-\udfff]", raw)


def _half_width(raw: str) -> str:
    return unicodedata.normalize("NFKC", line(raw))


def _is_visible(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) not in {"Cc", "Cf", "Cs"}
