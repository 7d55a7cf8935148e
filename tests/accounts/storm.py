"""Random people begin, decide, return, repair and carry out requests about the same few people.

STORMS=1000 plays as many sequences as one likes, STORM=7 begins at another seed. After each act
the books are folded and the rules asked (`books`).
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.core.errors import AppError
from app.identity import service as identity
from app.identity.queries import can_sign_in
from app.processes import engine
from app.processes.service import publishing
from app.repairs import steering
from app.tasks import policy
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tickets import service as tickets
from app.tickets.models import Ticket
from app.tickets.types import TicketState
from tests.accounts import books
from tests.accounts.plays import PLAYS
from tests.support.office import DRAWN, ROOT, START, Office
from tests.tasks import gusts
from tests.tasks.storm import OVER

ADMIN = "duanshiyu"
MOST = 6  # tickets of one storm
PEOPLE = (
    *("qinyongan", "pengxiuying", "tanlihua", "tanguifang", "wuyiming", "yaohaiyang"),
    *("longjinhua", "xiangjianhua", "tengguorong", "qinzhiming", "xiangxiaomei", "tiandayong"),
    *("ranqiguo", "qinxuemei"),
)
SIGNERS = {process: play.signers for process, play in PLAYS.items()}
# What people do to a task or its ticket whatever its diagram; `gusts` says how.
COMMON = (
    *("transfer", "delegate", "add", "remove", "claim", "release", "take back", "withdraw"),
    *("cancel", "suspend", "resume", "abolish", "retry", "hand over", "dismiss", "appoint"),
    *("lock out", "leave", "come back", "entrust", "end trust", "pair"),
)
OFTEN = (
    *["complete"] * 24,
    *["begin"] * 5,
    *["return"] * 2,
    *["resubmit"] * 5,
    *["move", "resume", "retry", "retry", *COMMON],
)


@dataclass
class AccountStorm:
    """Several tickets and what was tried on them; `told` is read when a rule breaks."""

    office: Office
    dice: random.Random
    told: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    found: list[Ticket] = field(default_factory=list)
    ticket: Any = None  # the one that an act is about
    acts: int = 0

    def blow(self, times: int) -> None:
        self._try("begin", None, self.dice.choice(PLAYS["operator-account"].clerks))
        for _ in range(times):
            self._one()
            if self.dice.random() < 0.5:
                while identity.work_off_cover(self.office.session, now=self.office.now):
                    self.told.append("the clock")
                while waiting := tickets.next_reminder(self.office.session, self.office.now):
                    tickets.remind(self.office.session, waiting, self.office.now)
                    self.told.append(f"a deadline of {waiting.kind.__name__} {waiting.id}")
            self.check()

    def __post_init__(self) -> None:
        for process in ("contact-change", "account-cleanup", "emergency-freeze", "dormant-review"):
            bundle = publishing.Bundle.read(ROOT, process)
            made = publishing.deploy(self.office.session, now=self.office.now, bundle=bundle)
            publishing.publish(
                self.office.session, now=self.office.now, key=process, number=made.number
            )

    def check(self) -> None:
        for fault in books.faults(self.office, SIGNERS):
            raise AssertionError("\n".join([fault, *self.told]))

    def somebody(self) -> str:
        return self.dice.choice(PEOPLE)

    def admin_row(self) -> Mapping[str, str]:
        """Who holds an administrator's position, as a clerk would write him."""
        return {"name": "吴一鸣", "id_number": "422899199705201512", "phone": "15400000106"}

    # ── who tries what ──

    def _one(self) -> None:
        what = self.dice.choice(OFTEN)
        if what == "begin" or not self.found:
            self._try("begin", None, self.somebody())
            return
        running = [one for one in self.found if one.state not in OVER]
        if not running:
            return
        self.ticket = self.dice.choice(running)
        task, name = self._doer(what)
        if task is None or not self._signs_in(name):
            return
        self._try(what, task, name)

    def _try(self, what: str, task: Task | None, name: str) -> None:
        try:
            with self.office.session.begin_nested():
                came = self._acts[what](task, name)
            said = "done" if came is not None else "nothing"
            self.done[what] += came is not None
            self.acts += came is not None
        except AppError as error:
            said = f"{type(error).__name__} {error.text}"
        where = f"{self.ticket.number} {task.node}" if task and self.ticket else ""
        self.told.append(f"{name} {what} {where}: {said}")

    def _signs_in(self, name: str) -> bool:
        return can_sign_in(self.office.session, self.office.actor(name).person_id, self.office.now)

    def _doer(self, what: str) -> tuple[Task | None, str]:
        """Mostly who can do that; now and then anybody, as a stranger or a late page would."""
        everything = self.office.tasks(self.ticket)
        if not everything:
            return None, ADMIN
        anything, anybody = self.dice.choice(everything[-6:]), self.somebody()
        if self.dice.random() < 0.1:
            return anything, anybody
        if what in {"resubmit", "withdraw", "cancel"}:
            return anything, self.office.username(self.ticket.requester_id)
        own = [one for one in everything if one.is_active]
        if not own:
            return anything, anybody
        task = self.dice.choice(own)
        if task.assignee_id is not None:
            return task, self.office.username(task.assignee_id)
        able = [name for name in PEOPLE if policy.is_candidate(self.office.actor(name), task)]
        return task, self.dice.choice(able or [anybody])

    # ── what they do ──

    @property
    def _acts(self) -> Mapping[str, Callable[[Any, str], object]]:
        return {
            "begin": self._begin,
            "complete": self._complete,
            "resubmit": self._resubmit,
            "return": self._return,
            "move": self._move,
        } | {name: self._common(name) for name in COMMON}

    def _common(self, name: str) -> Callable[[Any, str], object]:
        return lambda task, who: gusts.ACTS[name](self, task, who)  # type: ignore[arg-type]

    def _begin(self, _task: Any, _name: str) -> object:
        if len(self.found) >= MOST:
            return None
        process = self.dice.choice(sorted(PLAYS))
        play = PLAYS[process]
        clerk = self.dice.choice(play.clerks)
        if not self._signs_in(clerk):
            return None
        given = {"actor": self.office.actor(clerk), "now": self.office.tick()}
        session = self.office.session
        made = tickets.create_draft(session, **given, process=process, answers=play.form(self))
        tickets.submit(session, **given, number=made.number, answers=None)
        self.found.append(made)
        return made

    def _resubmit(self, _task: Task, name: str) -> object:
        if self.ticket.state not in (TicketState.RETURNED, TicketState.WITHDRAWN):
            return None
        return tickets.submit(
            self.office.session,
            actor=self.office.actor(name),
            now=self.office.tick(),
            number=self.ticket.number,
            answers=self._play.form(self),
        )

    def _complete(self, task: Task, name: str) -> object:
        if task.node == START:
            return self._resubmit(task, name)
        answering = self._play.nodes.get(task.node)
        values = [one.value for one in tasks.outcomes_of(self._node(task.node))]
        outcome = values[0] if self.dice.random() < 0.93 else self.dice.choice(values)
        decision = tasks.Decision(
            outcome=outcome,
            opinion="不妥" if outcome == "reject" else "",
            answers=answering(self) if answering else {},
            signing=DRAWN,
        )
        return self._hand(tasks.complete, task, name, decision=decision)

    def _return(self, task: Task, name: str) -> object:
        node = self.dice.choice((None, None, None, *self._people_nodes))
        return self._hand(tasks.return_task, task, name, reason="请补充。", node=node)

    def _move(self, _task: Task, _name: str) -> object:
        """A repair sends the ticket to any step, past who has not signed too."""
        return steering.move(
            self.office.session,
            actor=self.office.actor(ADMIN),
            now=self.office.tick(),
            number=self.ticket.number,
            source="",
            target=self.dice.choice(self._people_nodes),
            reason="换一步办。",
        )

    def _hand(self, act: Callable[..., object], task: Task, name: str, **given: Any) -> object:
        stale = self.dice.random() < 0.03
        if self.dice.random() < 0.05:
            self.office.now += timedelta(days=self.dice.choice((1, 5, 20)))
        return act(
            self.office.session,
            actor=self.office.actor(name),
            now=self.office.tick(),
            task_id=task.id,
            version=task.version - stale,
            **given,
        )

    # ── what the diagram says ──

    @property
    def _loaded(self) -> Any:
        return engine.load(self.office.session, self.ticket.instance.version_id)

    @property
    def _play(self) -> Any:
        return PLAYS[self._loaded.key]

    @property
    def _people_nodes(self) -> list[str]:
        nodes = self._loaded.definition.nodes
        return [name for name, node in nodes.items() if "assign" in node.properties]

    def _node(self, node: str) -> Any:
        return self._loaded.node(node)
