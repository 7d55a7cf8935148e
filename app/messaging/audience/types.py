"""Words of the audiences: a row, what is wrong with it, why it is left out, and the funnel."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.messaging.text.types import Variable
from app.messaging.types import Operator

MOST_NAME = 50  # characters; names of several peoples are long


class Block(StrEnum):
    """Why a number of a good row gets nothing, in the order they are asked."""

    DUPLICATE = "duplicate"
    REFUSED = "refused"
    BLACKLISTED = "blacklisted"
    WRONG_NUMBER = "wrong_number"


BLOCKS: Mapping[Block, str] = {
    Block.DUPLICATE: "重复",
    Block.REFUSED: "退订",
    Block.BLACKLISTED: "黑名单",
    Block.WRONG_NUMBER: "空号",
}


@dataclass(frozen=True)
class Areas:
    """`known`: each name an area goes by → its code. `own`: codes the sender may send to."""

    known: Mapping[str, str]
    own: frozenset[str]


@dataclass(frozen=True)
class Version:
    """A filed text as rows are judged against it. `says`: which words of the office's list it says
    with these values.
    """

    variables: tuple[Variable, ...]
    says: Callable[[Mapping[str, str]], Sequence[str]] = lambda _: ()


@dataclass(frozen=True)
class Wanted:
    """What a list is judged against: the text that goes to numbers of each operator, and where it
    may go.

    `versions`: None is for numbers whose operator nobody knows. Who is not in it gets nothing.
    """

    versions: Mapping[Operator | None, Version]
    areas: Areas

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The blanks of all versions, each once and as short as any version has it."""
        found: dict[str, Variable] = {}
        for blank in (blank for one in self.versions.values() for blank in one.variables):
            known = found.get(blank.name)
            if known is None or blank.longest < known.longest:
                found[blank.name] = blank
        return tuple(found.values())

    @property
    def shared(self) -> frozenset[str]:
        """Names of the blanks that every version has: each row fills these."""
        each = [{blank.name for blank in one.variables} for one in self.versions.values()]
        return frozenset(set.intersection(*each)) if each else frozenset()

    @property
    def needs_area(self) -> bool:
        """With more than one own area every row says which it belongs to."""
        return len(self.areas.own) > 1

    @property
    def asks_operator(self) -> bool:
        """Whether it makes a difference to a row."""
        known = [self.versions[one] for one in Operator if one in self.versions]
        return len(known) < len(Operator) or any(one is not known[0] for one in known)


@dataclass(frozen=True)
class Recipient:
    """One number with the values of its blanks. `row` is that of the sheet."""

    row: int
    phone: str
    area: str
    values: Mapping[str, str]
    operator: Operator | None = None


@dataclass(frozen=True)
class RowFault:
    """What is wrong in a row, at the column's title. Values are not repeated: they are personal."""

    row: int
    column: str
    code: str
    message: str


@dataclass(frozen=True)
class LeftOut:
    row: int
    block: Block


@dataclass(frozen=True)
class Funnel:
    """How many rows there were, and how many are left after each sieve; they add up."""

    read: int
    faulty: int
    blocked: Mapping[Block, int]
    kept: int
    by_area: Mapping[str, int]
    by_operator: Mapping[Operator | None, int]


@dataclass(frozen=True)
class Audience:
    """A judged list. `faults` names each faulty row at least once."""

    recipients: tuple[Recipient, ...]
    faults: tuple[RowFault, ...]
    left_out: tuple[LeftOut, ...]
    funnel: Funnel
