"""States of a printed form and what a check of one says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.attachments.types import AttachmentRow
from app.core.errors import Conflict, Forbidden, Invalid, NotFound


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


class BatchState(StrEnum):
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    STOPPED = "stopped"
    EXPIRED = "expired"  # the file is gone, the report stays a while


class ItemState(StrEnum):
    WAITING = "waiting"
    PRINTED = "printed"
    FAILED = "failed"
    SKIPPED = "skipped"


BATCH_LABELS = {
    BatchState.RUNNING: "正在打印",
    BatchState.STOPPING: "正在停止",
    BatchState.DONE: "已排好",
    BatchState.STOPPED: "已停止",
    BatchState.EXPIRED: "文件已过期",
}
ITEM_LABELS = {
    ItemState.WAITING: "等待",
    ItemState.PRINTED: "已排好",
    ItemState.FAILED: "没有排成",
    ItemState.SKIPPED: "没有排，已停止",
}
MODES = ("", "draft", "wet")
MODE_LABELS = {"": "正式件，没有办结的是草稿", "draft": "草稿", "wet": "空白签字栏，供手签"}
MOST_PRINTS = 50


@dataclass(frozen=True)
class Printed:
    """A form as PDF. `content` says what a fresh rendering was made of, to be kept with it."""

    data: bytes
    kind: str
    content: bytes | None = None


class BatchNotFound(NotFound):
    code = "batch_not_found"
    message = "没有这一批打印，或者不是您的，或者早已清理。"


class NothingToPrint(Invalid):
    code = "nothing_chosen"
    message = "还没有选办件。请勾选或填写办件编号再打印。"


class TooManyPrints(Invalid):
    code = "too_many_prints"
    message = f"一批最多打印 {MOST_PRINTS} 件，请分几批打印。"


class BatchesRunning(Conflict):
    code = "batches_running"
    message = "您还有几批没有打完。请等它们打完，或者停止其中一批再试。"


class NoFileYet(Conflict):
    code = "no_file_yet"
    message = "这一批还没有打完，请等一会儿再下载。"


class NoFileLeft(Conflict):
    code = "no_file_left"
    message = "这一批没有可以下载的文件：没有一件排成，或者文件已过期。请重新打印。"


class NotYoursAnyMore(Conflict):
    code = "not_yours_any_more"

    def __init__(self, numbers: Sequence[str]) -> None:
        super().__init__(
            f"{'、'.join(numbers)} 您现在不能打印了，这个文件不能再下载。请去掉它，重新打印。",
            numbers=list(numbers),
        )


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
