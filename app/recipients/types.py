"""Words of lists and of blocked numbers, and what goes wrong with them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.errors import Conflict, Fault, Forbidden, Invalid, NotFound
from app.messaging.audience.types import Block
from app.messaging.text.types import Purpose
from app.messaging.types import Operator

# What a list is for; what is triggered or subscribed has its recipients from elsewhere.
LISTED = (Purpose.DIRECTED, Purpose.PUBLICITY)
# Why a number gets nothing, that somebody enters. 重复 is of a list, not of a number.
KEPT_BLOCKS = (Block.REFUSED, Block.BLACKLISTED, Block.WRONG_NUMBER)
MOST_SHOWN = 100  # faults told at once of a sheet without one good row
FEWEST_WORDS, MOST_WORDS = 2, 200


@dataclass(frozen=True)
class Written:
    """A recipient of a frozen list, in clear. `n` counts from 1."""

    n: int
    phone: str
    phone_ref: bytes
    area: str
    values: Mapping[str, str]
    segments: int
    operator: Operator | None


@dataclass(frozen=True)
class BlockTold:
    """A number that gets nothing, as screens show it."""

    id: int
    kind: Block
    phone: str  # masked
    source: str
    since: datetime
    by: str


class ListNotFound(NotFound):
    code = "list_not_found"
    message = "没有这份名单，或者不在您的查看范围内。"


class NotYourList(Forbidden):
    code = "not_yours"
    message = "名单由本单位的信息发送经办人制作和删除。"


class NobodyLeft(Invalid):
    """Not one row can be sent to; the first faults are told, `faulty` counts them all."""

    code = "nobody_left"

    def __init__(self, faults: Collection[Fault], read: int) -> None:
        shown = tuple(faults)[:MOST_SHOWN]
        super().__init__(
            shown,
            f"表格里 {read} 行，没有一行可以发送，名单没有做成。请照下面的原因改好，再上传。",
        )


class ListInUse(Conflict):
    code = "list_in_use"
    message = "这份名单已经用在一张发送申请上，不能删除，也不能再用。"


class ListGone(Conflict):
    code = "list_changed"
    message = "名单和做成的时候不一样了，不能使用。请重新上传一份。"


class BadBlock(Invalid):
    code = "block"
    message = "没有登记，有几处要改。"


class BlockTwice(Conflict):
    code = "block_twice"
    message = "这个号码已经登记过了，没有再登。"


class BlockNotFound(NotFound):
    code = "block_not_found"
    message = "没有这条登记，可能刚才已经解除。"


class NotYourBlock(Forbidden):
    code = "not_yours"
    message = (
        "退订、黑名单和空号由信息发送经办人、信息审核人和 12333 值守人员登记，由信息审核人解除。"
    )
