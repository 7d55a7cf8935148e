"""File names as they are shown: what is no letter of a name is taken out, the rest is kept."""

import re
import unicodedata

from app.attachments.types import MAX_NAME

_SEPARATORS = re.compile(r"[\\/]")
_FORBIDDEN = re.compile(r'[<>:"|?*%;]')
# 花名册.exe.pdf: systems that hide known extensions would show 花名册.exe.
_INNER_EXTENSION = re.compile(r"\.(?=[A-Za-z][A-Za-z0-9]{1,4}$)")
_NOTHING = "文件"


def tidy(given: str) -> tuple[str, str]:
    """Stem and lower-case extension of a name as a browser sent it, path and tricks taken off."""
    last = _SEPARATORS.split(given)[-1]
    text = unicodedata.normalize("NFC", "".join(filter(_is_kept, last)))
    text = _FORBIDDEN.sub("_", " ".join(text.split()))
    stem, dot, extension = text.rpartition(".")
    if not dot:
        stem, extension = text, ""
    return stem.strip(" ."), extension.strip().lower()


def joined(stem: str, extension: str) -> str:
    """A name of at most 100 characters that ends in its one extension."""
    while (plain := _INNER_EXTENSION.sub("_", stem)) != stem:
        stem = plain
    room = MAX_NAME - len(extension) - 1
    return f"{stem[:room].strip(' .') or _NOTHING}.{extension}"


def _is_kept(character: str) -> bool:
    """No controls, no direction overrides, no halves of characters; spaces of any kind stay."""
    return character.isspace() or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}
