"""By what people can be reached outside: handed over by the wiring, asked by whoever sends."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.config import SmtpServer


@dataclass(frozen=True)
class Outside:
    """`chats`: which services may be spoken to, each with the hosts it may lie on (none: its own).

    Nothing is reached that is not named here: a chat is an address that somebody typed.
    """

    smtp: SmtpServer | None = None
    chats: Mapping[str, frozenset[str]] = field(default_factory=dict)
    base_url: str = ""


_outside = [Outside()]


def configure(outside: Outside) -> None:
    _outside[:] = [outside]


def current() -> Outside:
    return _outside[0]
