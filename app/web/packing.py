"""Pages leave compressed, and built files as they were compressed when they were built (ADR 74)."""

import gzip
import mimetypes
from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response, request, send_from_directory

PACKED = {"text/html", "application/json", "application/problem+json"}
LEAST = 1_000
LEVEL = 5
BUILT = "dist/"
SUFFIXES = {"br": ".br", "gzip": ".gz"}


def init_app(app: Flask) -> None:
    folder = Path(app.static_folder or "")

    def static(filename: str) -> Response:
        for encoding, suffix in SUFFIXES.items():
            packed = filename + suffix
            if _takes(encoding) and filename.startswith(BUILT) and _is_there(folder, packed):
                kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
                response = send_from_directory(folder, packed, mimetype=kind)
                response.headers["Content-Encoding"] = encoding
                response.vary.add("Accept-Encoding")
                return response
        return app.send_static_file(filename)

    app.view_functions["static"] = static
    app.after_request(_pack)


def _is_there(folder: Path, name: str) -> bool:
    """Names with a way out of the folder are left to Flask, which refuses them."""
    return ".." not in name and (folder / name).is_file()


def _takes(encoding: str) -> bool:
    return request.accept_encodings.quality(encoding) > 0


def _pack(response: Response) -> Response:
    if (
        response.mimetype not in PACKED
        or response.direct_passthrough
        or response.is_streamed
        or "Content-Encoding" in response.headers
        or response.status_code == HTTPStatus.NOT_MODIFIED
    ):
        return response
    if "Vary" in response.headers:
        response.vary.add("Accept-Encoding")
    else:  # the set that werkzeug keeps of it is read from the header and written back
        response.headers["Vary"] = "Accept-Encoding"
    body = response.get_data()
    if len(body) < LEAST or not _takes("gzip") or not _is_from_here():
        return response
    response.set_data(gzip.compress(body, LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response


def _is_from_here() -> bool:
    """What another site makes a browser ask for leaves plain: from lengths of compressed answers a
    listener could guess what stands in them (BREACH). Without TLS nothing is hidden anyway.
    """
    site = request.headers.get("Sec-Fetch-Site")
    return site in ("same-origin", "none") if site else not request.is_secure
