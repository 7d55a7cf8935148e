"""Pictures of signatures: a signing act as it comes in, and what may serve as one."""

import base64
import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from PIL import Image

MAX_BYTES = 300_000
MAX_SIDE = 2_000
# On a screen a signature is 32 points high: three dots each are sharp everywhere.
SCREEN = (480, 96)
SHADES = 4  # more cannot be told apart at this size


class BadSignature(ValueError):
    """The picture cannot serve as a signature; the text says why."""


@dataclass(frozen=True)
class Signing:
    """`image` is a PNG in base64, with or without a data: prefix; only for `drawn`."""

    kind: Literal["drawn", "stored"]
    image: str = ""


def picture(signing: Signing) -> bytes:
    """The drawn picture as a plain PNG. Raises: BadSignature."""
    text = signing.image.removeprefix("data:image/png;base64,")
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:  # binascii.Error, or letters beyond ASCII
        raise BadSignature("签名图片读不懂，请重新签一次。") from error
    if not data or len(data) > MAX_BYTES:
        raise BadSignature("还没有签名，请在签名框里手写，或者改用备案签名。")
    return plain(data)


def plain(data: bytes) -> bytes:
    """A PNG as a signature is kept, re-encoded so that nothing else travels in the file.

    Raises: BadSignature.
    """
    if len(data) > MAX_BYTES:
        raise BadSignature("签名图片超过 300 KB，请缩小以后再传。")
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            if max(image.size) > MAX_SIDE:
                raise BadSignature("签名图片太大：边长不能超过 2000 个像素，请缩小或者重新签一次。")
            drawn = image.convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadSignature("签名图片读不懂，请重新签一次。") from error
    if _is_blank(drawn):
        raise BadSignature("签名框还是空的，请手写签名。")
    out = io.BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return out.getvalue()


def for_screen(png: bytes) -> str:
    """A small copy as a data: address: four whole ones would weigh more than the page around."""
    return f"data:image/png;base64,{base64.b64encode(small(png)).decode()}"


@lru_cache(maxsize=256)
def small(png: bytes) -> bytes:
    """As large as it is ever seen among others."""
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        small = image.convert("RGBA")
    small.thumbnail(SCREEN)
    out = io.BytesIO()
    small.quantize(SHADES, method=Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _is_blank(image: Image.Image) -> bool:
    """Nothing drawn: one colour all over (a cleared pad is transparent or white)."""
    return all(low == high for low, high in image.getextrema())  # type: ignore[misc]
