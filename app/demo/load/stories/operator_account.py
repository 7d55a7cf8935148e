"""操作员账户权限申请, as it goes in years: people come, change posts, leave; forms are refused,
sent back, withdrawn, given up.
"""

from collections.abc import Callable, Sequence
from typing import Any

from app.demo.load.recording import Stage
from app.demo.load.types import Invented, Story
from app.tickets.models import Ticket

PROCESS = "operator-account"
NODES = 4
CHOICES = {"subsystem": "subsystems", "post": "posts", "other_post": "posts"}
WORDS = {
    "add": "新增用户，分配岗位权限",
    "change": "调整岗位，换发权限",
    "close": "已调离，收回权限并注销账户",
}


def _answers(
    stage: Stage, kind: str, post: str, people: Sequence[Invented] | None = None
) -> dict[str, Any]:
    return {
        "subsystem": stage.choices["subsystem"],
        "contact_phone": "0718-8200000",
        "people": [
            {
                "kind": kind,
                "name": person.name,
                "id_number": person.id_number,
                "phone": person.phone,
                "post": stage.choices[post],
                "requirement": WORDS[kind],
            }
            for person in (stage.people if people is None else people)
        ],
    }


def ask(
    stage: Stage,
    kind: str = "add",
    post: str = "post",
    *,
    people: Sequence[Invented] | None = None,
) -> Ticket:
    """Submit a form for everybody on the stage, or for these people."""
    answers = _answers(stage, kind, post, people)
    return stage.submit(stage.draft(PROCESS, answers), answers)


def opened(stage: Stage) -> None:
    """Everybody agrees."""
    stage.finish(ask(stage))


def moved(stage: Stage) -> None:
    """An account is opened; later the person gets another post."""
    opened(stage)
    stage.finish(ask(stage, "change", "other_post"))


def left(stage: Stage) -> None:
    """An account is opened; later the person leaves and it is closed."""
    opened(stage)
    stage.finish(ask(stage, "close"))


def mended(stage: Stage) -> None:
    """The leader sends it back once, then it goes through."""
    ticket = stage.acts(
        ask(stage), "approve", "return:第 1 行的具体要求没有写清要哪些权限，请补充。"
    )
    stage.finish(stage.submit(ticket))


def returned_late(stage: Stage) -> None:
    """Sent back when the account had been opened already: nothing is booked twice."""
    back = "return:岗位角色与本人岗位不符，请核对后重报。"
    ticket = stage.acts(ask(stage), "approve", "approve", "approve", back)
    stage.finish(stage.submit(ticket))


def refused_by_department(stage: Stage) -> None:
    stage.acts(ask(stage), "refuse:本部门没有这项业务，不予办理。")


def refused_by_leader(stage: Stage) -> None:
    stage.acts(ask(stage), "approve", "refuse:本季度不再新增用户。")


def given_up(stage: Stage) -> None:
    """Withdrawn, then cancelled."""
    ticket = stage.withdraw(ask(stage), "填错了子系统")
    stage.cancel(ticket, "另行申请")


def thrown_away(stage: Stage) -> None:
    """A draft that was never sent."""
    stage.cancel(stage.draft(PROCESS, _answers(stage, "add", "post")), "不需要了")


def waits(agreed: int) -> Callable[[Stage], None]:
    """Stands before the next node after `agreed` have agreed."""

    def play(stage: Stage) -> None:
        stage.acts(ask(stage), *("approve",) * agreed)

    return play


def sent_back(stage: Stage) -> None:
    stage.acts(ask(stage), "return:请补充第 1 行的具体要求。")


def taken_back(stage: Stage) -> None:
    stage.withdraw(ask(stage), "要改联系电话")


def draft(stage: Stage) -> None:
    stage.draft(PROCESS, _answers(stage, "add", "post"))


def _story(
    name: str, weight: int, play: Callable[[Stage], None], *, people: int = 1, is_open: bool = False
) -> Story:
    return Story(name, PROCESS, weight, people, play, CHOICES, is_open)


STORIES = (
    _story("opened", 46, opened),
    _story("opened for two", 14, opened, people=2),
    _story("opened for five", 2, opened, people=5),
    _story("moved", 6, moved),
    _story("left", 8, left),
    _story("mended", 7, mended),
    _story("returned late", 2, returned_late),
    _story("refused by department", 4, refused_by_department),
    _story("refused by leader", 4, refused_by_leader),
    _story("given up", 3, given_up),
    _story("thrown away", 4, thrown_away),
    *(_story(f"waits {n}", 3, waits(n), is_open=True) for n in range(NODES)),
    _story("sent back", 1, sent_back, is_open=True),
    _story("taken back", 1, taken_back, is_open=True),
    _story("draft", 2, draft, is_open=True),
)
