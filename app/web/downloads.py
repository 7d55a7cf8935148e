"""Files that are saved, never shown: the name in Chinese for new browsers, in ASCII for others."""

from collections.abc import Iterator
from urllib.parse import quote

from flask import Response


def attachment(data: bytes | Iterator[bytes], mimetype: str, name: str) -> Response:
    """RFC 6266: `filename*` carries the name, `filename` what is left of it in ASCII. What is still
    being made leaves piece by piece.
    """
    response = Response(data, mimetype=mimetype)
    plain = "".join(c for c in name if c.isascii() and (c.isalnum() or c in "-_.")).lstrip("-.")
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain or 'file'}\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    return response
