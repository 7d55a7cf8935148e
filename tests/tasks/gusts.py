"""What people do in a storm: every act on a task or its ticket, and what happens around both.

Each takes the storm, a task and who tries it, mostly with a right to; what it raises is the answer
of the site. `PLAYED` says which address each act stands for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from app.core import clock
from app.identity import queries as people
from app.identity import service as identity
from app.identity.cover_models import Absence, Mandate, Pair
from app.identity.models import Login
from app.identity.types import LoginState, Position
from app.processes.models import Incident
from app.processes.types import IncidentState
from app.repairs import handover, standing, steering
from app.repairs import service as repairs
from app.tasks import service as tasks
from app.tasks.models import Task, TaskBatch
from app.tasks.service import batching
from app.tasks.types import BatchAct, ItemState, Seen
from app.tickets import service as tickets
from app.tickets.models import Comment
from tests.tasks.together import KEY

if TYPE_CHECKING:
    from tests.tasks.storm import Storm

Gust = Callable[["Storm", Task, str], object]
ADMIN, REQUESTER = "duanshiyu", "yaohaiyang"
PLACES = ("before", "parallel", "after")
OUTCOMES = (*["approve"] * 8, "amend", "amend", "reject")
POSTS = (
    ("account_admin", "422826-xxzx"),
    ("permission_admin", "422826-xxzx"),
    ("dept_head", "422826-jyzx"),
    ("unit_leader", "422826-rsj"),
    ("unit_leader", "422800"),
)
KEPT = ("tanlihua", "tanguifang", "wuyiming", "qinyongan", "pengxiuying", "qinxuemei", "yangwei")
WHY = "换人办。"


def _given(storm: Storm, task: Task, name: str) -> dict[str, Any]:
    stale = storm.dice.random() < 0.05
    return {**_asked(storm, name), "task_id": task.id, "version": task.version - stale}


def _asked(storm: Storm, name: str) -> dict[str, Any]:
    return {"actor": storm.office.actor(name), "now": storm.office.tick()}


def _ticket(storm: Storm, name: str) -> dict[str, Any]:
    return {**_asked(storm, name), "number": storm.ticket.number}


def _days(storm: Storm) -> tuple[date, date]:
    today = clock.local(storm.office.now + timedelta(hours=1)).date()
    first = today + timedelta(days=storm.dice.choice((0, 0, 0, 1)))
    return first, first + timedelta(days=storm.dice.choice((0, 1, 3)))


def _rarely(storm: Storm, chance: float) -> bool:
    return storm.dice.random() >= chance


# ── on the own task ──


def complete(storm: Storm, task: Task, name: str) -> object:
    if task.node == "apply":
        return resubmit(storm, task, name)
    outcome = "approve" if task.node == "sign" else storm.dice.choice(OUTCOMES)
    decision = tasks.Decision(outcome=outcome, opinion="不妥" if outcome == "reject" else "")
    return tasks.complete(storm.office.session, **_given(storm, task, name), decision=decision)


def transfer(storm: Storm, task: Task, name: str) -> object:
    to = storm.somebody()
    return tasks.transfer(storm.office.session, **_given(storm, task, name), to=to, reason="")


def delegate(storm: Storm, task: Task, name: str) -> object:
    to = storm.somebody()
    return tasks.delegate(storm.office.session, **_given(storm, task, name), to=to, reason="")


def add(storm: Storm, task: Task, name: str) -> object:
    to = [storm.somebody() for _ in range(storm.dice.choice((1, 1, 2)))]
    place = storm.dice.choice(PLACES)
    given = _given(storm, task, name)
    return tasks.add_signers(storm.office.session, **given, to=to, place=place, reason="")


def remove(storm: Storm, task: Task, name: str) -> object:
    to = storm.somebody()
    return tasks.remove_signer(storm.office.session, **_given(storm, task, name), to=to)


def claim(storm: Storm, task: Task, name: str) -> object:
    return tasks.claim(storm.office.session, **_given(storm, task, name))


def release(storm: Storm, task: Task, name: str) -> object:
    return tasks.release(storm.office.session, **_given(storm, task, name))


def send_back(storm: Storm, task: Task, name: str) -> object:
    if _rarely(storm, 0.5):
        return None
    node = storm.dice.choice((None, None, "review"))
    given = _given(storm, task, name)
    return tasks.return_task(storm.office.session, **given, reason="再想想", node=node)


def take_back(storm: Storm, task: Task, name: str) -> object:
    return tasks.withdraw_task(storm.office.session, **_given(storm, task, name))


def batch(storm: Storm, task: Task, name: str) -> object:
    """A batch of one, worked off at once."""
    session, asked = storm.office.session, _asked(storm, name)
    act = storm.dice.choice((BatchAct.AGREE, BatchAct.CLAIM, BatchAct.TRANSFER))
    made = tasks.create_batch(
        session,
        **asked,
        act=act,
        items=[Seen(task.id, task.version)],
        opinion="",
        to=storm.somebody(),
        client_key=tasks.new_key(),
    )
    if storm.dice.random() < 0.2:
        tasks.stop_batch(session, **asked, batch_id=made.id)
        tasks.retry_batch(session, **asked, batch_id=made.id)
    return _worked_off(storm, made)


def _worked_off(storm: Storm, made: TaskBatch) -> object:
    for item in made.items:
        batching.step(storm.office.session, {"item": item.id}, storm.office.now)
    return made if made.of(ItemState.DONE) else None


# ── on the ticket ──


def resubmit(storm: Storm, _task: Task, name: str) -> object:
    answers = {"note": f"第 {storm.acts} 次"}
    return tickets.submit(storm.office.session, **_ticket(storm, name), answers=answers)


def withdraw(storm: Storm, _task: Task, name: str) -> object:
    return tickets.withdraw(storm.office.session, **_ticket(storm, name))


def cancel(storm: Storm, _task: Task, name: str) -> object:
    if _rarely(storm, 0.2):
        return None
    return tickets.cancel(storm.office.session, **_ticket(storm, name))


def urge(storm: Storm, _task: Task, name: str) -> object:
    """Alone, or in a batch of one."""
    given = _ticket(storm, name)
    if storm.dice.random() < 0.5:
        return tickets.urge(storm.office.session, **given, text="请抓紧。")
    number = given.pop("number")
    made = tickets.urge_many(
        storm.office.session,
        **given,
        numbers=[number],
        text="请抓紧。",
        client_key=tasks.new_key(),
    )
    return _worked_off(storm, made)


def comment(storm: Storm, _task: Task, name: str) -> object:
    to = [storm.somebody()] if storm.dice.random() < 0.5 else []
    return tickets.comment(storm.office.session, **_ticket(storm, name), text="请看一下。", to=to)


def unsay(storm: Storm, _task: Task, name: str) -> object:
    said = storm.office.session.scalars(
        select(Comment.id).where(Comment.instance_id == storm.ticket.instance_id)
    ).all()
    if not said:
        return None
    given = _ticket(storm, name) | {"now": storm.office.now}
    return tickets.withdraw_comment(storm.office.session, **given, comment_id=said[-1])


def copy(storm: Storm, _task: Task, name: str) -> object:
    return tickets.copy_to(storm.office.session, **_ticket(storm, name), to=[storm.somebody()])


def look(storm: Storm, _task: Task, name: str) -> object:
    return tickets.mark_seen(storm.office.session, **_ticket(storm, name))


# ── by administrators ──


def suspend(storm: Storm, _task: Task, name: str) -> object:
    if _rarely(storm, 0.4):
        return None
    by = storm.dice.choice((ADMIN, ADMIN, name))
    return standing.suspend(storm.office.session, **_ticket(storm, by), reason=WHY)


def resume(storm: Storm, _task: Task, name: str) -> object:
    by = storm.dice.choice((ADMIN, ADMIN, name))
    return standing.resume(storm.office.session, **_ticket(storm, by), reason=WHY)


def abolish(storm: Storm, _task: Task, name: str) -> object:
    if _rarely(storm, 0.1):
        return None
    by = storm.dice.choice((ADMIN, ADMIN, name))
    return standing.cancel(storm.office.session, **_ticket(storm, by), reason=WHY)


def move(storm: Storm, _task: Task, name: str) -> object:
    if _rarely(storm, 0.4):
        return None
    by = storm.dice.choice((ADMIN, ADMIN, name))
    target = storm.dice.choice(("review", "sign", "apply"))
    given = _ticket(storm, by)
    return steering.move(storm.office.session, **given, source="", target=target, reason=WHY)


def retry(storm: Storm, _task: Task, _name: str) -> object:
    found = storm.office.session.scalars(
        select(Incident.id).where(
            Incident.instance_id == storm.ticket.instance_id,
            Incident.state == IncidentState.OPEN,
        )
    ).all()
    if not found:
        return None
    return repairs.retry(storm.office.session, **_asked(storm, ADMIN), incident_id=found[0])


def hand_over(storm: Storm, _task: Task, _name: str) -> object:
    """离岗交接, to who suggests himself or to anybody."""
    if _rarely(storm, 0.5):
        return None
    leaver, asked = storm.dice.choice(KEPT), _asked(storm, ADMIN)
    found = handover.preview(storm.office.session, **asked, username=leaver)
    to = {}
    for part in found.parts:
        named = part.proposed.username if part.proposed else ""
        to[part.key] = storm.dice.choice((named, named, storm.somebody()))
    return handover.hand_over(
        storm.office.session,
        **asked,
        username=leaver,
        receivers=to,
        mark=found.mark,
        reason=WHY,
    )


def dismiss(storm: Storm, _task: Task, _name: str) -> object:
    """Somebody loses his position in the middle of it, rarely."""
    if _rarely(storm, 0.3):
        return None
    post, unit = storm.dice.choice(POSTS)
    identity.end_appointment(
        storm.office.session,
        actor=None,
        person_id=storm.office.actor(storm.dice.choice(KEPT)).person_id,
        position=Position(post),
        unit=people.unit_by_code(storm.office.session, unit),
        now=storm.office.tick(),
    )
    return post


def appoint(storm: Storm, _task: Task, _name: str) -> object:
    if _rarely(storm, 0.5):
        return None
    post, unit = storm.dice.choice(POSTS)
    return identity.appoint(
        storm.office.session,
        actor=None,
        person_id=storm.office.actor(storm.somebody()).person_id,
        position=Position(post),
        unit=people.unit_by_code(storm.office.session, unit),
        source="test",
        now=storm.office.tick(),
    )


def lock_out(storm: Storm, _task: Task, _name: str) -> object:
    """A login is disabled, or opened again."""
    session, now = storm.office.session, storm.office.tick()
    closed = session.scalars(
        select(Login.username).where(Login.username.in_(KEPT), Login.state == LoginState.DISABLED)
    ).all()
    if closed:
        return identity.activate_login(session, actor=None, username=closed[0], now=now)
    if _rarely(storm, 0.4):
        return None
    who = storm.dice.choice(KEPT)
    identity.disable_login(session, actor=None, username=who, now=now)
    return who


# ── who stands in for whom ──


def leave(storm: Storm, _task: Task, _name: str) -> object:
    who = storm.dice.choice(KEPT)
    first, last = _days(storm)
    given = _asked(storm, who)
    return identity.enter_absence(
        storm.office.session, **given, username="", first=first, last=last, kind="annual"
    )


def _one(storm: Storm, kind: type[Any]) -> Any:
    """One that has not ended yet."""
    running = select(kind).where(kind.ends_at.is_(None) | (kind.ends_at > storm.office.now))
    found = storm.office.session.scalars(running.order_by(kind.id)).all()
    return storm.dice.choice(found) if found else None


def come_back(storm: Storm, _task: Task, _name: str) -> object:
    found = _one(storm, Absence)
    if found is None:
        return None
    given = _asked(storm, storm.office.username(found.person_id))
    given |= {"absence_id": found.id, "version": found.version}
    if storm.dice.random() < 0.7:
        return identity.end_absence(storm.office.session, **given)
    return identity.change_absence(storm.office.session, **given, last=_days(storm)[1])


def entrust(storm: Storm, _task: Task, _name: str) -> object:
    who = storm.dice.choice(KEPT)
    first, last = _days(storm)
    return identity.write_mandate(
        storm.office.session,
        **_asked(storm, who),
        deputy=storm.somebody(),
        first=first,
        last=last,
        processes=storm.dice.choice(([], [KEY])),
    )


def end_trust(storm: Storm, _task: Task, _name: str) -> object:
    found = _one(storm, Mandate)
    if found is None:
        return None
    given = _asked(storm, storm.office.username(found.person_id))
    given |= {"mandate_id": found.id, "version": found.version}
    what = storm.dice.choice(("end", "revoke", "revoke", "change"))
    if what == "change":
        return identity.change_mandate(storm.office.session, **given, last=_days(storm)[1])
    act = identity.end_mandate if what == "end" else identity.revoke_mandate
    return act(storm.office.session, **given)


def pair(storm: Storm, _task: Task, _name: str) -> object:
    """AB角 of those who hold the position, or the end of one."""
    found = _one(storm, Pair)
    given = _asked(storm, ADMIN)
    if found is not None and storm.dice.random() < 0.5:
        given |= {"pair_id": found.id, "version": found.version}
        return identity.end_pair(storm.office.session, **given)
    post, unit = storm.dice.choice(POSTS)
    a, b = storm.dice.sample(KEPT, 2)
    return identity.enter_pair(storm.office.session, **given, unit=unit, position=post, a=a, b=b)


ACTS: dict[str, Gust] = {
    "complete": complete,
    "transfer": transfer,
    "delegate": delegate,
    "add": add,
    "remove": remove,
    "claim": claim,
    "release": release,
    "return": send_back,
    "take back": take_back,
    "batch": batch,
    "resubmit": resubmit,
    "withdraw": withdraw,
    "cancel": cancel,
    "urge": urge,
    "comment": comment,
    "unsay": unsay,
    "copy": copy,
    "look": look,
    "suspend": suspend,
    "resume": resume,
    "abolish": abolish,
    "move": move,
    "retry": retry,
    "hand over": hand_over,
    "dismiss": dismiss,
    "appoint": appoint,
    "lock out": lock_out,
    "leave": leave,
    "come back": come_back,
    "entrust": entrust,
    "end trust": end_trust,
    "pair": pair,
}
# How often each is tried; whoever has a task mostly gets on with it.
OFTEN = ["complete"] * 8 + ["add", "transfer", "delegate", "claim", "take back", "resume"] * 2
OFTEN += ["resubmit", "entrust", "leave", "return", *ACTS]
OF_HOLDER = {"complete", "transfer", "delegate", "add", "claim", "release", "return", "batch"}
OF_WHO_ACTED = {"take back", "remove"}
OF_REQUESTER = {"resubmit", "withdraw", "cancel", "urge"}

# Which address of the site each act stands for; the browser's have the same names or do the same.
PLAYED = {
    "api.complete": "complete",
    "api.transfer": "transfer",
    "api.delegate": "delegate",
    "api.add_signers": "add",
    "api.remove_signer": "remove",
    "api.claim": "claim",
    "api.release": "release",
    "api.return_task": "return",
    "api.withdraw_task": "take back",
    "api.create_task_batch": "batch",
    "api.stop_task_batch": "batch",
    "api.retry_task_batch": "batch",
    "api.resubmit": "resubmit",
    "api.withdraw": "withdraw",
    "api.cancel": "cancel",
    "api.urge": "urge",
    "api.create_urges": "urge",
    "api.comment": "comment",
    "api.withdraw_comment": "unsay",
    "api.copy": "copy",
    "api.mark_seen": "look",
    "api.suspend": "suspend",
    "api.resume": "resume",
    "api.move": "move",
    "api.retry_incident": "retry",
    "api.create_handover": "hand over",
    "api.create_absence": "leave",
    "api.change_absence": "come back",
    "api.end_absence": "come back",
    "api.create_mandate": "entrust",
    "api.change_mandate": "end trust",
    "api.end_mandate": "end trust",
    "api.revoke_mandate": "end trust",
    "api.create_pair": "pair",
    "api.end_pair": "pair",
}
LEFT_OUT = {
    "api.create_ticket": "each storm begins with it",
    "api.reveal": "reads; it moves nothing",
    "api.add_rows": "fills a draft; it moves nothing",
    "api.link": "ties two tickets together; it moves neither",
    "api.unlink": "ties two tickets together; it moves neither",
    "api.send_signal": "nothing in this diagram waits for one",
    "api.send_message": "nothing in this diagram waits for one",
    "api.edit_variables": "the road of this diagram hangs on what people decide",
    "api.migrate": "there is one version; tests/repairs/test_migrating.py",
    "api.stop_migration": "there is one version; tests/repairs/test_migrating.py",
    "api.supervise": "asks for words; it moves nothing",
    "api.create_scan": "papers are of documents; tests/documents",
}
