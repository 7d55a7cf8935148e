"""Words of a review of idle accounts: what becomes of a row, what keeps it from beginning."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.core.errors import Conflict

DORMANT = "dormant-review"
ANSWER_NODE = "answer"
MOST = 200  # rows of one form; what is left comes with the next one


class Decision(StrEnum):
    KEEP = "keep"
    CLOSE = "close"
    SILENT = "silent"  # nobody answered: the account stands still
    SPARED = "spared"  # nobody answered, but it was used or closed meanwhile


DECISION_LABELS = {
    Decision.KEEP: "保留",
    Decision.CLOSE: "注销",
    Decision.SILENT: "逾期未答复，停用",
    Decision.SPARED: "逾期未答复，不停用",
}


@dataclass(frozen=True)
class IdleAccount:
    """One that nobody has used since `used_on`: of what was never told, the day of its opening."""

    account_id: int
    person_ref: bytes
    name: str
    id_number: str
    login_on: date | None
    act_on: date | None
    used_on: date


def counted(decisions: Iterable[str]) -> str:
    """Such as “3 个账户：保留 1、注销 2”."""
    found = Counter(decisions)
    told = "、".join(
        f"{label} {found[one]}" for one, label in DECISION_LABELS.items() if found[one]
    )
    return f"{found.total()} 个账户：{told}"


class NothingIdle(Conflict):
    code = "nothing_idle"
    message = "这个单位现在没有长期未登录的账户，不用核实。"


class ReviewedAlready(Conflict):
    code = "reviewed_already"

    def __init__(self, number: str) -> None:
        super().__init__(f"这个单位正在由 {number} 核实，不用再开一件。", ticket=number)
