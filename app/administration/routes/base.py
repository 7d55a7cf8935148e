"""The blueprint of the room, and what its pages ask of every request."""

from flask import Blueprint, request

bp = Blueprint("administration", __name__)


def seen() -> int:
    """Which version the page showed; a page that saw none is stale."""
    given = request.form.get("rev", type=int)
    return -1 if given is None else given


def words(*names: str) -> dict[str, str]:
    """What was typed, without the NUL that no database takes."""
    return {name: request.form.get(name, "").replace("\0", "").strip() for name in names}
