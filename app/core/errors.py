"""One tree of errors. Rooms add leaves in their `types.py`; `app.web` decides how they look."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol


class AppError(Exception):
    """What went wrong in the words of the office.

    `code` is stable and for machines, `message` is a Chinese sentence that says how to mend it,
    `facts` are what a page or a REST client may want to show (JSON values only).
    """

    code: ClassVar[str] = "error"
    message: ClassVar[str] = "没有办成，请稍后再试。"

    def __init__(self, message: str | None = None, **facts: Any) -> None:
        self.text = message or self.message
        self.facts = facts
        super().__init__(self.text)


class NotFound(AppError):
    """Absent, or out of the actor's scope: the two answer alike."""

    code = "not_found"
    message = "没有找到，或者不在您的查看范围内。"


class Malformed(AppError):
    code = "malformed"
    message = "请求的格式读不懂。"


class Unauthenticated(AppError):
    code = "unauthenticated"
    message = "请先登录。"


class Forbidden(AppError):
    """Visible, but not the actor's act."""

    code = "not_yours"
    message = "这一步不由您办理。"


class Conflict(AppError):
    """Somebody was faster, or the state does not allow it."""

    code = "conflict"
    message = "情况已经变了，请看一下最新的状态再办。"


class TooMany(AppError):
    code = "too_many"
    message = "操作太频繁，请稍等一会儿再试。"


@dataclass(frozen=True)
class Fault:
    """One thing to mend: where, and how; the shape of `forms.FieldError`."""

    path: str
    code: str
    message: str


class ErrorAt(Protocol):
    """The shape of `forms.FieldError`, which core must not import."""

    @property
    def path(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...


class Invalid(AppError):
    """Answers that must be mended; each error says where and how."""

    code = "invalid"
    message = "有几处要改，改好就能提交。"

    def __init__(self, errors: Sequence[ErrorAt] = (), message: str | None = None) -> None:
        super().__init__(message)
        self.errors = tuple(errors)


class TooLarge(AppError):
    code = "too_large"
    message = "提交的内容太大了，请减少后再试。"


class NotAcceptable(AppError):
    """The answer cannot be had in the form that was asked for."""

    code = "not_acceptable"
    message = "没有您要的格式。"


class ExternalFailure(AppError):
    code = "unavailable"
    message = "暂时连不上需要的服务，请稍后再试，您填的内容没有丢。"
