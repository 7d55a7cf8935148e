"""Failures and small values shared by the renderer, its server and its client."""

from typing import Literal, get_args

Mode = Literal["draft", "wet", "final", "record"]
MODES: tuple[Mode, ...] = get_args(Mode)


class RenderFailed(Exception):
    """The form cannot be printed as asked; `code` is stable, `message` is for people."""

    def __init__(self, code: str, message: str, *, path: str = "", character: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = path
        self.character = character

    def facts(self) -> dict[str, str]:
        return {
            "code": self.code,
            "message": self.message,
            "path": self.path,
            "character": self.character,
        }


class PdfUnavailable(Exception):
    """The pdf process does not answer; trying again later may help."""
