"""When the people of a visit have decided it, and what; pure.

Outcomes are drawn from the most to the least agreeing, as in
`approve=同意;amend=修改后同意;reject=不同意`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from app.tasks.types import DECIDING, Outcome, TaskKind, TaskState

QUORUM = re.compile(r"quorum:([1-9]\d?)/([1-9]\d?)")


class Decide(StrEnum):
    """The kinds of `decide`."""

    ANY = "any"  # 或签: one task, whoever takes it
    ALL = "all"  # 会签
    IN_ORDER = "all_in_order"  # 依次会签
    QUORUM = "quorum"  # 票签


@dataclass(frozen=True)
class Rule:
    """`decide` of a node; `part` of `whole` is the quorum, of those who have a vote."""

    kind: Decide
    part: int = 1
    whole: int = 1

    @classmethod
    def parse(cls, text: str) -> "Rule":
        if drawn := QUORUM.fullmatch(text):
            return cls(Decide.QUORUM, int(drawn[1]), int(drawn[2]))
        return cls(Decide(text or Decide.ANY))

    @property
    def is_shared(self) -> bool:
        """Everybody it names has a share of his own."""
        return self.kind is not Decide.ANY

    def needed(self, voters: int) -> int:
        return ceil(voters * self.part / self.whole)


@dataclass(frozen=True)
class Share:
    """What one person's task is to the visit."""

    kind: TaskKind
    state: TaskState
    outcome: str | None = None

    @property
    def counts(self) -> bool:
        return self.kind in DECIDING and self.state is not TaskState.CANCELLED


def refusals(outcomes: Sequence[Outcome]) -> frozenset[str]:
    """What ends it for all: the refusals drawn, else the least agreeing of several outcomes."""
    drawn = frozenset(one.value for one in outcomes if one.is_refusal)
    return drawn or frozenset(one.value for one in outcomes[1:][-1:])


def verdict(rule: Rule, outcomes: Sequence[Outcome], shares: Iterable[Share]) -> str | None:
    """The outcome of the visit, or None as long as it is open.

    A refusal ends it at once, but where votes are counted: there it ends when enough agree, or
    when no more can. Else the least agreeing outcome that anybody gave is the outcome of all.
    """
    counted = [share for share in shares if share.counts]
    if not counted:
        return None
    if rule.kind is Decide.QUORUM:
        return _voted(rule, outcomes, counted)
    given = [share.outcome for share in counted if share.state is TaskState.DONE]
    refused = [outcome for outcome in given if outcome in refusals(outcomes)]
    if refused and refused[0] is not None:
        return refused[0]
    return _weakest(outcomes, given) if len(given) == len(counted) else None


def _voted(rule: Rule, outcomes: Sequence[Outcome], counted: Sequence[Share]) -> str | None:
    against = refusals(outcomes)
    # Who is added after somebody has decided says his word on what the vote brought.
    voters = [share for share in counted if share.kind is not TaskKind.AFTER]
    later = [share for share in counted if share.kind is TaskKind.AFTER]
    given = [share.outcome for share in voters if share.state is TaskState.DONE]
    agreed = [outcome for outcome in given if outcome not in against]
    needed = rule.needed(len(voters))
    if len(agreed) + len(voters) - len(given) < needed:
        return _most(outcomes, [outcome for outcome in given if outcome in against])
    if len(agreed) < needed:
        return None
    said = [share.outcome for share in later if share.state is TaskState.DONE]
    if refused := [outcome for outcome in said if outcome in against]:
        return refused[0]
    if len(said) < len(later):
        return None
    return _weakest(outcomes, [_most(outcomes, agreed), *said])


def _weakest(outcomes: Sequence[Outcome], given: Sequence[str | None]) -> str:
    order = [one.value for one in outcomes]
    return max((one for one in given if one in order), key=order.index, default=order[0])


def _most(outcomes: Sequence[Outcome], given: Sequence[str | None]) -> str:
    """What most said; of two said alike often the less agreeing."""
    votes = Counter(one for one in given if one is not None)
    return max(
        (one.value for one in outcomes), key=lambda value: (votes[value], _rank(outcomes, value))
    )


def _rank(outcomes: Sequence[Outcome], value: str) -> int:
    return [one.value for one in outcomes].index(value)
