"""用户信息变更, as it goes in years: a new phone, a form sent back, one that waits."""

from collections.abc import Callable
from typing import Any

from app.demo.load.recording import Stage
from app.demo.load.stories import operator_account
from app.demo.load.types import Invented, Story
from app.tickets.models import Ticket

PROCESS = "contact-change"


def _answers(person: Invented, phone: str) -> dict[str, Any]:
    return {
        "contact_phone": "0718-8200000",
        "people": [
            {
                "name": person.name,
                "id_number": person.id_number,
                "phone": phone,
                "requirement": "更换手机号。",
            }
        ],
    }


def _ask(stage: Stage) -> Ticket:
    """For somebody whose account was opened before; the new phone is that of the second person."""
    person, other = stage.people
    opened = operator_account.ask(stage, people=(person,))
    stage.finish(opened)
    answers = _answers(person, other.phone)
    return stage.submit(stage.draft(PROCESS, answers), answers)


def changed(stage: Stage) -> None:
    stage.finish(_ask(stage))


def mended(stage: Stage) -> None:
    """The account admin sends it back once."""
    ticket = stage.acts(_ask(stage), "return:请本人带身份证件来核对。")
    stage.finish(stage.submit(ticket))


def waits(stage: Stage) -> None:
    _ask(stage)


def _story(
    name: str, weight: int, play: Callable[[Stage], None], *, is_open: bool = False
) -> Story:
    choices = operator_account.CHOICES
    return Story(f"contact: {name}", PROCESS, weight, 2, play, choices, is_open=is_open)


STORIES = (
    _story("changed", 4, changed),
    _story("mended", 1, mended),
    _story("waits", 1, waits, is_open=True),
)
