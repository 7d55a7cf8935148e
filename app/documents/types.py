"""States of a printed form and what a check of one says."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.attachments.types import AttachmentRow
from app.core.errors import Conflict, Forbidden, NotFound


class DocumentState(StrEnum):
    PENDING = "pending"
    FROZEN = "frozen"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


LABELS = {
    DocumentState.PENDING: "正在生成正式件",
    DocumentState.FROZEN: "正式件，已盖章",
    DocumentState.SUPERSEDED: "已被新件代替",
    DocumentState.REVOKED: "已作废",
}


class DocumentNotFound(NotFound):
    code = "document_not_found"
    message = "没有这份打印件。"


class NotYourPrint(Forbidden):
    """Visible with masks, but the print carries whole ID numbers (S43)."""

    code = "no_part"
    message = "打印件上有完整的身份证号，只有申请人、办理这件的人和审计员可以打开。"


class CannotPrint(Conflict):
    """A character has no glyph, or the form is too large: the answer must be mended."""

    code = "cannot_print"
    message = "这张表打印不出来。"


class NotFrozen(Conflict):
    code = "not_frozen"
    message = "还没有正式件：办结以后才生成，现在可以看草稿。"


class NotYourScan(Forbidden):
    code = "not_yours"
    message = "扫描件由申请人和办理这件的人上传，申请提交以后才能传。"


@dataclass(frozen=True)
class DocumentRow:
    """A printed form on the ticket page; `sha256` only of a frozen one."""

    name: str
    title: str
    state: str
    state_label: str
    sha256: str | None
    frozen_at: datetime | None
    may_print: bool
    scans: tuple[AttachmentRow, ...] = ()
    may_scan: bool = False


@dataclass(frozen=True)
class Verdict:
    """What the public page says of a check code: no personal data."""

    state: DocumentState
    title: str
    number: str
    submission: int
    unit: str
    closed_on: datetime | None
    sha256: str | None
    state_label: str
