"""What the rest of this room says when a setting is wrong, and how one is described."""

from dataclasses import dataclass

MIN_SECRET = 32  # characters of what signs sessions
MIN_TOKEN = 16  # characters or bytes of what other machines show us


class BadSetting(Exception):
    """A setting is missing or wrong; the message says which and how to mend it."""


@dataclass(frozen=True)
class Described:
    """What a setting is for, in both languages; its value where none is given."""

    name: str
    meaning: str
    purpose: str
    default: str = ""
    is_secret: bool = False
