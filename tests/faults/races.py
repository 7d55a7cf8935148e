"""Acts that collide: sent over REST at the same moment, or beside a service call of our own.

Each function is one race; what it answers is wrong. What the tables say is judged afterwards.
"""

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from app.config import Settings
from app.core.clock import utcnow
from app.core.db import transaction
from app.identity import service as identity
from app.identity.models import Appointment, Login, Unit
from app.processes.service import publishing
from app.wiring import join
from scripts.process import ROOT
from tests.faults.clerks import PROCESS, Answer, Lost, Office, Rest, decision, open_task
from tests.faults.ground import Ground
from tests.faults.judge import Violation

CROWD = 20
Call = Callable[[], Any]


class Arena:
    """A crowd of connections, and services of our own on the site's database."""

    def __init__(self, ground: Ground, office: Office) -> None:
        self.ground, self.office = ground, office
        self.rest = Rest(office)
        self.crowd = [Rest(office) for _ in range(CROWD)]
        self.pool = ThreadPoolExecutor(CROWD + 1)
        self.dice = random.Random(7)
        join(Settings.from_env(ground.settings))

    def together(self, *calls: Call) -> list[Any]:
        gate = threading.Barrier(len(calls))

        def run(call: Call) -> Any:
            gate.wait(30)
            return call()

        return [future.result(60) for future in [self.pool.submit(run, call) for call in calls]]

    def form(self) -> tuple[str, int, dict[str, Any]]:
        who, seed = self.dice.choice(self.office.clerks), self.office.next_seed()
        return who, seed, {"process": PROCESS, "answers": self.office.answers(seed)}

    def ticket(self) -> tuple[str, str, dict[str, Any]]:
        """Who asks, the number, and the first task with one person to decide."""
        while True:
            who, seed, given = self.form()
            made = self.rest.act("create", who, "/tickets", given, seed=seed)
            if made is None or made.status != 201:
                raise Lost(f"no ticket: {made}")
            task = open_task(made.body)
            if task is not None and task["assignee"]:
                return who, str(made.body["number"]), task

    def complete(self, rest: Rest, task: Mapping[str, Any], key: str = "") -> Call:
        body = decision(task)
        facts = {"task": task["id"], "ticket": task["ticket"], "outcome": body["outcome"]}
        path, who = f"/tasks/{task['id']}/complete", str(task["assignee"])
        return lambda: rest.act("complete", who, path, body, key=key, **facts)

    def keyless(self, rest: Rest, task: Mapping[str, Any]) -> Call:
        """The same without a key, and without signing in again when refused."""
        body, who = decision(task), str(task["assignee"])
        facts = {"task": task["id"], "ticket": task["ticket"], "outcome": body["outcome"]}

        def call() -> Answer:
            n = self.office.history.sent("complete", who=who, **facts)
            answer = rest.once(who, f"/tasks/{task['id']}/complete", body)
            self.office.history.heard(n, answer.status)
            return answer

        return call


def same_key_create(arena: Arena) -> list[str]:
    """Twenty times the same POST with one key: one ticket, twenty equal answers."""
    who, seed, given = arena.form()
    key = uuid.uuid4().hex
    answers = arena.together(*(_create(rest, who, seed, given, key) for rest in arena.crowd))
    told = {(a.status, a.body.get("number")) if a else None for a in answers}
    return [] if len(told) == 1 and told != {None} else [f"answers differ: {told}"]


def same_key_complete(arena: Arena) -> list[str]:
    """Twenty times the same decision with one key: one decision, twenty equal answers."""
    _, _, task = arena.ticket()
    key = uuid.uuid4().hex
    answers = arena.together(*(arena.complete(rest, task, key) for rest in arena.crowd))
    told = {a.status if a else None for a in answers}
    return [] if told == {200} else [f"answers differ: {told}"]


def no_key(arena: Arena) -> list[str]:
    """Twenty times without a key: one is first, nineteen hear 409."""
    _, _, task = arena.ticket()
    arena.rest.get(str(task["assignee"]), "/me")
    answers = arena.together(*(arena.keyless(rest, task) for rest in arena.crowd))
    told = Counter(answer.status for answer in answers)
    return [] if told == {200: 1, 409: CROWD - 1} else [f"answers: {dict(told)}"]


def approve_approve(arena: Arena) -> list[str]:
    _, _, task = arena.ticket()
    answers = arena.together(*(arena.complete(rest, task) for rest in arena.crowd[:2]))
    told = sorted(answer.status if answer else 0 for answer in answers)
    return [] if told == [200, 409] else [f"answers: {told}"]


def approve_withdraw(arena: Arena) -> list[str]:
    who, number, task = arena.ticket()
    path = f"/tickets/{number}/withdraw"
    answers = arena.together(
        arena.complete(arena.crowd[0], task),
        lambda: arena.crowd[1].act("withdraw", who, path, {"reason": "填错了"}, ticket=number),
    )
    told = sorted(answer.status if answer else 0 for answer in answers)
    return [] if told == [200, 409] else [f"answers: {told}"]


def approve_disable(arena: Arena) -> list[str]:
    """Afterwards the token is worth nothing, whoever was first."""
    _, _, task = arena.ticket()
    who = str(task["assignee"])
    arena.rest.get(who, "/me")

    def disable() -> None:
        with transaction() as session:
            identity.disable_login(session, actor=None, username=who, now=utcnow())

    try:
        approve = arena.keyless(arena.crowd[0], task)
        first, _ = arena.together(approve, disable)
        second = approve()
    finally:
        arena.office.tokens.pop(who, None)
        with transaction() as session:
            login = session.scalars(select(Login).where(Login.username == who)).one()
            login.state = type(login.state)("active")
    wrong = [] if first.status in (200, 401, 403, 404, 409) else [f"first answer {first.status}"]
    return wrong + ([] if second.status == 401 else [f"after the disabling {second.status}"])


def approve_revoke(arena: Arena) -> list[str]:
    """Whoever loses a position is out at once, and decides nothing after a new sign-in either."""
    _, _, task = arena.ticket()
    who = str(task["assignee"])
    arena.rest.get(who, "/me")
    with transaction() as session:
        login = session.scalars(select(Login).where(Login.username == who)).one()
        rows = session.scalars(
            select(Appointment).where(
                Appointment.person_id == login.person_id, Appointment.ends_at.is_(None)
            )
        ).all()
        held = [(row.id, row.position, row.unit_id) for row in rows]
        person = login.person_id

    def revoke() -> None:
        with transaction() as session:
            for _, position, unit_id in held:
                identity.end_appointment(
                    session,
                    actor=None,
                    person_id=person,
                    position=position,
                    unit=session.get_one(Unit, unit_id),
                    now=utcnow(),
                )

    try:
        approve = arena.keyless(arena.crowd[0], task)
        first, _ = arena.together(approve, revoke)
        second = approve()
        arena.office.tokens.pop(who, None)
        arena.crowd[0].get(who, "/me")  # signs in anew
        third = approve()
    finally:
        arena.office.tokens.pop(who, None)
        with transaction() as session:
            for _, position, unit_id in held:
                identity.appoint(
                    session,
                    actor=None,
                    person_id=person,
                    position=position,
                    unit=session.get_one(Unit, unit_id),
                    source="faults",
                    now=utcnow(),
                )
    wrong = [] if first.status in (200, 401, 403, 404, 409) else [f"first answer {first.status}"]
    if second.status != 401:
        wrong.append(f"after the revocation {second.status}")
    if third.status not in (403, 404, 409):
        wrong.append(f"after a new sign-in {third.status}")
    return wrong


def publish_start(arena: Arena) -> list[str]:
    """A ticket starts under the old version or the new one; afterwards only under the new."""
    who, seed, given = arena.form()
    bundle = publishing.Bundle.read(ROOT, PROCESS)
    changed = replace(bundle, model=bundle.model + f"<!-- {uuid.uuid4().hex} -->".encode())

    def publish() -> int:
        now = utcnow()
        with transaction() as session:
            made = publishing.deploy(session, now=now, bundle=changed)
            publishing.publish(session, now=now, key=made.key, number=made.number)
            return made.number

    started, number = arena.together(
        _create(arena.crowd[0], who, seed, given, uuid.uuid4().hex), publish
    )
    who, seed, given = arena.form()
    after = arena.rest.act("create", who, "/tickets", given, seed=seed)
    wrong = []
    if (
        started is None
        or started.status != 201
        or started.body["version"] not in (number, number - 1)
    ):
        wrong.append(f"started: {started and (started.status, started.body.get('version'))}")
    if after is None or after.body.get("version") != number:
        wrong.append(f"after: {after and after.body.get('version')} instead of {number}")
    query = "SELECT count(*) AS n FROM process_version WHERE state = 'published' AND key = %s"
    if (count := arena.ground.rows(query, PROCESS)[0]["n"]) != 1:
        wrong.append(f"{count} published versions")
    return wrong


def lost_answer(arena: Arena) -> list[str]:
    """The client hangs up at some moment, perhaps after the COMMIT, and asks again."""
    who, seed, given = arena.form()
    key = uuid.uuid4().hex
    arena.rest.get(who, "/me")
    arena.rest.drop(who, "/tickets", given, key, arena.dice.uniform(0, 0.2))
    made = arena.rest.act("create", who, "/tickets", given, key=key, seed=seed)
    if made is None or made.status != 201:
        return [f"repeated: {made and made.status}"]
    task = open_task(made.body)
    if task is None or not task["assignee"]:
        return []
    by, key = str(task["assignee"]), uuid.uuid4().hex
    arena.rest.get(by, "/me")
    path = f"/tasks/{task['id']}/complete"
    arena.rest.drop(by, path, decision(task), key, arena.dice.uniform(0, 0.2))
    again = arena.complete(arena.rest, task, key)()
    return [] if again and again.status == 200 else [f"repeated: {again and again.status}"]


RUNNERS: Mapping[str, Callable[[Arena], list[str]]] = {
    "same_key_create": same_key_create,
    "same_key_complete": same_key_complete,
    "no_key": no_key,
    "approve_approve": approve_approve,
    "approve_withdraw": approve_withdraw,
    "approve_disable": approve_disable,
    "approve_revoke": approve_revoke,
    "publish_start": publish_start,
    "lost_answer": lost_answer,
}
RACES = tuple(RUNNERS)


def run(
    ground: Ground, office: Office, wanted: Mapping[str, int], limit: float
) -> tuple[Counter[str], list[Violation]]:
    """All races, one kind after the other in turns, until the numbers or the time are reached."""
    arena = Arena(ground, office)
    ran: Counter[str] = Counter()
    found: list[Violation] = []
    while any(ran[name] < count for name, count in wanted.items()) and time.monotonic() < limit:
        for name, count in wanted.items():
            if ran[name] >= count:
                continue
            ran[name] += 1
            try:
                wrong = RUNNERS[name](arena)
            except Lost as error:
                wrong = [f"lost: {error}"]
            found += [
                Violation("race", f"{name}: {RUNNERS[name].__doc__}", {"wrong": w}) for w in wrong
            ]
    arena.pool.shutdown()
    return ran, found


def _create(rest: Rest, who: str, seed: int, given: Mapping[str, Any], key: str) -> Call:
    return lambda: rest.act("create", who, "/tickets", given, key=key, seed=seed)
