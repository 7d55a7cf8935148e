"""Words of cover: kinds of absence, who stands in for whom, and what can go wrong with it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.errors import Conflict, Forbidden, NotFound


class AbsenceKind(StrEnum):
    ANNUAL = "annual"
    SICK = "sick"
    MATERNITY = "maternity"
    TRAVEL = "travel"
    STUDY = "study"
    OTHER = "other"


ABSENCE_LABELS = {
    AbsenceKind.ANNUAL: "年休假",
    AbsenceKind.SICK: "病假",
    AbsenceKind.MATERNITY: "产假",
    AbsenceKind.TRAVEL: "出差",
    AbsenceKind.STUDY: "学习",
    AbsenceKind.OTHER: "其他",
}


class Standing(StrEnum):
    """How an absence or a mandate stands at a moment."""

    PLANNED = "planned"
    CURRENT = "current"
    OVER = "over"
    CANCELLED = "cancelled"  # ended before it began


STANDING_LABELS = {
    Standing.PLANNED: "还没有开始",
    Standing.CURRENT: "正在进行",
    Standing.OVER: "已经结束",
    Standing.CANCELLED: "已经取消",
}


class By(StrEnum):
    """Why somebody stands in: a written 委托, or the AB pair."""

    MANDATE = "mandate"
    PAIR = "pair"


@dataclass(frozen=True)
class Deputy:
    """Acts in the own name, on behalf of `for_id` (代)."""

    person_id: int
    for_id: int
    by: By
    username: str


@dataclass(frozen=True)
class CoverChanged:
    """News: from now on others act for this person, or he does himself again.

    `keys` are the positions he holds. `revoked`: what his deputies have in hand is taken from them.
    """

    person_id: int
    keys: tuple[str, ...]
    at: datetime
    revoked: tuple[int, ...] = ()


class CoverNotFound(NotFound):
    code = "not_found"
    message = "没有找到这一条，或者不在您的查看范围内。"


class NotYourCover(Forbidden):
    code = "not_yours"
    message = "这一条不由您登记或改动：请假由本人、单位领导或系统管理员登记，AB角由系统管理员设置。"


class NotYourMandate(Forbidden):
    code = "not_yours"
    message = "委托由本人写，或者由本单位主要领导、系统管理员代写并说明原因；别人不能写，也不能改。"


class CoverMoved(Conflict):
    """The page showed an older state."""

    code = "stale"
    message = "这一条刚才有人改过，请看一下最新的内容再办。"


class CoverOver(Conflict):
    code = "over"
    message = "这一条已经结束或者取消，不能再改。需要的话，请另外登记一条。"


class AlreadyPaired(Conflict):
    code = "already_paired"
    message = "这两人中有人在这个岗位上已经有AB角，每人每个岗位只能有一个。请先结束原来的一对。"
