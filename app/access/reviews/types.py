"""What a look through the permission log may find, and what may keep a review from beginning."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.errors import Conflict

LOG_REVIEW = "permission-log-review"
PROBLEM_REPORT = "problem-report"
NORMAL, PROBLEM = "normal", "problem"


class FindingKind(StrEnum):
    UNBOOKED = "unbooked"
    CONFLICT = "conflict"
    NIGHT = "night"
    SELF = "self"
    EXPORT = "export"


FINDING_LABELS = {
    FindingKind.UNBOOKED: "表外授权",
    FindingKind.CONFLICT: "角色冲突",
    FindingKind.NIGHT: "夜间授权",
    FindingKind.SELF: "为本人办理",
    FindingKind.EXPORT: "批量导出",
}


@dataclass(frozen=True)
class Finding:
    kind: FindingKind
    at: datetime
    words: str


@dataclass(frozen=True)
class Thresholds:
    """What counts as night, by the clock of the office, and from how many rows on as bulk."""

    night_from: int
    night_until: int
    bulk: int

    @property
    def told(self) -> str:
        night = f"夜间指 {self.night_from} 时至次日 {self.night_until} 时"
        return f"{night}，批量导出指一次导出 {self.bulk} 行以上"


def counted(kinds: Iterable[str]) -> str:
    """Every kind with its number, also those of which there is none."""
    found = Counter(kinds)
    return "、".join(f"{label} {found[kind]}" for kind, label in FINDING_LABELS.items())


class ReviewedAlready(Conflict):
    code = "reviewed_already"

    def __init__(self, period: str, number: str) -> None:
        super().__init__(f"{period} 已经由 {number} 分析，不用再开一件。", ticket=number)


class ProblemsUnreported(Conflict):
    code = "problems_unreported"
    message = "“问题上报与处理”流程还没有发布，问题报不上去。请告诉流程发布员，发布以后再办。"
