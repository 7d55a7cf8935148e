"""Fills a printed form: a walker over HTML in which a value becomes text and never markup.

The whole language (paths are dotted, a trailing `?` allows the value to be absent):

    {a.b}                     placeholder inside text
    data-field="a.b"          the text of the element
    data-date="a.b?"          a date spaced for paper; blank room where there is none
    data-if="a.b !c d|e f=word"  keep the element only if all of these hold: there is an a.b,
                              there is no c, there is a d or an e, f reads so; g>700 has more
                              than 700 characters
    data-repeat="a.people"    one copy of the element a row, whose keys then come first
    data-image="a.b?"         <img> from a PNG data URL, one for each of several; removed where
                              there is none
    data-draw="qr" (+ field)  <img> drawn by one of our own drawings
    data-break="word"         start a new line before this word of the value
    data-long="120"           class `long` where the value has more characters
    data-most="700"           no more of the value than so many characters, and that the rest stands
                              on the 附页

Parts that all forms share (`data-part`, `data-hand`, `data-day`) are put in first: pdf/parts.py.
"""

import re
from base64 import b64decode
from binascii import Error as BinasciiError
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import Any

from lxml import etree, html
from PIL import Image

from pdf.parts import put_in
from pdf.types import RenderFailed

MAX_ROWS = 200
MAX_VALUE = 20_000
MAX_IMAGE_BYTES = 420_000  # whatever may be drawn (300 kB) in base64
MAX_IMAGE_SIDE = 2_000
ON_THE_ANNEX = "（全文见附页）"
BLANK_DATE = "    年  月  日"

Check = Callable[[str, str, str], None]
Spell = Callable[[str], str]
Drawing = Callable[[str], tuple[str, bytes]]

_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_.]*\??)\}")
_PATH = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z0-9_]+)*\??")
_DATE = re.compile(r"(\d{4})[-年](\d{1,2})[-月](\d{1,2})日?")
_JOINERS = re.compile("[\u200c\u200d]")
_PNG_URL = "data:image/png;base64,"
# What could load, run or restyle something; one stylesheet serves all forms.
_FORBIDDEN = frozenset({"script", "style", "link", "base", "iframe", "object", "embed", "form"})


@dataclass(frozen=True)
class Asset:
    mime: str
    content: bytes


@dataclass
class Filled:
    """The page to lay out and the pictures it may ask for, by `asset:` URL."""

    html: str = ""
    assets: dict[str, Asset] = field(default_factory=dict)

    def add(self, mime: str, content: bytes) -> str:
        url = f"asset:{len(self.assets)}"
        self.assets[url] = Asset(mime, content)
        return url


@dataclass(frozen=True)
class _Scope:
    values: Mapping[str, Any]
    path: str = ""
    owner: str = ""  # for messages: whose row this is
    outer: "_Scope | None" = None

    def find(self, path: str) -> tuple[bool, Any, str]:
        """Whether there is such a value, the value, and its full path."""
        first, *rest = path.split(".")
        scope: _Scope = self
        while first not in scope.values and scope.outer is not None:
            scope = scope.outer
        value: Any = scope.values
        for key in (first, *rest):
            if not isinstance(value, Mapping) or key not in value:
                return False, None, path
            value = value[key]
        return True, value, f"{scope.path}.{path}" if scope.path else path

    def rows(self, path: str) -> Iterator["_Scope"]:
        present, rows, full = self.find(path.removesuffix("?"))
        if not present and path.endswith("?"):
            return
        if not isinstance(rows, Sequence) or isinstance(rows, str):
            raise RenderFailed("bad_data", f"打印数据“{path}”应为多行。", path=path)
        if len(rows) > MAX_ROWS:
            raise RenderFailed(
                "too_many_rows", f"一张表最多打印{MAX_ROWS}行，现有{len(rows)}行。", path=full
            )
        for index, row in enumerate(rows):
            if not isinstance(row, Mapping):
                raise RenderFailed("bad_data", f"打印数据“{full}.{index}”不是一行。", path=full)
            owner = f"第{index + 1}行"
            if isinstance(row.get("name"), str):
                owner += f"（{row['name']}）"
            yield _Scope(row, f"{full}.{index}", owner, self)


def fill(
    template: str,
    data: Mapping[str, Any],
    *,
    check: Check = lambda _path, _text, _owner: None,
    spell: Spell | None = None,
    drawings: Mapping[str, Drawing] | None = None,
) -> Filled:
    """Put the data into the template; `check` sees each printed value first, or `spell` turns it
    into what can be printed.

    Raises: RenderFailed bad_template, bad_data, missing_value, too_many_rows, bad_image and
    whatever `check` raises.
    """
    filler = _Filler(check, spell, drawings or {}, Filled())
    root = deepcopy(_parse(template))
    filler.element(root, _Scope(data))
    filler.filled.html = "<!doctype html>" + html.tostring(root, encoding="unicode")
    return filler.filled


@lru_cache(maxsize=64)
def _parse(template: str) -> html.HtmlElement:
    try:
        root = html.document_fromstring(template)
    except (etree.ParserError, ValueError) as error:
        raise RenderFailed("bad_template", "打印模板不是有效的网页。") from error
    for element in list(root.iter()):
        if not isinstance(element.tag, str):
            if element.getparent() is None:
                continue
            element.drop_tree()
        elif element.tag in _FORBIDDEN:
            raise RenderFailed("bad_template", f"打印模板中不能有 <{element.tag}>。")
    put_in(root)
    return root


@dataclass(frozen=True)
class _Filler:
    check: Check
    spell: Spell | None
    drawings: Mapping[str, Drawing]
    filled: Filled

    def element(self, element: html.HtmlElement, scope: _Scope) -> None:
        if not _holds(element.attrib.pop("data-if", ""), scope):
            element.drop_tree()
            return
        repeat = element.attrib.pop("data-repeat", None)
        if repeat is not None:
            self._repeat(element, _known(repeat), scope)
            return
        if "data-image" in element.attrib:
            self._image(element, scope)
        elif "data-draw" in element.attrib:
            self._draw(element, scope)
        elif "data-date" in element.attrib:
            self._date(element, scope)
        elif "data-field" in element.attrib:
            self._field(element, scope)
        else:
            self._children(element, scope)

    def _children(self, element: html.HtmlElement, scope: _Scope) -> None:
        element.text = self._text(element.text, scope)
        for child in list(element):
            child.tail = self._text(child.tail, scope)
            self.element(child, scope)

    def _repeat(self, element: html.HtmlElement, path: str, scope: _Scope) -> None:
        parent = element.getparent()
        if parent is None:
            raise RenderFailed("bad_template", "整页不能重复。")
        place = parent.index(element)
        for offset, row in enumerate(scope.rows(path)):
            copy = deepcopy(element)
            parent.insert(place + offset, copy)
            self.element(copy, row)
        element.drop_tree()

    def _text(self, text: str | None, scope: _Scope) -> str | None:
        if text is None or "{" not in text:
            return text
        return _PLACEHOLDER.sub(lambda found: self._value(found[1], scope), text)

    def _value(self, path: str, scope: _Scope) -> str:
        present, value, full = scope.find(_known(path).removesuffix("?"))
        if not present and not path.endswith("?"):
            raise RenderFailed("missing_value", f"打印数据缺少“{path}”。", path=path)
        if value is None:
            return ""
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise RenderFailed("bad_data", f"打印数据“{full}”不是文字。", path=full)
        text = _on_paper(str(value))
        if len(text) > MAX_VALUE:
            raise RenderFailed("bad_data", f"打印数据“{full}”过长。", path=full)
        if self.spell is not None:
            return self.spell(text)
        self.check(full, text, scope.owner)
        return text

    def _field(self, element: html.HtmlElement, scope: _Scope) -> None:
        text = self._value(element.attrib.pop("data-field"), scope)
        limit = element.attrib.pop("data-long", None)
        if limit is not None and len(text) > int(limit):
            element.classes.add("long")
        word = element.attrib.pop("data-break", "")
        if word and "\n" not in text and text.find(word) > 0:
            text = text.replace(word, "\n" + word, 1)
        most = element.attrib.pop("data-most", None)
        if most is not None and len(text) > int(most):
            text = f"{text[: int(most)].rstrip()}……\n{ON_THE_ANNEX}"
        _set_lines(element, text)

    def _date(self, element: html.HtmlElement, scope: _Scope) -> None:
        text = self._value(element.attrib.pop("data-date"), scope)
        found = _DATE.fullmatch(text)
        if found:
            text = f"{found[1]} 年 {int(found[2])} 月 {int(found[3])} 日"
        if not text:
            element.classes.add("blank")
        _set_lines(element, text or BLANK_DATE)

    def _image(self, element: html.HtmlElement, scope: _Scope) -> None:
        path = element.attrib.pop("data-image")
        present, value, full = scope.find(_known(path).removesuffix("?"))
        if not present and not path.endswith("?"):
            raise RenderFailed("missing_value", f"打印数据缺少“{path}”。", path=path)
        if not value:
            element.drop_tree()
            return
        several = value if isinstance(value, list) else [value]
        for one in several[:-1]:
            copy = deepcopy(element)
            copy.tail = None
            copy.set("src", self.filled.add("image/png", _png(one, full)))
            element.addprevious(copy)
        element.set("src", self.filled.add("image/png", _png(several[-1], full)))

    def _draw(self, element: html.HtmlElement, scope: _Scope) -> None:
        name = element.attrib.pop("data-draw")
        if name not in self.drawings:
            raise RenderFailed("bad_template", f"打印模板要求的图形“{name}”不存在。")
        text = self._value(element.attrib.pop("data-field"), scope)
        if not text:
            element.drop_tree()
            return
        element.set("src", self.filled.add(*self.drawings[name](text)))


def _known(path: str) -> str:
    if not _PATH.fullmatch(path):
        raise RenderFailed("bad_template", f"打印模板中的“{path}”不是字段名。")
    return path


def _holds(conditions: str, scope: _Scope) -> bool:
    return all(
        any(_is_so(one, scope) for one in condition.split("|")) for condition in conditions.split()
    )


def _is_so(condition: str, scope: _Scope) -> bool:
    wanted = not condition.startswith("!")
    path, equals, word = condition.removeprefix("!").partition("=")
    path, longer, most = path.partition(">")
    _, value, _ = scope.find(_known(path))
    if longer:
        return (len(str(value or "")) > int(most)) is wanted
    return (value == word if equals else bool(value)) is wanted


def _on_paper(text: str) -> str:
    """As forms keep it, without what has no place on paper: a tab of a pasted sheet is a blank, a
    joiner between letters is nothing.
    """
    return _JOINERS.sub("", text.replace("\r\n", "\n").replace("\t", " "))


def _set_lines(element: html.HtmlElement, text: str) -> None:
    for child in list(element):
        child.drop_tree()
    first, *others = text.split("\n")
    # Paragraphs, so that each of several opinions, and each of a long text, is indented.
    if others and (element.tag == "td" or "prose" in element.classes):
        element.text = None
        for line in (first, *others):
            etree.SubElement(element, "p").text = line
        return
    element.text = first
    for line in others:
        etree.SubElement(element, "br").tail = line


def _png(url: object, path: str) -> bytes:
    """The bytes of a drawn signature, after reading them as a PNG of sane size."""
    refused = RenderFailed("bad_image", "签名图片无效，请重新签名。", path=path)
    if not isinstance(url, str) or not url.startswith(_PNG_URL) or len(url) > MAX_IMAGE_BYTES:
        raise refused
    try:
        content = b64decode(url.removeprefix(_PNG_URL), validate=True)
        with Image.open(BytesIO(content), formats=["PNG"]) as picture:
            if max(picture.size) > MAX_IMAGE_SIDE:
                raise refused
            picture.load()
    except (BinasciiError, OSError, SyntaxError, ValueError) as error:
        raise refused from error
    return content
