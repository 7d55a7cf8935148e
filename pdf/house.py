"""Papers of the house itself, which belong to no process; laid out like the forms."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "documents" / "house"
TICKET_RECORD = "ticket-record"
SUPERVISION_SHEET = "supervision-sheet"


@cache
def template(name: str) -> str:
    return (FOLDER / f"{name}.html").read_text(encoding="utf-8")
