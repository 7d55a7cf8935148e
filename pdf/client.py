"""Asks the pdf process for a form. Imports no renderer: the web process must stay small."""

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pdf import wire
from pdf.types import Mode, PdfUnavailable, RenderFailed

__all__ = ["PdfClient", "PdfUnavailable", "RenderFailed"]


class PdfClient:
    """Talks to `python -m pdf.server`; one connection a form, safe between threads."""

    def __init__(self, path: Path | str, *, timeout: float = 60.0) -> None:
        self._path = str(path)
        self._timeout = timeout

    def render(self, template: str, data: Mapping[str, Any], *, mode: Mode) -> bytes:
        """One form as PDF.

        Raises: RenderFailed, if it can never be printed like this; PdfUnavailable.
        """
        return self._ask({"template": template, "data": dict(data), "mode": mode})

    def ping(self) -> bool:
        """Whether a warm worker is ready."""
        try:
            return self._ask({"ping": True}) == b"pong"
        except PdfUnavailable:
            return False

    def _ask(self, request: dict[str, Any]) -> bytes:
        try:
            with socket.socket(socket.AF_UNIX) as stream:
                stream.settimeout(self._timeout)
                stream.connect(self._path)
                wire.send_json(stream, request)
                answer = wire.receive_json(stream, wire.MAX_ANSWER)
                if answer.get("ok"):
                    return wire.receive(stream, wire.MAX_ANSWER)
        except (OSError, EOFError, ValueError, wire.FrameTooLarge) as error:
            raise PdfUnavailable("打印服务没有应答，请稍后再试。") from error
        if answer.get("retry"):
            raise PdfUnavailable(str(answer.get("message", "")))
        raise RenderFailed(
            str(answer.get("code", "failed")),
            str(answer.get("message", "")),
            path=str(answer.get("path", "")),
            character=str(answer.get("character", "")),
        )
