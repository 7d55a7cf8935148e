"""How large a picture is, read from its headers; nothing is ever decoded."""

import struct
from collections.abc import Iterator

from app.attachments.types import MAX_PIXELS, FileRefused

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
# Frame headers of JPEG: C4 (tables), C8 (reserved) and CC (arithmetic tables) are none.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
_END, _SCAN = 0xD9, 0xDA
MOST_CHUNKS = 10_000


def check_png(data: bytes) -> None:
    """Raises: FileRefused."""
    chunks = _chunks(data)
    kind, content = next(chunks, (b"", b""))
    if kind != b"IHDR" or len(content) != 13:
        raise _damaged()
    _check_size(*struct.unpack(">II", content[:8]))
    kinds = [kind for kind, _ in chunks]
    if b"IDAT" not in kinds or kinds[-1] != b"IEND":
        raise _damaged()


def check_jpeg(data: bytes) -> None:
    """Raises: FileRefused."""
    sizes = list(_frames(data))
    if not sizes:
        raise _damaged()
    for width, height in sizes:
        _check_size(width, height)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and beginning of each chunk; the last one ends with the file, or it is damaged."""
    at = len(PNG)
    for _ in range(MOST_CHUNKS):
        if at == len(data):
            return
        if at + 12 > len(data):
            raise _damaged()
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + min(length, 13)]
        at += 12 + length
        if at > len(data) or (kind == b"IEND" and at != len(data)):
            raise _damaged()  # something hangs behind the picture, or it breaks off
        yield kind, content
    raise _damaged()


def _frames(data: bytes) -> Iterator[tuple[int, int]]:
    """Width and height of the frame headers before the first scan."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise _damaged()
        mark = data[at + 1]
        if mark == 0xFF:  # filling
            at += 1
            continue
        if mark in _BARE:
            at += 2
            continue
        if mark in (_SCAN, _END):
            return
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        if mark in _FRAMES:
            if at + 9 > len(data):
                raise _damaged()
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            yield width, height
        at += 2 + max(length, 2)
    raise _damaged()


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise _damaged()
    if width * height > MAX_PIXELS:
        raise FileRefused(
            "too_many_pixels",
            f"图片有 {width}×{height} 个像素，太大了（最多 5 千万）。请用 300 dpi 以下重新扫描，"
            "或者缩小后再上传。",
        )


def _damaged() -> FileRefused:
    return FileRefused("damaged", "图片不完整，或者后面接了别的内容。请重新保存或扫描后再上传。")
