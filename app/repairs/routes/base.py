"""The blueprint of the room, and what its pages ask of every request."""

from flask import Blueprint, request

bp = Blueprint("repairs", __name__)


def number_of(name: str) -> int:
    """A page that saw no number is stale."""
    given = request.form.get(name, type=int)
    return -1 if given is None else given


def words(name: str) -> str:
    """What was typed, without the NUL that no database takes."""
    return request.form.get(name, "").replace("\0", "")
