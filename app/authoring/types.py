"""Rows of the list of processes and of the page of one."""

from dataclasses import dataclass
from datetime import datetime

from app.core.errors import Forbidden
from app.processes.types import VersionState

STATE_LABELS = {
    VersionState.DRAFT: "草稿，还没有发布",
    VersionState.PUBLISHED: "在用",
    VersionState.RETIRED: "已经换成新版",
}


class MayNotRead(Forbidden):
    code = "position"
    message = "流程由流程设计员、发布员、测试员和系统管理员查看。"


@dataclass(frozen=True)
class VersionRow:
    """One version of a process; `running` are the tickets that still go by it."""

    number: int
    state: VersionState
    created_at: datetime
    created_by: str
    published_at: datetime | None
    published_by: str
    running: int
    sha256: str
    created_by_id: int | None = None

    @property
    def state_label(self) -> str:
        return STATE_LABELS[self.state]


@dataclass(frozen=True)
class ProcessRow:
    """One process: the version that new tickets start under, else the newest draft."""

    key: str
    title: str
    category: str
    shown: VersionRow
    running: int
    drafts: int
    is_trial: bool  # only testers may start it


@dataclass(frozen=True)
class NodeRow:
    """One step of a version: who gets it and how many tickets stand there now."""

    node: str
    title: str
    lane: str
    people: str
    waiting: int
