"""The fonts of printed forms: their folder, the private fontconfig file, and what they cover.

TrueType outlines only: region-subset OpenType fonts come out blank or as boxes in some readers.
"""

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from unicodedata import category
from xml.sax.saxutils import escape

from fontTools.ttLib import TTFont, TTLibError

from pdf.types import RenderFailed

# Every value may be printed in the text face, so that face and the rare-character fonts decide.
TEXT_FACE = "NotoSerifSC_400Regular.ttf"
REQUIRED = (TEXT_FACE, "NotoSerifSC_700Bold.ttf", "NotoSansSC_400Regular.ttf")
RARE = ("HanaMinA.ttf", "HanaMinB.ttf")
# Where the system package puts the rare characters; used where the folder has none.
RARE_FOLDER = Path("/usr/share/fonts/truetype/hanazono")
# Letters by category, but fonts rightly draw nothing for them.
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")

_CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
{folders}
  <cachedir>{cache}</cachedir>
  <config><rescan><int>0</int></rescan></config>
</fontconfig>
"""


class FontsMissing(Exception):
    """Fonts without which no form can be printed are not in the folder."""


def default_folder(environment: Mapping[str, str] = os.environ) -> Path:
    return Path(environment.get("BANJIAN_FONTS") or "var/fonts").absolute()


def prepare_fonts(sources: Iterable[Path], target: Path) -> tuple[str, ...]:
    """Gather the fonts from the source folders; return the rare-character fonts not found.

    Raises: FontsMissing, if a font that every form needs is in no source.
    """
    target.mkdir(parents=True, exist_ok=True)
    wanted = {name for name in (*REQUIRED, *RARE) if not (target / name).is_file()}
    for source in sources:
        for name in sorted(wanted):
            found = next(source.rglob(name), None)
            if found is not None:
                _place(found, target / name)
                wanted.discard(name)
    missing = [name for name in REQUIRED if name in wanted]
    if missing:
        raise FontsMissing(f"缺少打印字体：{'、'.join(missing)}")
    return tuple(name for name in RARE if name in wanted)


def _place(source: Path, target: Path) -> None:
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    try:
        os.link(source.resolve(), part)
    except OSError:  # another file system, or links not allowed
        shutil.copyfile(source, part)
    part.replace(target)


def write_configuration(folder: Path) -> Path:
    """Write the fontconfig file that shows these fonts and nothing else of the system.

    Raises: FontsMissing.
    """
    missing = [name for name in REQUIRED if not (folder / name).is_file()]
    if missing:
        raise FontsMissing(f"{folder} 中缺少打印字体：{'、'.join(missing)}")
    cache = folder / "cache"
    cache.mkdir(exist_ok=True)
    path = folder / "fonts.conf"
    folders = sorted({font.parent for font in _present(folder)})
    text = _CONFIGURATION.format(
        folders="\n".join(f"  <dir>{escape(str(one))}</dir>" for one in folders),
        cache=escape(str(cache)),
    )
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        part = folder / f"fonts.conf.{os.getpid()}"
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    return path


@dataclass(frozen=True)
class Coverage:
    """Which characters the fonts can print."""

    characters: frozenset[int]

    @classmethod
    def of(cls, folder: Path) -> "Coverage":
        found: set[int] = set()
        for path in _present(folder):
            if path.name in {TEXT_FACE, *RARE}:
                found.update(covered(path))
        return cls(frozenset(found - {ord(letter) for letter in _BLANK_LETTERS}))

    def missing(self, text: str) -> str:
        """The first character of the text that would be a box on paper, or nothing."""
        for character in text:
            if character == "\n" or _is_variation_selector(character):
                continue
            # Invisible controls would vanish or turn the line around: no name contains them.
            if category(character) in {"Cc", "Cf", "Cs"} or ord(character) not in self.characters:
                return character
        return ""

    def spelled(self, text: str) -> str:
        """The text as far as it can be printed; of other characters the number: 〔U+1F600〕."""
        plain = text.replace("\t", " ").replace("\r", "\n")
        return "".join(f"〔U+{ord(one):04X}〕" if self.missing(one) else one for one in plain)

    def check(self, path: str, text: str, owner: str) -> None:
        """Refuse a value that cannot be printed as it is.

        Raises: RenderFailed missing_glyph, with the path of the field and the character.
        """
        character = self.missing(text)
        if character:
            code = f"U+{ord(character):04X}"
            shown = f"“{character}”（{code}）" if character.isprintable() else code
            raise RenderFailed(
                "missing_glyph",
                f"{owner or path}含有字体中没有的字符{shown}，不能打印；"
                "请更正，或请管理员补充字体。",
                path=path,
                character=character,
            )


def _present(folder: Path) -> tuple[Path, ...]:
    places = [folder / name for name in (*REQUIRED, *RARE)]
    places += [RARE_FOLDER / name for name in RARE if not (folder / name).is_file()]
    return tuple(place for place in places if place.is_file())


def unusable(folder: Path) -> tuple[str, ...]:
    """What is not there, or no font: of the fonts every form needs, and of the rare characters."""
    readable = {place.name for place in _present(folder) if _is_font(place)}
    return tuple(name for name in (*REQUIRED, *RARE) if name not in readable)


def _is_font(path: Path) -> bool:
    try:
        return bool(covered(path))
    except (OSError, TTLibError):
        return False


def covered(path: Path) -> frozenset[int]:
    """The characters it has glyphs for."""
    with path.open("rb") as file, TTFont(file, lazy=True) as font:
        # Glyphs without names of their own are named after the very table that is asked for; those
        # names cost four fifths of the time, and nobody reads them.
        font.setGlyphOrder([f"glyph{n}" for n in range(font["maxp"].numGlyphs)])
        return frozenset(font.getBestCmap() or ())


def _is_variation_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
