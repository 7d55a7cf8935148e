"""How each process that touches accounts is begun and answered in a storm.

Whoever ships another one adds it here; a test asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from app.access.models import Account
from app.access.reviews.models import Review, ReviewRow
from app.core import clock
from app.demo import people as invented
from tests.administrators.playing import PEOPLE, admin_row

if TYPE_CHECKING:
    from tests.accounts.storm import AccountStorm

SUBSYSTEMS = ("gig-station", "shared-labour")
POSTS = ("review", "publishing")
CAST = range(1, 8)  # whom forms name
ADMINS = ("tanlihua", "tanguifang", "wuyiming")
COMMON = ("name", "id_number", "phone")
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


def admins(storm: AccountStorm) -> Answers:
    """附件1: people of the cast and administrators come, go, and change their role."""
    rows = []
    for _ in range(storm.dice.choice((1, 1, 2))):
        who = storm.dice.choice((*ADMINS, *map(str, CAST)))
        kind = storm.dice.choice(("add", "add", "close", "close", "change"))
        post = storm.dice.choice(("account_admin", "permission_admin"))
        rows.append(_as_admin(who, kind, post))
    day = clock.local(storm.office.now).date().isoformat()
    return {
        "phone": "0718-8200000",
        "event": "transfer",
        "event_date": day,
        "people": rows,
        "pair_reason": "人手不够，另一人待定",
        "urgent_reason": "本人已经离岗，交接随后补办",
    }


def _as_admin(who: str, kind: str, post: str) -> Answers:
    if who in PEOPLE:
        row = admin_row(kind, who, post)
    else:
        person = invented.row(int(who), kind=kind, post=post)
        row = admin_row(kind, "tanlihua", post, **{key: person[key] for key in COMMON})
    return row


def contacts(storm: AccountStorm) -> Answers:
    row = invented.row(storm.dice.choice(CAST), post="")
    return {
        "contact_phone": "0718-8200000",
        "people": [
            {
                "name": row["name"],
                "id_number": row["id_number"],
                "phone": f"154000{storm.dice.randrange(10**5):05}",
                "requirement": "更换手机号",
            }
        ],
    }


def cleanup(storm: AccountStorm) -> Answers:
    kinds = ("close", "close", "close", "keep")
    rows = []
    for _ in range(storm.dice.choice((1, 2))):
        row = person(storm, storm.dice.choice(kinds)) | {"cause": "left"}
        if row["kind"] == "keep":
            row |= {"cause": "absent", "back_on": "2026-12-20"}
        rows.append(row)
    return {
        "subsystem": storm.dice.choice(SUBSYSTEMS),
        "nature": storm.dice.choice(("ordinary", "ordinary", "inquiry")),
        "event_date": clock.local(storm.office.now).date().isoformat(),
        "contact_phone": "0718-8200000",
        "people": rows,
    }


def freeze(storm: AccountStorm) -> Answers:
    row = invented.row(storm.dice.choice(CAST), post="")
    measure, cause = storm.dice.choice((("freeze", "stolen"), ("unfreeze", "cleared")))
    return {
        "measure": measure,
        "cause": cause,
        "reason": "同一账户两地登录。",
        "name": row["name"],
        "id_number": row["id_number"],
    }


def idle(storm: AccountStorm) -> Answers:
    """Whoever has an account has not been seen since the summer."""
    long_ago = storm.office.now - timedelta(days=120)
    storm.office.session.execute(update(Account).values(opened_at=long_ago))
    return {"department": "422826-jyzx"}


def verdicts(storm: AccountStorm) -> Answers:
    listed = select(func.count()).select_from(ReviewRow).join(Review)
    own = Review.instance_id == storm.ticket.instance_id
    count = storm.office.session.scalar(listed.where(own)) or 0
    choices = ("close", "close", "keep")
    rows = [{"decision": storm.dice.choice(choices), "reason": "仍用"} for _ in range(count)]
    return {"rows": rows}


def found(_storm: AccountStorm) -> Answers:
    return {"found": "已经核实。"}


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
    "admin-account": Play(
        clerks=("yaohaiyang", "tanlihua", "wuyiming"),
        form=admins,
        signers=("department_opinion", "leader_approval"),
        nodes={"account_execution": result, "permission_execution": result},
    ),
    "contact-change": Play(
        clerks=("yaohaiyang",),
        form=contacts,
        signers=(),
        nodes={"account_execution": result},
    ),
}
PLAYS |= {
    "account-cleanup": Play(
        clerks=("yaohaiyang", "pengxiuying", "wuyiming"),
        form=cleanup,
        signers=("leader_approval",),
        nodes={"account_execution": result, "permission_execution": result},
    ),
    "emergency-freeze": Play(
        clerks=("wuyiming", "pengxiuying"),
        form=freeze,
        signers=(),
        nodes={"file_form": found},
    ),
}
PLAYS |= {
    "dormant-review": Play(
        clerks=("tanlihua", "tanguifang"),
        form=idle,
        signers=("leader_confirmation",),
        nodes={"answer": verdicts, "permission_execution": result, "account_execution": result},
    ),
}
LEFT_OUT = {
    "region-bootstrap": "once a region, before anything else; each storm begins behind it",
    "admin-handover": "changes no account; tests/administrators/test_handover.py",
    "permission-log-review": "reads and reports; tests/reviews",
    "requirement": "tells operators and changes no account; tests/requirements",
    "confidentiality-agreement": "changes no account; tests/stories/test_agreements.py",
}
