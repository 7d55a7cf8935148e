"""岗位与权限模板设置, as it goes in years: set, refused, one that waits."""

from collections.abc import Callable
from typing import Any

from app.demo.load.recording import Stage
from app.demo.load.types import Story
from app.tickets.models import Ticket

PROCESS = "post-template"


def _answers() -> dict[str, Any]:
    return {
        "subsystem": "gig-station",
        "post": "review",
        "kind": "set",
        "valid_from": "2026-12-01",
        "permissions": [
            {"permission": "岗位信息审核", "change": "give", "remark": "只限本县市"},
            {"permission": "岗位信息查询", "change": "give"},
        ],
        "reason": "按岗位职责设置。",
    }


def _ask(stage: Stage) -> Ticket:
    answers = _answers()
    return stage.submit(stage.draft(PROCESS, answers), answers)


def decided(stage: Stage) -> None:
    stage.finish(_ask(stage))


def refused(stage: Stage) -> None:
    stage.acts(_ask(stage), "refuse:这个岗位不再设置。")


def waits(stage: Stage) -> None:
    stage.acts(_ask(stage), "approve")


def _story(
    name: str, weight: int, play: Callable[[Stage], None], *, is_open: bool = False
) -> Story:
    return Story(f"template: {name}", PROCESS, weight, 1, play, is_open=is_open)


STORIES = (
    _story("set", 2, decided),
    _story("refused", 1, refused),
    _story("waits", 1, waits, is_open=True),
)
