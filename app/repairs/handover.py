"""离岗交接: what somebody who leaves has open goes to others, in one act that was read before.

Every part has its receiver; a part without one stays and is told. What he asked for himself stays
his: nobody else may send it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, contains_eager

from app.audit import service as audit
from app.core.actor import Actor
from app.core.crypto import canonical, digest
from app.core.errors import ErrorAt, Invalid
from app.identity import queries as people
from app.identity import service as identity
from app.identity.cover_models import Mandate, Pair
from app.identity.queries.cover import reach_of
from app.identity.service.cover import lock_person
from app.identity.types import POSITION_LABELS, FieldError, PersonRef
from app.processes import engine
from app.processes.models import Instance
from app.repairs.types import HandoverChanged, NoSuchLeaver
from app.tasks.models import Task, Visit
from app.tasks.service import hand_over_task
from app.tasks.types import ACTIVE, TaskState
from app.tickets.models import Ticket
from app.tickets.types import TicketState

MAX_REASON = 500
STAYS = "他自己的申请，别人不能替他报。不再办的，请他本人删除或者作废。"
ENDS = "交接时结束。"
NOBODY = "没有选接收人，留在原处。"
NO_REASON = "请写明为什么交接，例如：调离本单位。"
SELF = "系统管理员不能把别人的事交给自己，请另选一人。"


class What(StrEnum):
    TASK = "task"
    OWN = "own"
    MANDATE = "mandate"
    PAIR = "pair"


WHAT = {What.TASK: "待办", What.OWN: "本人的申请", What.MANDATE: "委托", What.PAIR: "AB角"}


@dataclass(frozen=True)
class Part:
    """One thing that somebody leaves behind. `needs`: somebody else can have it."""

    what: What
    id: int
    title: str
    version: int
    needs: bool
    proposed: PersonRef | None = None
    ticket: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        return f"{self.what}-{self.id}"


@dataclass(frozen=True)
class Handover:
    """Everything at a moment; another mark when anything of it is different."""

    person: PersonRef
    parts: tuple[Part, ...]

    @property
    def mark(self) -> str:
        seen = [[part.key, part.version] for part in self.parts]
        return digest(canonical([self.person.id, seen]))[:16]


@dataclass(frozen=True)
class Line:
    """What became of a part."""

    part: Part
    to: PersonRef | None
    told: str


@dataclass(frozen=True)
class Report:
    person: PersonRef
    lines: tuple[Line, ...]

    @property
    def moved(self) -> int:
        return sum(line.to is not None for line in self.lines)


def preview(session: Session, *, actor: Actor, now: datetime, username: str) -> Handover:
    """What this person has open, each with who suggests himself. Raises: NoSuchLeaver."""
    person = _leaver(session, actor, username)
    return _handover(session, person, _tasks(session, person.id), now)


def hand_over(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    username: str,
    receivers: Mapping[str, str],
    mark: str | None,
    reason: str,
) -> Report:
    """All of it at once, or nothing. `mark` is that of what was read.

    Raises: NoSuchLeaver, HandoverChanged, Invalid (paths reason, and the keys of parts).
    """
    person = _leaver(session, actor, username)
    if not reason.strip() or len(reason) > MAX_REASON:
        raise Invalid([FieldError("reason", "required", NO_REASON)])
    lock_person(session, person.id)
    tasks = {task.id: task for task in _tasks(session, person.id, lock=True)}
    found = _handover(session, person, list(tasks.values()), now)
    if mark != found.mark:
        raise HandoverChanged
    wrong: list[ErrorAt] = []
    lines = []
    for part in found.parts:
        to = receivers.get(part.key, "").strip()
        try:
            lines.append(_hand(session, actor, now, person, part, to, tasks.get(part.id), reason))
        except Invalid as error:
            wrong += [FieldError(part.key, one.code, one.message) for one in error.errors]
    if wrong:
        raise Invalid(wrong)
    report = Report(person, tuple(lines))
    audit.record(
        session,
        now=now,
        actor=actor,
        kind="person.handed_over",
        object=f"person:{person.id}",
        data={
            "reason": reason.strip(),
            "moved": report.moved,
            "left": len(lines) - report.moved,
            "parts": [[line.part.key, line.to.id if line.to else None] for line in lines],
        },
    )
    return report


def _hand(
    session: Session,
    actor: Actor,
    now: datetime,
    leaver: PersonRef,
    part: Part,
    to: str,
    task: Task | None,
    reason: str,
) -> Line:
    """Raises: Invalid."""
    if part.what is What.OWN:
        return Line(part, None, STAYS)
    if part.what is What.MANDATE:
        identity.end_mandate(
            session, actor=actor, now=now, mandate_id=part.id, version=part.version
        )
        return Line(part, None, "已经结束。")
    if to and to.lower() in (actor.username, actor.name):
        raise Invalid([FieldError("to", "self", SELF)])
    if part.what is What.PAIR:
        return _pair(session, actor, now, leaver, part, to)
    if not to or task is None:
        return Line(part, None, NOBODY)
    given = hand_over_task(
        session, actor=actor, now=now, task=task, leaver=leaver, to=to, reason=reason.strip()
    )
    return Line(part, given, f"已经交给{given.name}。")


def _pair(
    session: Session, actor: Actor, now: datetime, leaver: PersonRef, part: Part, to: str
) -> Line:
    """The old one ends; with a receiver, he and the partner are the new one."""
    pair = identity.end_pair(session, actor=actor, now=now, pair_id=part.id, version=part.version)
    if not to:
        return Line(part, None, "已经结束，没有另设。")
    partner = pair.b_id if pair.a_id == leaver.id else pair.a_id
    known = people.people_by_ids(session, [partner])[partner]
    names = (known.username, to) if pair.b_id == leaver.id else (to, known.username)
    made = identity.enter_pair(
        session,
        actor=actor,
        now=now,
        unit=people.get_unit(session, pair.unit_id).code,
        position=pair.position,
        a=names[0],
        b=names[1],
    )
    other = made.b_id if made.a_id == partner else made.a_id
    found = people.people_by_ids(session, [other])[other]
    return Line(part, found, f"已经改为{known.name}和{found.name}。")


def _leaver(session: Session, actor: Actor, username: str) -> PersonRef:
    """Raises: NoSuchLeaver, for strangers and for oneself."""
    person = people.find_person_by_username(session, username)
    if person is None or person.id == actor.person_id:
        raise NoSuchLeaver
    path = people.get_unit(session, person.unit_id).path
    if not reach_of(session, actor).administers_unit(path):
        raise NoSuchLeaver
    return person


def _tasks(session: Session, person_id: int, *, lock: bool = False) -> Sequence[Task]:
    """What he has not finished, and what nobody has claimed who stands in for him; said arm by arm,
    each as its index has it.
    """
    his = Task.assignee_id == person_id
    statement = (
        select(Task)
        .join(Task.instance)
        .join(Task.visit)
        .where(
            or_(
                his & Task.state.in_(ACTIVE),
                his & (Task.state == TaskState.WAITING),
                (Task.for_id == person_id) & (Task.state == TaskState.OPEN),
            ),
            ~Instance.is_confidential,  # R14: whoever hands over must not learn of it
        )
        .options(contains_eager(Task.instance), contains_eager(Task.visit))
        .order_by(Task.instance_id, Task.id)
        .execution_options(populate_existing=True)
    )
    return session.scalars(
        statement.with_for_update(of=(Instance, Task, Visit)) if lock else statement
    ).all()


def _handover(
    session: Session, person: PersonRef, tasks: Sequence[Task], now: datetime
) -> Handover:
    pairs = session.scalars(
        select(Pair)
        .where(Pair.ends_at.is_(None), or_(Pair.a_id == person.id, Pair.b_id == person.id))
        .order_by(Pair.id)
    ).all()
    partners = [pair.b_id if pair.a_id == person.id else pair.a_id for pair in pairs]
    names = people.people_by_ids(session, partners)
    parts = [
        *(
            _task_part(session, task, person, [names[one] for one in partners], now)
            for task in tasks
        ),
        *_own(session, person),
        *_mandates(session, person, now),
        *(_pair_part(pair, names) for pair in pairs),
    ]
    return Handover(person, tuple(parts))


def _task_part(
    session: Session,
    task: Task,
    person: PersonRef,
    partners: Sequence[PersonRef],
    now: datetime,
) -> Part:
    loaded = engine.load(session, task.instance.version_id)
    is_start = task.node == loaded.start.id
    title = f"{task.instance.title}：{task.title}"
    given = (task.id, title, task.version)
    if is_start:
        return Part(What.OWN, *given, needs=False, ticket=task.instance.number, note=STAYS)
    return Part(
        What.TASK,
        *given,
        needs=True,
        proposed=_proposed(session, task, person, partners, now),
        ticket=task.instance.number,
    )


def _proposed(
    session: Session,
    task: Task,
    person: PersonRef,
    partners: Sequence[PersonRef],
    now: datetime,
) -> PersonRef | None:
    """Who has the same position where it was offered, the partner of the pair before others."""
    barred = {person.id, task.instance.requester_id, *task.excluded}
    held = [
        holder
        for key in task.candidates
        for holder in _holders(session, key, now)
        if holder.id not in barred
    ]
    ids = {one.id for one in partners}
    return next((one for one in held if one.id in ids), held[0] if held else None)


def _holders(session: Session, key: str, now: datetime) -> list[PersonRef]:
    position, _, unit = key.partition(":")
    if position not in POSITION_LABELS:
        return []
    place = people.find_unit_by_code(session, unit)
    if place is None:
        return []
    held = people.holders(session, position, place, now)
    return [one.person for one in held if not one.is_covered]


def _own(session: Session, person: PersonRef) -> list[Part]:
    """Drafts; what was sent back to him stands among the tasks."""
    drafts = session.scalars(
        select(Ticket)
        .where(Ticket.requester_id == person.id, Ticket.state == TicketState.DRAFT)
        .order_by(Ticket.id)
    )
    return [
        Part(
            What.OWN,
            one.id,
            f"草稿：{one.title}",
            0,
            needs=False,
            ticket=one.number,
            note=STAYS,
        )
        for one in drafts
    ]


def _mandates(session: Session, person: PersonRef, now: datetime) -> list[Part]:
    rows = session.scalars(
        select(Mandate)
        .where(
            or_(Mandate.person_id == person.id, Mandate.deputy_id == person.id),
            Mandate.ends_at > now,
            Mandate.ends_at > Mandate.starts_at,
        )
        .order_by(Mandate.id)
    ).all()
    return [
        Part(
            What.MANDATE,
            one.id,
            f"{one.person.name}委托{one.deputy.name}，到 {one.last_on}",
            one.version,
            needs=False,
            note=ENDS,
        )
        for one in rows
    ]


def _pair_part(pair: Pair, names: Mapping[int, PersonRef]) -> Part:
    partner = names.get(pair.a_id) or names[pair.b_id]
    title = f"{POSITION_LABELS[pair.position]}，与{partner.name}互为AB角"
    return Part(What.PAIR, pair.id, title, pair.version, needs=True)
