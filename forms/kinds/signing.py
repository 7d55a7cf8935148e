"""Signatures: drawn now, or the stored one."""

import base64
import binascii
import struct
from typing import Any

from forms.definition import Component
from forms.kinds.base import Problem, Reading
from forms.types import Context

MAX_IMAGE = 300_000  # characters of base64: a drawn signature needs a tenth of it


def signature(_component: Component, raw: Any, _context: Context) -> Reading:
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
