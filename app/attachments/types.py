"""What may be brought, how much of it, and the ways a file is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.errors import ExternalFailure, Fault, Invalid, NotFound, TooMany

MAX_BYTES = 20 * 2**20
MAX_NAME = 100
MAX_UNPACKED = 100 * 2**20
MAX_ENTRIES = 2000
MAX_RATIO = 100
MAX_PIXELS = 50_000_000
# What one person may have lying about that belongs to nothing yet, in a day.
MAX_LOOSE_COUNT = 60
MAX_LOOSE_BYTES = 300 * 2**20
KEPT_LOOSE = timedelta(days=1)

# Media type → the extensions it may have; the first is given where there is none.
EXTENSIONS: Mapping[str, tuple[str, ...]] = {
    "application/pdf": ("pdf",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
    "application/ofd": ("ofd",),
    "text/csv": ("csv",),
    "text/plain": ("txt",),
}
SCANS = frozenset({"application/pdf", "image/png", "image/jpeg"})
PICTURES = frozenset({"image/png", "image/jpeg"})
SHOWN = SCANS  # what a browser may show without keeping it
KINDS_IN_WORDS = "PDF、PNG、JPG、DOCX、XLSX、OFD、CSV、TXT"


class FileRefused(Invalid):
    """The file cannot be taken; the sentence says why and what to do."""

    code = "file_refused"
    message = "这个文件不能收。"

    def __init__(self, code: str, message: str, path: str = "file") -> None:
        super().__init__([Fault(path, code, message)], message)
        self.reason = code


class FileTooLarge(FileRefused):
    """Answered as 413 where the file is the whole request."""

    def __init__(self) -> None:
        super().__init__(
            "too_large",
            f"文件超过 {MAX_BYTES // 2**20} MB，请降低扫描分辨率，或者拆成几个文件再上传。",
        )


class NotUsable(FileRefused):
    """Somebody else's, bound elsewhere, or gone."""

    def __init__(self, path: str) -> None:
        super().__init__("not_a_choice", "里面有找不到的附件，请重新上传。", path)


class AttachmentNotFound(NotFound):
    code = "attachment_not_found"
    message = "没有找到这个附件，或者它不在您的查看范围内。"


class TooManyFiles(TooMany):
    code = "too_many_files"
    message = (
        "您今天上传了很多还没有用到的文件，暂时不能再传。请先把填好的表提交，或者明天再来；"
        "不用的文件一天以后自动清除。"
    )


class FileDamaged(ExternalFailure):
    code = "file_damaged"
    message = "这个附件在磁盘上丢失或者损坏了，打不开。请告诉管理员，从备份恢复。"


class ScannerSilent(ExternalFailure):
    code = "scanner_silent"
    message = "病毒扫描程序没有应答，文件没有收下。请过几分钟再上传，还不行请告诉管理员。"


@dataclass(frozen=True)
class Accepted:
    """A file that may be kept: its tidied name, what it is by content, its bytes."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class AttachmentRow:
    """A file as lists show it."""

    id: str
    name: str
    size: int
    media_type: str
    sha256: str
    created_at: datetime
    uploader: str = ""

    @property
    def is_shown(self) -> bool:
        return self.media_type in SHOWN

    @property
    def is_picture(self) -> bool:
        return self.media_type in PICTURES
