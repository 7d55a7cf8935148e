"""How our properties are written: several values stand on lines or between semicolons."""

import re

SEPARATOR = re.compile(r"[;;\n]")


def values(text: str) -> tuple[str, ...]:
    """Return the single values of a property: `return; transfer` -> return, transfer."""
    return tuple(part.strip() for part in SEPARATOR.split(text) if part.strip())


def pairs(text: str) -> dict[str, str]:
    """Return keys and labels of a property like `approve=同意;reject=不同意`."""
    found = {}
    for value in values(text):
        key, _, label = value.partition("=")
        found[key.strip()] = label.strip() or key.strip()
    return found
