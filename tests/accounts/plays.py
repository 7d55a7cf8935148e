"""How each process that touches accounts is begun and answered in a storm.

Whoever ships another one adds it here; a test asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.demo import people as invented

if TYPE_CHECKING:
    from tests.accounts.storm import AccountStorm

SUBSYSTEMS = ("gig-station", "shared-labour")
POSTS = ("review", "publishing")
CAST = range(1, 8)  # whom forms name
DONE = "已按申请表办理完毕。"

Answers = dict[str, Any]
Answering = Callable[["AccountStorm"], Answers]


@dataclass(frozen=True)
class Play:
    """`clerks` begin it with what `form` answers; `nodes` answer what a step asks besides.

    `signers` are the nodes that agree before anything takes effect.
    """

    clerks: Sequence[str]
    form: Answering
    signers: Sequence[str]
    nodes: Mapping[str, Answering] = field(default_factory=dict)


def person(storm: AccountStorm, kind: str) -> Answers:
    return invented.row(
        storm.dice.choice(CAST), kind=kind, post=storm.dice.choice(POSTS), requirement="按岗位办理"
    )


def operators(storm: AccountStorm) -> Answers:
    kinds = ("add", "add", "add", "change", "close")
    rows = [person(storm, storm.dice.choice(kinds)) for _ in range(storm.dice.choice((1, 1, 2, 3)))]
    if storm.dice.random() < 0.05:
        rows[0] |= storm.admin_row()
    return {
        "subsystem": storm.dice.choice(SUBSYSTEMS),
        "contact_phone": "0718-8200000",
        "people": rows,
    }


def result(storm: AccountStorm) -> Answers:
    if storm.dice.random() < 0.15:
        return {"result": f"第{storm.dice.choice((1, 2))}行未办理：资料不齐"}
    return {"result": DONE}


PLAYS: dict[str, Play] = {
    "operator-account": Play(
        clerks=("yaohaiyang", "yaohaiyang", "longjinhua"),
        form=operators,
        signers=("department_opinion", "leader_approval"),
        nodes={"account_execution": result, "permission_execution": result},
    ),
}
LEFT_OUT: dict[str, str] = {}
