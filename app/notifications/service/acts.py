"""Which acts on record people are told of, and whom: a table, by the kind of the event.

A room built later adds its kind here (or calls `notify`), and need know nothing of channels.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.models import Event
from app.core import clock
from app.core.actor import PERSON
from app.hints.models import RiskHint
from app.hints.types import Colour
from app.identity.models import Login, Unit
from app.identity.queries import holders, holders_same_level
from app.identity.types import Position
from app.notifications.queries import told_of_tasks
from app.notifications.service import accounts
from app.notifications.service.news import News, Teller, about_of
from app.oldbooks.models import OldBook
from app.oldbooks.policy import DECIDERS
from app.oldbooks.types import UNCONFIRMED
from app.processes import engine
from app.rules.models import RuleSet, RuleVersion
from app.supervision.models import Supervision
from app.tasks.models import Task
from app.tasks.queries import active_tasks
from app.tickets.recounts import Reminder

UNIT_PERSON, RULE = "person:", "rule:"
HINT, OLD_BOOK = "hint:", "old_book:"
REVIEWS = {
    "dormant-review": ("review.idle_due", Position.ACCOUNT_ADMIN),
    "permission-log-review": ("review.log_due", Position.PERMISSION_ADMIN),
}


def _open_tasks(session: Session, event: Event, now: datetime) -> Iterator[News]:
    """Everybody who has got something to do by this act and has not heard of it."""
    about = about_of(session, event)
    tasks = list(active_tasks(session, about.run.id)) if about else []
    if about is None or not tasks:
        return
    known = told_of_tasks(session, [task.id for task in tasks])
    for task in tasks:
        kind = "task.offered" if task.assignee_id else "task.claimable"
        people = _whom(session, task, now)
        left = [one for one in people if (task.id, one) not in known]
        if left:
            facts = {"node": task.title}
            key = f"task:{task.id}"
            yield about.news(kind, left, facts=facts, task_id=task.id, key=key)


def _whom(session: Session, task: Task, now: datetime) -> list[int]:
    """Who has it in hand, else everybody who may take it."""
    if task.assignee_id is not None:
        return [task.assignee_id]
    found: list[int] = []
    for key in task.candidates:
        name, _, place = key.partition(":")
        if name == PERSON:
            found += session.scalars(select(Login.person_id).where(Login.username == place))
            continue
        unit_id = session.scalar(select(Unit.id).where(Unit.code == place))
        if unit_id is not None:
            found += [one.person.id for one in holders(session, name, unit_id, now)]
    return [one for one in dict.fromkeys(found) if one not in task.excluded]


def _completed(session: Session, event: Event, now: datetime) -> Iterator[News]:
    """Who had asked somebody for his opinion has it back; then whoever comes next."""
    task = session.get(Task, event.data.get("task"))
    about = about_of(session, event)
    if task is not None and about is not None and task.advises and task.parent_id:
        asked = session.get_one(Task, task.parent_id)
        if asked.is_active and asked.assignee_id is not None:
            facts = {"node": asked.title}
            yield about.news("task.back", [asked.assignee_id], facts=facts, task_id=asked.id)
    yield from _open_tasks(session, event, now)


def _returned(session: Session, event: Event, now: datetime) -> Iterator[News]:
    """To its requester: why it came back matters more than that there is something to do."""
    about = about_of(session, event)
    if about is not None:
        for task in active_tasks(session, about.run.id):
            if task.assignee_id == about.run.requester_id and task.opened_at >= event.at:
                facts = {"node": str(event.data.get("title", ""))}
                people = [about.run.requester_id]
                yield about.news("task.returned", people, facts=facts, task_id=task.id)
    yield from _open_tasks(session, event, now)


def _handed(kind: str) -> Teller:
    """To whom the event names; then to whoever else has got something by it."""

    def tell(session: Session, event: Event, now: datetime) -> Iterator[News]:
        about, to = about_of(session, event), event.data.get("to")
        if about is not None and to is not None:
            mine = [one for one in active_tasks(session, about.run.id) if one.assignee_id == to]
            task = max((one.id for one in mine), default=None)
            facts = {"node": str(event.data.get("title", ""))}
            if event.data.get("from_name"):
                facts["person"] = str(event.data["from_name"])
            yield about.news(kind, [to], facts=facts, task_id=task)
        yield from _open_tasks(session, event, now)

    return tell


def _urged(session: Session, event: Event, now: datetime) -> Iterator[News]:
    about, urged = about_of(session, event), set(event.data.get("tasks", ()))
    if about is None:
        return
    for task in active_tasks(session, about.run.id):
        if task.id in urged:
            people = _whom(session, task, now)
            yield about.news("task.urged", people, facts={"node": task.title}, task_id=task.id)


def _named(kind: str) -> Teller:
    """To the people that the event lists."""

    def tell(session: Session, event: Event, now: datetime) -> Iterator[News]:  # noqa: ARG001
        about = about_of(session, event)
        if about is not None and event.data.get("people"):
            yield about.news(kind, event.data["people"])

    return tell


def _announced(session: Session, event: Event, now: datetime) -> Iterator[News]:  # noqa: ARG001
    """To who works with what is about to change."""
    about = about_of(session, event)
    if about is not None and event.data.get("people"):
        day = str(event.data.get("starts_at", ""))[:10]
        yield about.news("release.announced", event.data["people"], facts={"day": day})


def _to_requester(kind: str) -> Teller:
    def tell(session: Session, event: Event, now: datetime) -> Iterator[News]:  # noqa: ARG001
        about = about_of(session, event)
        if about is not None:
            yield about.news(kind, [about.run.requester_id])

    return tell


def _held(kind: str) -> Teller:
    """To its requester and to who has it in hand."""

    def tell(session: Session, event: Event, now: datetime) -> Iterator[News]:
        about = about_of(session, event)
        if about is not None:
            tasks = active_tasks(session, about.run.id)
            people = [task.assignee_id for task in tasks if task.assignee_id is not None]
            yield about.news(kind, [about.run.requester_id, *people])
        if kind == "ticket.resumed":
            yield from _open_tasks(session, event, now)

    return tell


def _reminded(session: Session, event: Event, now: datetime) -> Iterator[News]:  # noqa: ARG001
    """To whom the reminder has found when it was made: who has the step, or the next leader."""
    about = about_of(session, event)
    if about is None:
        return
    told = select(Reminder.people).where(
        Reminder.instance_id == about.run.id, Reminder.at == event.at
    )
    people = [one for each in session.scalars(told) for one in each]
    share = f"（时间已过 {event.data['share']}）" if event.data.get("share") else ""
    what = f"{event.data.get('what', '')}{share}"
    yield about.news(event.kind, people, facts={"node": what, "day": _day(event.data.get("due"))})


def _supervised(session: Session, event: Event, now: datetime) -> Iterator[News]:
    about = about_of(session, event)
    if about is None:
        return
    facts = {"node": str(event.data.get("what", "")), "day": _day(event.data.get("answer_by"))}
    tasks = active_tasks(session, about.run.id)
    people = [one for task in tasks for one in _whom(session, task, now)]
    yield about.news("supervision.opened", people, facts=facts)


def _answered(session: Session, event: Event, now: datetime) -> Iterator[News]:  # noqa: ARG001
    about = about_of(session, event)
    row = session.get(Supervision, event.data.get("supervision"))
    if about is not None and row is not None:
        yield about.news("supervision.answered", [row.opened_by_id])


def _due_changed(session: Session, event: Event, now: datetime) -> Iterator[News]:  # noqa: ARG001
    about = about_of(session, event)
    if about is None:
        return
    tasks = active_tasks(session, about.run.id)
    people = [task.assignee_id for task in tasks if task.assignee_id is not None]
    day = " ".join([_day(event.data.get("after")), *event.data.get("hours", ())[1:]])
    facts = {"node": str(event.data.get("what", "")), "day": day}
    yield about.news("ticket.due_changed", [about.run.requester_id, *people], facts=facts)


def _administrators(session: Session, unit_id: int, now: datetime) -> list[int]:
    return _near(session, Position.SYSTEM_ADMIN, unit_id, now)


def _near(session: Session, position: Position, unit_id: int, now: datetime) -> list[int]:
    """Of the county of a unit; where it has none, of the level above."""
    here: Unit | None = session.get_one(Unit, unit_id)
    while here is not None:
        found = holders_same_level(session, position, here.division_id, now)
        if found:
            return [one.person.id for one in found]
        above = session.get_one(Unit, here.division_id).parent_id
        here = session.get(Unit, above) if above is not None else None
    return []


def _incident(session: Session, event: Event, now: datetime) -> Iterator[News]:
    about = about_of(session, event)
    if about is None:
        return
    nodes = engine.load(session, about.run.version_id).definition.nodes
    node = nodes.get(event.data.get("node", ""))
    people = _administrators(session, about.run.unit_id, now)
    yield about.news("incident.opened", people, facts={"node": node.name if node else ""})


def _absence(session: Session, event: Event, now: datetime) -> Iterator[News]:  # noqa: ARG001
    person = event.object.removeprefix(UNIT_PERSON)
    yield News("absence.entered", [int(person)], {"day": _day(event.data.get("from"))})


def _mandate(session: Session, event: Event, now: datetime) -> Iterator[News]:  # noqa: ARG001
    if event.data.get("deputy"):
        facts = {"day": _day(event.data.get("from"))}
        yield News("mandate.written", [int(event.data["deputy"])], facts)


def _rule_ending(session: Session, event: Event, now: datetime) -> Iterator[News]:
    """To who keeps it; what holds in the whole nation, nobody here can prolong."""
    version = session.get(RuleVersion, int(event.object.removeprefix(RULE)))
    unit_id = session.get_one(RuleSet, version.set_id).unit_id if version else None
    if version is not None and unit_id is not None:
        facts = {"rules": version.name, "day": _day(event.data.get("until"))}
        yield News("rule.ending", _administrators(session, unit_id, now), facts)


def _form_due(session: Session, event: Event, now: datetime) -> Iterator[News]:
    """附件1 is the department's to file: its contacts and its head are told by when."""
    unit_id = int(event.data["unit"])
    found = (holders(session, one, unit_id, now) for one in (Position.CLERK, Position.DEPT_HEAD))
    people = [holder.person.id for held in found for holder in held]
    yield News("person_event.form_due", people, {"day": _day(event.data.get("day"))})


def _opened(session: Session, event: Event, now: datetime) -> Iterator[News]:  # noqa: ARG001
    """Who did not enter the event learns that a form went out in his name."""
    about = about_of(session, event)
    if about is not None:
        yield about.news("person_event.opened", [about.run.requester_id])


def _review_due(session: Session, event: Event, now: datetime) -> Iterator[News]:
    """To who keeps the accounts, or the permissions, of the 州 or 县市."""
    kind, position = REVIEWS[str(event.data["process"])]
    held = holders_same_level(session, position, int(event.data["unit"]), now)
    yield News(kind, [one.person.id for one in held])


def _hint(session: Session, event: Event, now: datetime) -> Iterator[News]:
    """A red one, to who leads the administrators of the place, and to its auditor."""
    hint = session.get(RiskHint, int(event.object.removeprefix(HINT)))
    if hint is None or event.data.get("colour") != Colour.RED:
        return
    people = {
        person
        for position in (Position.UNIT_LEADER, Position.AUDITOR)
        for person in _near(session, position, hint.unit_id, now)
        if person != hint.person_id
    }
    facts = {"rules": str(event.data.get("title", "")), "day": _day(event.data.get("sign_by"))}
    yield News("hint.raised", sorted(people), facts)


def _old_book(session: Session, event: Event, now: datetime) -> Iterator[News]:
    """To each who may confirm it: another administrator of the level, or who leads there."""
    book = session.get(OldBook, int(event.object.removeprefix(OLD_BOOK)))
    if book is None or not book.is_pending or not (book.ready or book.conflicts):
        return
    held = (holders_same_level(session, one, book.division_id, now) for one in DECIDERS)
    people = {holder.person.id for each in held for holder in each} - {book.uploaded_by_id}
    until = _day((book.uploaded_at + UNCONFIRMED).isoformat())
    yield News("old_book.waiting", sorted(people), _named_book(book) | {"day": until})


def _old_book_settled(session: Session, event: Event, now: datetime) -> Iterator[News]:  # noqa: ARG001
    """Whoever uploaded it hears what became of it."""
    book = session.get(OldBook, int(event.object.removeprefix(OLD_BOOK)))
    if book is not None:
        yield News(event.kind, [book.uploaded_by_id], _named_book(book))


def _named_book(book: OldBook) -> dict[str, str]:
    return {"number": book.number, "id": str(book.id)}


def _day(given: object) -> str:
    """As an office writes it; an event may hold a day or a moment."""
    text = str(given or "")
    try:
        day = (
            clock.local(datetime.fromisoformat(text)).date()
            if "T" in text
            else date.fromisoformat(text)
        )
    except ValueError:
        return ""
    return f"{day.year}年{day.month}月{day.day}日"


TOLD: Mapping[str, Teller] = {
    **dict.fromkeys(
        (
            *("ticket.submitted", "ticket.begun", "ticket.moved", "ticket.migrated"),
            *("task.withdrawn", "task.released", "task.reoffered", "task.signer_removed"),
            *("incident.resolved", "timer.fired", "signal.received", "message.received"),
        ),
        _open_tasks,
    ),
    "task.completed": _completed,
    "task.returned": _returned,
    "task.transferred": _handed("task.transferred"),
    "task.delegated": _handed("task.delegated"),
    "task.signer_added": _handed("task.signer_added"),
    "task.handed_over": _handed("task.handed_over"),
    "ticket.urged": _urged,
    "ticket.copied": _named("ticket.copied"),
    "release.announced": _announced,
    "ticket.commented": _named("ticket.mentioned"),
    "ticket.ended.closed": _to_requester("ticket.closed"),
    "ticket.ended.refused": _to_requester("ticket.refused"),
    "ticket.ended.cancelled": _to_requester("ticket.cancelled"),
    "ticket.suspended": _held("ticket.suspended"),
    "ticket.resumed": _held("ticket.resumed"),
    "ticket.due_changed": _due_changed,
    **dict.fromkeys(("ticket.reminded", "ticket.escalated"), _reminded),
    "supervision.opened": _supervised,
    "supervision.answered": _answered,
    "incident.opened": _incident,
    "rule.ending": _rule_ending,
    "hint.raised": _hint,
    "absence.entered": _absence,
    "mandate.written": _mandate,
    "person_event.form_due": _form_due,
    "person_event.opened": _opened,
    "review.due": _review_due,
    "old_book.checked": _old_book,
    **accounts.TOLD,
    **dict.fromkeys(("old_book.confirmed", "old_book.expired"), _old_book_settled),
}
