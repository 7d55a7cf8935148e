"""保密协议, as it goes in years: signed, sent back once, one that waits."""

from collections.abc import Callable
from typing import Any

from app.demo.load.recording import Stage
from app.demo.load.types import Story
from app.tickets.models import Ticket

PROCESS = "confidentiality-agreement"


def _answers(stage: Stage) -> dict[str, Any]:
    (person,) = stage.people
    return {
        "kind": "sign",
        "name": person.name,
        "id_number": person.id_number,
        "organisation": "零工驿站",
        "starts_on": "2026-11-23",
        "ends_on": "2029-11-22",
    }


def _ask(stage: Stage) -> Ticket:
    answers = _answers(stage)
    return stage.submit(stage.draft(PROCESS, answers), answers)


def signed(stage: Stage) -> None:
    stage.finish(_ask(stage))


def mended(stage: Stage) -> None:
    """The leader sends it back once."""
    ticket = stage.acts(_ask(stage), "return:请补附本人签字页。")
    stage.finish(stage.submit(ticket))


def waits(stage: Stage) -> None:
    _ask(stage)


def _story(
    name: str, weight: int, play: Callable[[Stage], None], *, is_open: bool = False
) -> Story:
    return Story(f"agreement: {name}", PROCESS, weight, 1, play, is_open=is_open)


STORIES = (
    _story("signed", 4, signed),
    _story("mended", 1, mended),
    _story("waits", 1, waits, is_open=True),
)
