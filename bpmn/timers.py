"""Timers of the diagram: ISO 8601 texts, with or without quotes; working days are not known."""

import re
from datetime import UTC, datetime, timedelta

# Years and months have no fixed length, so they are left out rather than guessed.
DURATION = re.compile(
    r"P(?=[\dT])(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,9})S)?)?"
)


def bare(text: str) -> str:
    """Return the text without surrounding blanks and quotes."""
    return text.strip().strip("\"'")


def due_at(kind: str, text: str, now: datetime) -> datetime:
    """Return when a timer that is armed now fires; kind is timeDuration or timeDate.

    Raises: ValueError when the text is not one.
    """
    if kind == "timeDuration":
        parts = DURATION.fullmatch(bare(text))
        if parts is None:
            raise ValueError(text)
        return now + timedelta(**{k: int(v) for k, v in parts.groupdict(default="0").items()})
    moment = datetime.fromisoformat(bare(text))
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)
