"""Printed forms and what a check of one says."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from flask import Request
from pydantic import Field
from werkzeug.exceptions import UnsupportedMediaType

from app.api.shapes.attachments import AttachmentShape
from app.api.shapes.base import Answer, Moment
from app.documents.types import DocumentRow


class DocumentShape(Answer):
    name: str
    title: str
    state: Literal["draft", "pending", "frozen", "superseded", "revoked"]
    sha256: str | None = Field(description="正式件的 SHA-256")
    frozen_at: Moment | None
    scans: list[AttachmentShape] = Field(description="签字盖章后的扫描件；能打印的人才看得到")

    @classmethod
    def of(cls, row: DocumentRow) -> "DocumentShape":
        return cls.model_validate(
            {
                "name": row.name,
                "title": row.title,
                "state": row.state,
                "sha256": row.sha256,
                "frozen_at": row.frozen_at,
                "scans": [AttachmentShape.of(scan) for scan in row.scans],
            }
        )


class SignatureShape(Answer):
    signer: str
    valid: bool
    covers_whole_file: bool
    signed_at: Moment | None
    reason: str


class VerifyAnswer(Answer):
    original: bool = Field(description="与系统里的正式件每个字节都相同")
    state: Literal["pending", "frozen", "superseded", "revoked", "changed", "unknown"] = Field(
        description="changed：由我们的正式件改成；unknown：系统里没有"
    )
    signatures: list[SignatureShape]
    changes: list[str]


@dataclass(frozen=True)
class PdfUpload:
    """A PDF as the whole body."""

    MEDIA: ClassVar[str] = "application/pdf"
    LIMIT: ClassVar[int] = 20_000_000

    data: bytes

    @classmethod
    def read(cls, asked: Request) -> "PdfUpload":
        """Raises: UnsupportedMediaType, RequestEntityTooLarge."""
        if asked.mimetype != cls.MEDIA:
            raise UnsupportedMediaType
        return cls(asked.get_data())

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {"type": "string", "format": "binary"}
