"""What the chains speak of; imports nothing of ours but core."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple, Protocol

from app.core.days import parse_day
from app.core.errors import Conflict, Forbidden


class Result(StrEnum):
    """What became of the act that an event tells of."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


class Head(Protocol):
    """The end of a chain. A ticket's head lives on its locked instance row: no global lock."""

    audit_seq: int
    audit_hash: bytes

    @property
    def audit_chain(self) -> str: ...


class ChainEnd(NamedTuple):
    """Where a chain stands: the number and hash of its last event."""

    chain: str
    seq: int
    hash: bytes


@dataclass(frozen=True)
class Break:
    """The first thing that does not hold: an event of a chain, a seal, or a line of a file."""

    chain: str
    seq: int
    reason: str

    def __str__(self) -> str:
        return f"{self.chain} 第{self.seq}条：{self.reason}"


@dataclass(frozen=True)
class Verdict:
    """What was looked at, and what was found first."""

    events: int
    chains: int
    seals: int
    first_break: Break | None = None


@dataclass(frozen=True)
class Filters:
    """`by` is a user name or a person's name; days are the office's, both included."""

    object: str = ""
    by: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> "Filters":
        """From the words of an address: object, actor, type, from, to. Raises: Malformed."""
        return cls(
            _object(given.get("object", "").strip()),
            given.get("actor", "").strip(),
            given.get("type", "").strip(),
            parse_day(given.get("from", "")),
            parse_day(given.get("to", "")),
        )

    @property
    def is_narrow(self) -> bool:
        return self != Filters()

    def as_facts(self) -> dict[str, str]:
        """What was asked, for the event of the reading."""
        named = {
            "object": self.object,
            "actor": self.by,
            "type": self.kind,
            "from": self.since,
            "to": self.until,
        }
        return {name: str(value) for name, value in named.items() if value}


NUMBER = re.compile(r"[A-Z]+(-[A-Z0-9]+)+")


def _object(text: str) -> str:
    """A ticket's number alone is what people have on paper."""
    return f"ticket:{text.upper()}" if NUMBER.fullmatch(text.upper()) else text


class AuditorsOnly(Forbidden):
    code = "position"
    message = "审计记录只有审计员能看。"


class ExportRefused(Conflict):
    """The file of exported seals knows more than this database, or something else."""

    code = "audit_export"
    message = (
        "封存文件里的记录和数据库不一致：数据库可能被退回到更早的时候。"
        "请先用 audit verify --head 核对；确认是正常恢复后，把旧文件移走，系统会另写一份。"
    )


class NoSealYet(Conflict):
    code = "no_seal"
    message = "另一个程序正在封存，请过一分钟再试。"
