"""印章使用登记, as it goes in years: stamped in the house, sent back, refused, given up."""

from collections.abc import Callable
from typing import Any

from app.demo.load.recording import Stage
from app.demo.load.types import Story
from app.tickets.models import Ticket

PROCESS = "seal-use"
PAPERS = (
    ("关于{}同志参加业务培训的通知", "各乡镇人民政府", "通知参加培训的人员。"),
    ("关于{}同志任职的证明", "县政务服务中心", "办理入职手续。"),
    ("{}同志驻点窗口的工作安排", "各零工驿站", "印发执行。"),
)
COPIES = 12


def _answers(stage: Stage, paper: int) -> dict[str, Any]:
    document, recipient, reason = PAPERS[paper]
    (person,) = stage.people
    return {
        "seal": ("unit", "business", "unit")[paper],
        "document": document.replace("{}", person.name),
        "copies": COPIES,
        "recipient": recipient,
        "reason": reason,
        "place": "office",
    }


def _ask(stage: Stage, paper: int = 0) -> Ticket:
    answers = _answers(stage, paper)
    return stage.submit(stage.draft(PROCESS, answers), answers)


def stamped(paper: int) -> Callable[[Stage], None]:
    """The head agrees, the keeper stamps and books it."""

    def play(stage: Stage) -> None:
        stage.finish(_ask(stage, paper))

    return play


def mended(stage: Stage) -> None:
    """The head sends it back once."""
    ticket = stage.acts(_ask(stage, 1), "return:请写清文件送往哪个单位。")
    stage.finish(stage.submit(ticket))


def refused(stage: Stage) -> None:
    stage.acts(_ask(stage, 2), "refuse:这份文件不由本单位用印。")


def given_up(stage: Stage) -> None:
    ticket = stage.withdraw(_ask(stage, 1), "文件还要修改")
    stage.cancel(ticket, "文件不发了")


def waits(agreed: int) -> Callable[[Stage], None]:
    """Stands before the next node after `agreed` have agreed."""

    def play(stage: Stage) -> None:
        stage.acts(_ask(stage), *("approve",) * agreed)

    return play


def _story(
    name: str, weight: int, play: Callable[[Stage], None], *, is_open: bool = False
) -> Story:
    return Story(f"seal: {name}", PROCESS, weight, 1, play, is_open=is_open)


STORIES = (
    *(_story(f"stamped {n}", 6, stamped(n)) for n in range(len(PAPERS))),
    _story("mended", 2, mended),
    _story("refused", 1, refused),
    _story("given up", 1, given_up),
    *(_story(f"waits {n}", 1, waits(n), is_open=True) for n in range(2)),
)
