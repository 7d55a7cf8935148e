"""Files: what comes in, how one is told of, and the bytes going out."""

from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Request, Response
from pydantic import Field
from werkzeug.exceptions import UnsupportedMediaType

from app.api.shapes.base import Answer, Media, Moment
from app.attachments import service
from app.attachments.models import Attachment
from app.attachments.types import MAX_BYTES, Accepted, AttachmentRow, FileTooLarge
from app.core.errors import Fault, Invalid, TooLarge

AROUND = 64 * 1024  # boundaries and headers of the multipart body


class AttachmentShape(Answer):
    id: str
    name: str = Field(description="整理过的文件名，不超过 100 个字")
    size: int = Field(description="字节数")
    media_type: str
    sha256: str
    created_at: Moment

    @classmethod
    def of(cls, one: Attachment | AttachmentRow) -> "AttachmentShape":
        return cls(
            id=one.id,
            name=one.name,
            size=one.size,
            media_type=one.media_type,
            sha256=one.sha256,
            created_at=one.created_at,
        )


@dataclass(frozen=True)
class FileUpload:
    """One file, checked before any transaction begins."""

    MEDIA: ClassVar[str] = "multipart/form-data"
    LIMIT: ClassVar[int] = MAX_BYTES + AROUND

    accepted: Accepted

    @classmethod
    def read(cls, asked: Request) -> "FileUpload":
        """Raises: Invalid, UnsupportedMediaType, TooLarge, RequestEntityTooLarge."""
        if asked.mimetype != cls.MEDIA:
            raise UnsupportedMediaType
        files = asked.files.getlist("file")
        strange = set(asked.files) - {"file"} | set(asked.form)
        if len(files) != 1 or strange:
            raise Invalid([Fault("file", "required", "要有一个名为 file 的文件，别的不要放。")])
        try:
            return cls(service.check(files[0].filename or "", files[0].read(MAX_BYTES + 1)))
        except FileTooLarge as error:
            raise TooLarge(error.text) from error

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["file"],
            "additionalProperties": False,
            "properties": {"file": {"type": "string", "format": "binary"}},
        }


@dataclass(frozen=True)
class File(Media):
    """Never rendered by a browser that obeys."""

    media_type: str = "application/octet-stream"

    def response(self) -> Response:
        response = super().response()
        response.mimetype = self.media_type
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response
