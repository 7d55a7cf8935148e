"""What stands before each operation of the matrix, and how the page and REST ask for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.core import clock
from app.identity import service as identity
from app.identity.models import Login
from app.identity.queries import unit_by_code
from app.identity.types import Position
from app.processes.models import Instance
from app.repairs import standing
from app.tasks import service as tasks
from app.tasks.models import Task
from app.tickets import service as tickets
from app.tickets.models import Ticket
from tests.rights.counties import XIANFENG
from tests.rights.operations import Kind
from tests.rights.writes import WORDS, Asked, fields
from tests.rights.writes.people import (
    CLERK,
    CUSTODIAN,
    HEAD,
    REPAIRER,
    SECOND_REPAIRER,
)
from tests.support.office import DRAWN, PROCESS, Office

LEADER, DEPUTY, NEAR = XIANFENG.holders[2], "tengxiaoyan", "huangxuelian"
ROOM = XIANFENG.holders_unit
CAST: Mapping[Kind, str] = {
    Kind.REQUESTER: CLERK,
    Kind.HOLDER: HEAD,
    Kind.CANDIDATE: XIANFENG.username(Position.DEPT_HEAD),
    Kind.COLLEAGUE: "colleague",
    Kind.DEPUTY: DEPUTY,
    Kind.FORMER: DEPUTY,
    Kind.ADDED: CUSTODIAN,
    Kind.COPIED: "huangyan",
    Kind.COUNTY: REPAIRER,
    Kind.SYSTEM: SECOND_REPAIRER,
    Kind.AUDITOR: XIANFENG.username(Position.AUDITOR),
    Kind.COMPANY: "wenbin",
    Kind.STRANGER: "pengyulan",
}
BESIDE = frozenset({Kind.DEPUTY, Kind.FORMER, Kind.ADDED})
Stage = Callable[[Office, Kind], dict[str, Any]]  # the words that addresses and bodies are of


@dataclass(frozen=True)
class Way:
    """One address; `sent` may name what the stage knows by its own name."""

    endpoint: str
    sent: Mapping[str, Any]
    known: tuple[str, ...] = ()

    def asked(self, facts: Mapping[str, Any]) -> Asked:
        known: dict[str, Any] = {}
        for name in self.known:
            if name == "fields":
                known |= fields(facts["answers"])
            elif name in ("page", "rest"):
                known |= facts[name]
            else:
                known[name] = facts[name]
        return Asked(dict(facts), {**known, **self.sent})


@dataclass(frozen=True)
class Operation:
    """`alone`: kinds whose being so changes the stage itself; the others share one."""

    stage: Stage
    page: Way | None
    rest: Way | None
    alone: frozenset[Kind] = BESIDE

    @property
    def ways(self) -> list[Way]:
        return [way for way in (self.page, self.rest) if way]


def colleague(office: Office) -> None:
    """Somebody of the requester's unit who holds no position."""
    if office.session.scalar(select(Login.id).where(Login.username == "colleague")):
        return
    given: dict[str, Any] = {"actor": None, "now": office.now}
    unit = unit_by_code(office.session, ROOM)
    person = identity.create_person(office.session, name="同事", unit=unit, **given)
    identity.create_login(office.session, person_id=person.id, username="colleague", **given)


def begun(office: Office, kind: Kind) -> Ticket:
    """A ticket that waits for the head, or for whom he has sent; 黄䶮 was told of it."""
    office.now = clock.utcnow()
    colleague(office)
    if kind in (Kind.DEPUTY, Kind.FORMER):
        given: dict[str, Any] = {"actor": office.actor(HEAD), "now": office.now}
        day = clock.today()  # and after midnight too: late in the evening an act later is tomorrow
        days = {"first": day, "last": day + timedelta(days=1)}
        made = identity.write_mandate(
            office.session, deputy=DEPUTY, processes=[PROCESS], **days, **given
        )
    elif not any(held.unit_code == ROOM for held in office.actor(CAST[Kind.CANDIDATE]).positions):
        office.appoint(CAST[Kind.CANDIDATE], Position.DEPT_HEAD, ROOM)
    ticket = office.start(CLERK)
    told: dict[str, Any] = {"actor": office.actor(CLERK), "now": office.now}
    tickets.copy_to(office.session, number=ticket.number, to=[CAST[Kind.COPIED]], **told)
    if kind is Kind.FORMER:
        identity.end_mandate(office.session, mandate_id=made.id, version=made.version, **given)
    return ticket


def facts(ticket: Ticket, task: Task) -> dict[str, Any]:
    return {
        "number": ticket.number,
        "task_id": task.id,
        "version": task.version,
        "rev": ticket.instance.rev,
    }


def waiting(office: Office, kind: Kind) -> dict[str, Any]:
    """Offered to whom it may concern; nobody has it yet."""
    ticket = begun(office, kind)
    return facts(ticket, office.task(ticket))


def held(office: Office, kind: Kind) -> dict[str, Any]:
    ticket = begun(office, kind)
    task = office.task(ticket)
    who = DEPUTY if kind is Kind.DEPUTY else HEAD
    tasks.claim(office.session, actor=office.actor(who), now=office.tick(), task_id=task.id)
    if kind is Kind.ADDED:
        _add(office, task)
    return facts(ticket, task)


def to_return(office: Office, kind: Kind) -> dict[str, Any]:
    """Its page has said what a return would undo."""
    found = held(office, kind)
    who = DEPUTY if kind is Kind.DEPUTY else HEAD
    given: dict[str, Any] = {"actor": office.actor(who), "now": office.now, "node": None}
    seen = tasks.preview_return(office.session, task_id=found["task_id"], **given)
    return found | {"own-seen": seen.mark}


def helped(office: Office, kind: Kind) -> dict[str, Any]:
    """The holder has asked the keeper of the seal to sign beside him."""
    found = held(office, Kind.HOLDER if kind is Kind.ADDED else kind)
    task = office.session.get_one(Task, found["task_id"])
    _add(office, task, by=DEPUTY if kind is Kind.DEPUTY else HEAD)
    return found | {"version": task.version}


def _add(office: Office, task: Task, by: str = HEAD) -> None:
    tasks.add_signers(
        office.session,
        actor=office.actor(by),
        now=office.tick(),
        task_id=task.id,
        version=task.version,
        to=[CUSTODIAN],
        place="parallel",
        reason="",
    )


def decided(office: Office, kind: Kind) -> dict[str, Any]:
    """The holder has agreed; the leader has not looked yet."""
    found = held(office, Kind.HOLDER if kind is Kind.ADDED else kind)
    task = office.session.get_one(Task, found["task_id"])
    ticket = office.session.scalars(select(Ticket).where(Ticket.number == found["number"])).one()
    office.decide(ticket, by=DEPUTY if kind is Kind.DEPUTY else HEAD)
    return facts(ticket, task)


def returned(office: Office, kind: Kind) -> dict[str, Any]:
    found = held(office, Kind.HOLDER if kind is Kind.ADDED else kind)
    ticket = office.session.scalars(select(Ticket).where(Ticket.number == found["number"])).one()
    office.send_back(ticket)
    answers = office.answers()
    return {"number": ticket.number, "answers": answers}


def suspended(office: Office, kind: Kind) -> dict[str, Any]:
    found = held(office, kind)
    given: dict[str, Any] = {"actor": office.actor(REPAIRER), "now": office.tick()}
    standing.suspend(office.session, number=found["number"], reason=WORDS, **given)
    ticket = office.session.scalars(select(Ticket).where(Ticket.number == found["number"])).one()
    instance = office.session.get_one(Instance, ticket.instance_id)
    return found | {"rev": instance.rev}


SIGNED = {"kind": "drawn", "image": DRAWN.image}
DRAWN_ON_PAGE = {"own-signature_kind": "drawn", "own-signature": DRAWN.image}


def _hand(act: str, to: str, **more: str) -> Way:
    return Way(
        "tickets.hand", {"act": act, "own-to": to, "own-reason": WORDS, **more}, ("version",)
    )


def _adding(place: str) -> Operation:
    sent = {"to": [CUSTODIAN], "place": place, "reason": WORDS}
    return Operation(
        held,
        _hand("add-signers", CUSTODIAN, **{"own-place": place}),
        Way("api.add_signers", sent, ("version",)),
    )


def _repair(
    act: str,
    stage: Stage = held,
    on_page: Mapping[str, str] | None = None,
    over_rest: Mapping[str, str] | None = None,
) -> Operation:
    page = Way(f"repairs.{act}", {"reason": WORDS, **(on_page or {})}, ("rev",))
    rest = Way(f"api.{act}", {"reason": WORDS, **(over_rest or {})}, ("rev",))
    return Operation(stage, page, rest if act != "cancel" else None)


STAGED: Mapping[str, Operation] = {
    "claim": Operation(waiting, Way("tasks.claim", {}), Way("api.claim", {}, ("version",))),
    "release": Operation(
        held, Way("tasks.release", {}, ("version",)), Way("api.release", {}, ("version",))
    ),
    "complete": Operation(
        held,
        Way(
            "tickets.decide",
            {"act": "complete:approve", "own-opinion": WORDS, **DRAWN_ON_PAGE},
            ("version",),
        ),
        Way(
            "api.complete",
            {"outcome": "approve", "opinion": WORDS, "signature": SIGNED},
            ("version",),
        ),
    ),
    "return": Operation(
        to_return,
        Way("tickets.decide", {"act": "return", "own-reason": WORDS}, ("version", "own-seen")),
        Way("api.return_task", {"reason": WORDS}, ("version",)),
    ),
    "transfer": Operation(
        held,
        _hand("transfer", LEADER),
        Way("api.transfer", {"to": LEADER, "reason": WORDS}, ("version",)),
    ),
    "delegate": Operation(
        held,
        _hand("delegate", NEAR),
        Way("api.delegate", {"to": NEAR, "reason": WORDS}, ("version",)),
    ),
    "add-signer-before": _adding("before"),
    "add-signer-after": _adding("after"),
    "add-signer-beside": _adding("parallel"),
    "remove-signer": Operation(
        helped,
        Way("tickets.remove_signer", {"own-to": CUSTODIAN}, ("version",)),
        Way("api.remove_signer", {"to": CUSTODIAN, "reason": WORDS}, ("version",)),
    ),
    "take-back": Operation(
        decided,
        Way("tasks.withdraw", {"reason": WORDS}, ("version",)),
        Way("api.withdraw_task", {"reason": WORDS}, ("version",)),
    ),
    "urge": Operation(held, Way("tickets.urge", {"text": WORDS}), Way("api.urge", {"text": WORDS})),
    "comment": Operation(
        held,
        Way("tickets.comment", {"text": WORDS}),
        Way("api.comment", {"text": WORDS}),
    ),
    "copy": Operation(
        held,
        Way("tickets.copy", {"text": WORDS, "to": NEAR}),
        Way("api.copy", {"text": WORDS, "to": [NEAR]}),
    ),
    "withdraw": Operation(
        held,
        Way("tickets.withdraw", {"reason": WORDS}),
        Way("api.withdraw", {"reason": WORDS}),
    ),
    "resubmit": Operation(
        returned,
        Way("tickets.update", {"act": "submit"}, ("fields",)),
        Way("api.resubmit", {}, ("answers",)),
    ),
    "cancel": Operation(
        returned, Way("tickets.cancel", {"reason": WORDS}), Way("api.cancel", {"reason": WORDS})
    ),
    "suspend": _repair("suspend"),
    "resume": _repair("resume", suspended),
    "end-by-repair": _repair("cancel"),
    "move": _repair(
        "move",
        decided,
        on_page={"target": "department_opinion", "step": "do"},
        over_rest={"to": "department_opinion"},
    ),
}
