"""Words of the room: colours, states, how a hint was handled, what can go wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from app.core.errors import Conflict, Forbidden, Invalid, Malformed, NotFound

FEWEST_WORDS, MOST_WORDS = 2, 500


class Colour(StrEnum):
    RED = "red"
    YELLOW = "yellow"


class HintState(StrEnum):
    OPEN = "open"
    SIGNED = "signed"
    HANDLED = "handled"
    GONE = "gone"


class Verdict(StrEnum):
    """What came of it: put right, or there was nothing wrong."""

    MENDED = "mended"
    MISTAKEN = "mistaken"


COLOUR_LABELS: Mapping[Colour, str] = {Colour.RED: "红", Colour.YELLOW: "黄"}
STATE_LABELS: Mapping[HintState, str] = {
    HintState.OPEN: "待签收",
    HintState.SIGNED: "处理中",
    HintState.HANDLED: "已处理",
    HintState.GONE: "已消除",
}
VERDICT_LABELS: Mapping[Verdict, str] = {Verdict.MENDED: "已整改", Verdict.MISTAKEN: "核实无误"}
UNSETTLED = (HintState.OPEN, HintState.SIGNED)


@dataclass(frozen=True)
class Finding:
    """One thing that a rule found. `subject` names it for ever: it is hinted at once.

    `facts` fill the rule's sentence and hold no number of a person; `person_id` is whom it
    concerns, if he works here: he neither signs nor handles it.
    """

    subject: str
    unit_id: int
    facts: Mapping[str, Any]
    person_id: int | None = None


@dataclass(frozen=True)
class Filters:
    state: HintState | None = None
    colour: Colour | None = None
    rule: str = ""

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> "Filters":
        """From the words of an address. Raises: Malformed."""
        try:
            state = HintState(given["state"]) if given.get("state") else None
            colour = Colour(given["colour"]) if given.get("colour") else None
        except ValueError as error:
            raise Malformed("没有这样的状态或颜色，请从列出的里面选。") from error
        return cls(state, colour, given.get("rule", "").strip())

    @property
    def given(self) -> dict[str, str]:
        return {name: str(value) for name, value in vars(self).items() if value}


@dataclass(frozen=True)
class Shown:
    """One hint as lists and its page show it."""

    id: int
    rule: str
    title: str
    text: str
    demand: str
    colour: Colour
    state: HintState
    unit_code: str
    unit_name: str
    found_at: datetime
    seen_at: datetime
    times: int
    sign_by: date
    handle_by: date
    signed_by: str
    signed_at: datetime | None
    handled_by: str
    handled_at: datetime | None
    verdict: Verdict | None
    handling: str
    gone_at: datetime | None
    version: int
    is_late: bool
    may_sign: bool = False
    may_handle: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def state_label(self) -> str:
        return STATE_LABELS[self.state]

    @property
    def colour_label(self) -> str:
        return COLOUR_LABELS[self.colour]


@dataclass(frozen=True)
class Rechecked:
    """What one run found: hints that are new or came back, those seen before, those gone."""

    raised: int
    seen: int
    gone: int
    seconds: float


class HintNotFound(NotFound):
    code = "hint_not_found"
    message = "没有这条风险提示，或者不在您的查看范围内。"


class NotYourHint(Forbidden):
    code = "not_yours"
    message = "这条风险提示不由您签收和处理，请由管理这里的管理员或分管领导办理。"


class AboutYourself(Forbidden):
    code = "about_yourself"
    message = "这条风险提示说的是您本人，请由另一位管理员或分管领导办理。"


class StaleHint(Conflict):
    code = "stale"
    message = "这条风险提示刚才有变化。请看一下现在的情况，再办。"


class HintSettled(Conflict):
    code = "hint_settled"
    message = "这条风险提示已经签收或处理过了，不用再办。"


class NotSigned(Conflict):
    code = "not_signed"
    message = "请先签收，再填处理情况。"


class BadHandling(Invalid):
    code = "handling"
    message = "处理情况没有保存，有几处要改。"
