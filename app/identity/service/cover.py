"""What all acts on cover share: days become moments, refusals, and the news that others act now."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import clock, events
from app.core.actor import Actor
from app.core.days import LAST, midnight
from app.core.errors import Invalid
from app.identity.cover_models import Period
from app.identity.cover_types import CoverChanged
from app.identity.models import Person
from app.identity.queries import actor_of, get_unit, ids_of, people_by_ids, scope_path
from app.identity.types import FieldError, PersonRef

MAX_NOTE = 200
LONGEST = timedelta(days=366)
Titles = Callable[[Session], Mapping[str, str]]
_titles: list[Titles] = []


def configure(titles: Titles) -> None:
    """Which kinds of process there are (key → title): rooms above know."""
    _titles[:] = [titles]


def process_titles(session: Session) -> Mapping[str, str]:
    return _titles[0](session) if _titles else {}


def span(first: date | None, last: date | None, now: datetime) -> tuple[datetime, datetime]:
    """The moments between two days of the office, both included. Raises: Invalid (from, to)."""
    today = clock.local(now).date()
    if first is None or last is None:
        name = "from" if first is None else "to"
        raise wrong(name, "required", "请填从哪一天起、到哪一天止。")
    if first < today:
        raise wrong("from", "past", f"开始的日期已经过去，最早从今天（{today:%Y-%m-%d}）起。")
    if last < first:
        raise wrong("to", "ends_before", "结束的日期早于开始的日期，请改成同一天或者更晚。")
    return midnight(first), end_of(last, now)


def end_of(last: date, now: datetime) -> datetime:
    """Raises: Invalid (to)."""
    today = clock.local(now).date()
    if last < today:
        raise wrong("to", "past", f"结束的日期已经过去，最早到今天（{today:%Y-%m-%d}）。")
    if last - today > LONGEST or last > LAST:
        raise wrong("to", "too_far", "结束的日期太远，最多登记到一年以后，到时再接着登记。")
    return midnight(last + timedelta(days=1))


def words(text: str, name: str = "note") -> str:
    """Raises: Invalid."""
    text = text.strip()
    if len(text) > MAX_NOTE:
        raise wrong(name, "too_long", f"最多 {MAX_NOTE} 个字，请写短一些。")
    return text


def person_named(session: Session, actor: Actor, words: str, path: str) -> PersonRef:
    """By user name, or by a name that one person alone bears; nobody out of the actor's sight.

    Raises: Invalid.
    """
    words = words.strip()
    if not words:
        raise wrong(path, "required", "请填姓名或用户名。")
    found = [
        person
        for person in people_by_ids(session, ids_of(session, words)).values()
        if _is_near(session, actor, person)
    ]
    exact = [person for person in found if person.username == words.lower()]
    if not found:
        raise wrong(path, "unknown_person", f"没有找到{words}，请从名单里选，或者核对以后再填。")
    if len(found) > 1 and not exact:
        names = "、".join(f"{one.username}（{one.unit_name}）" for one in found)
        raise wrong(path, "several", f"叫{words}的有几位，请填用户名：{names}。")
    return (exact or found)[0]


def _is_near(session: Session, actor: Actor, person: PersonRef) -> bool:
    unit = get_unit(session, person.unit_id)
    return unit.division_id == actor.division_id or unit.path.startswith(scope_path(session, actor))


def lock_person(session: Session, person_id: int) -> Person:
    """The lock of what somebody's cover is: two at once are judged in turn.

    One that foreign keys do not wait for, since acts on tickets, which this may lead to, write them
    while they hold a ticket.
    """
    return session.get_one(
        Person, person_id, with_for_update={"key_share": True}, populate_existing=True
    )


def work_off(session: Session, period: Period, person_id: int, now: datetime) -> None:
    """Tell that others act from now on, or he does again; each end of a period is told once."""
    begins = period.begun_at is None and period.starts_at <= now
    finishes = period.finished_at is None and period.ends_at <= now
    if begins:
        period.begun_at = now
    if finishes:
        period.finished_at = now
        period.begun_at = period.begun_at or now
    if begins or finishes:
        tell(session, person_id, now)


def tell(session: Session, person_id: int, now: datetime, revoked: tuple[int, ...] = ()) -> None:
    session.flush()  # who hears it asks who stands in now
    keys = actor_of(session, person_id, now).keys
    events.publish(session, CoverChanged(person_id, tuple(keys), now, revoked))


def record(
    session: Session, actor: Actor | None, kind: str, thing: str, now: datetime, **data: Any
) -> None:
    audit.record(session, now=now, actor=actor, kind=kind, object=thing, data=data)


def days(period: Period) -> dict[str, str]:
    return {"from": period.first_on.isoformat(), "to": period.last_on.isoformat()}


def wrong(path: str, code: str, message: str) -> Invalid:
    return Invalid([FieldError(path, code, message)])
