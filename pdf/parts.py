"""What every printed form has in common, written once and put in before a template is filled.

data-part="head"          the element gives way to the part: watermark, numbers, code to verify
data-hand="boxes.a"       the signature of who decided at `a`, or the name in its place
data-day="boxes.a"        the day of it, behind what the element says already
data-sealed-day="boxes.a" the same under the seal, where the step asks for one
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from lxml import html

from pdf.types import RenderFailed

FOLDER = Path(__file__).parent / "documents" / "parts"
OF_A_BOX = {"data-hand": "hand", "data-day": "day", "data-sealed-day": "sealed-day"}
BOX = "{box}"


def put_in(root: html.HtmlElement) -> None:
    """Put the parts into a parsed template, in place. Raises: RenderFailed bad_template."""
    for element in list(root.iter()):
        if not isinstance(element.tag, str):
            continue
        for attribute, name in OF_A_BOX.items():
            box = element.attrib.pop(attribute, None)
            if box is not None:
                element.extend(_read(_source(name).replace(BOX, box)))
        part = element.attrib.get("data-part")
        if part is not None:
            for one in _part(part):
                element.addprevious(one)
            element.drop_tree()


def _part(name: str) -> Iterable[html.HtmlElement]:
    if not (name.isidentifier() and (FOLDER / f"{name}.html").exists()):
        raise RenderFailed("bad_template", f"打印模板要求的部分“{name}”不存在。")
    holder = html.Element("div")
    holder.extend(_read(_source(name)))
    put_in(holder)
    return list(holder)


@cache
def _source(name: str) -> str:
    return (FOLDER / f"{name}.html").read_text(encoding="utf-8").strip()


def _read(text: str) -> list[html.HtmlElement]:
    found: list[html.HtmlElement] = html.fragments_fromstring(text, no_leading_text=True)
    return found
