"""Letting all tickets that run on one version go on by another.

First a rehearsal, then, for what it found possible, the real thing. Both are worked off in the
outbox a few tickets at a time, each ticket in a savepoint of its own; each has a line that tells.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, contains_eager

from app.audit.service import record
from app.core import outbox
from app.core.actor import Actor
from app.core.errors import AppError, Malformed
from app.core.masking import masked
from app.core.outbox import Outbox
from app.core.paging import Page, page_by_key
from app.identity.models import Unit
from app.identity.queries import actor_of, in_subtree, people_by_ids, scope_path
from app.processes.models import Instance, ProcessVersion
from app.processes.types import StepFailed, WouldLose
from app.repairs import policy
from app.repairs.migrating import ABLE, go_over, rehearse, target_of, version_of
from app.repairs.models import Migration, MigrationItem
from app.repairs.standing import access, reason_of
from app.repairs.types import (
    MayNotRepair,
    MigrationNotFound,
    MigrationRunning,
    MigrationState,
    MovedState,
    NothingToMigrate,
    NotRehearsed,
    SameVersion,
)
from app.tickets.models import Ticket

TOPIC = "repairs.migrate"
AT_ONCE = 20
PAGE = 100
LONGEST_KEY = 64
GAVE_UP = "系统反复出错，这一件没有换。请单独迁移，仍不行时看运行异常。"


def create(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    key: str,
    number: int,
    version: int,
    reason: str,
    client_key: str,
    rehearsal_of: str = "",
) -> Migration:
    """Begin a rehearsal for all that run on `number`, or the real thing after one.

    The same `client_key` again is the same migration. Raises: MayNotRepair, ProcessNotFound,
    VersionNotPublished, SameVersion, MigrationRunning, NotRehearsed, NothingToMigrate,
    RepairRefused, Malformed.
    """
    may = policy.can_repair(actor) if rehearsal_of else policy.can_rehearse(actor)
    if not may:
        raise MayNotRepair
    if not 0 < len(client_key) <= LONGEST_KEY:
        raise Malformed
    source = version_of(session, key, number)
    # Two at once on one version: the second waits, and finds the first running.
    session.execute(
        select(ProcessVersion.id).where(ProcessVersion.id == source.id).with_for_update()
    )
    known = session.scalars(
        select(Migration).where(
            Migration.person_id == actor.person_id, Migration.client_key == client_key
        )
    ).first()
    if known is not None:
        return known
    target = target_of(session, key, version, source.id)
    if _is_running(session, source.id):
        raise MigrationRunning
    made = Migration(
        id=secrets.token_urlsafe(12),
        person_id=actor.person_id,
        client_key=client_key,
        key=key,
        from_version_id=source.id,
        to_version_id=target.id,
        reason=reason_of(reason) if rehearsal_of else masked(reason.strip()),
        created_at=now,
    )
    if rehearsal_of:
        made.rehearsal_id = _rehearsed(session, actor, rehearsal_of, made).id
    session.add(made)
    session.flush()  # its lines name it
    if not _list_tickets(session, actor, made):
        raise NothingToMigrate
    _record(session, actor, now, "migration.begun", made, source, target)
    _go_on(session, made, now)
    return made


def find(session: Session, migration_id: str, actor: Actor) -> Migration:
    """Raises: MigrationNotFound (absent, or of somebody whose scope is another), MayNotRepair."""
    found = session.get(Migration, migration_id)
    if found is None or not _may_know(session, actor, found):
        raise MigrationNotFound
    if not policy.can_rehearse(actor):
        raise MayNotRepair
    return found


def stop(session: Session, *, actor: Actor, now: datetime, migration_id: str) -> Migration:
    """What has gone has gone; the rest stays. Stopping twice is fine.

    Raises: MigrationNotFound, MayNotRepair.
    """
    found = find(session, migration_id, actor)
    if not found.is_rehearsal and not policy.can_repair(actor):
        raise MayNotRepair
    session.refresh(found, with_for_update=True)
    if found.is_running:
        found.state, found.finished_at = MigrationState.STOPPED, now
        _set_waiting(session, found, MovedState.SKIPPED, "")
        _record(session, actor, now, "migration.stopped", found)
    return found


def latest(session: Session, actor: Actor, key: str) -> Sequence[Migration]:
    """The last few of a process that the actor may know."""
    found = session.scalars(
        select(Migration)
        .where(Migration.key == key)
        .order_by(Migration.created_at.desc(), Migration.id.desc())
        .limit(20)
    )
    return [one for one in found if _may_know(session, actor, one)]


def counts(session: Session, migration: Migration) -> dict[MovedState, int]:
    rows = session.execute(
        select(MigrationItem.state, func.count())
        .where(MigrationItem.migration_id == migration.id)
        .group_by(MigrationItem.state)
    )
    found = dict(rows.all())
    return {state: found.get(state, 0) for state in MovedState}


def list_items(
    session: Session,
    migration: Migration,
    *,
    state: MovedState | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[MigrationItem]:
    statement = select(MigrationItem, MigrationItem.id).where(
        MigrationItem.migration_id == migration.id
    )
    if state is not None:
        statement = statement.where(MigrationItem.state == state)
    page = page_by_key(
        session,
        statement,
        key=(MigrationItem.id,),
        cursor=cursor,
        limit=limit,
        descending=False,
    )
    return page.map(lambda row: row[0])


def step(session: Session, payload: dict[str, Any], now: datetime) -> None:
    """The next few tickets; safe to run twice."""
    migration = session.get(Migration, payload["migration"], with_for_update=True)
    if migration is None or not migration.is_running:
        return
    actor = actor_of(session, migration.person_id, now)
    for item in _waiting(session, migration, AT_ONCE):
        item.state, item.told = _one(session, migration, item.number, actor, now)
    session.flush()  # what is waiting is asked of the database
    if _waiting(session, migration, 1):
        _go_on(session, migration, now)
    else:
        migration.state, migration.finished_at = MigrationState.DONE, now
        _record(session, actor, now, "migration.ended", migration)


def give_up(session: Session, row_id: int, now: datetime) -> None:
    """A step that all attempts could not make: the rest stays, and is told why."""
    row = session.get_one(Outbox, row_id)
    migration = session.get(Migration, row.payload["migration"], with_for_update=True)
    if migration is None or not migration.is_running:
        return
    _set_waiting(session, migration, MovedState.KEPT, GAVE_UP)
    migration.state, migration.finished_at = MigrationState.STOPPED, now


def count_running(session: Session, actor: Actor, version_id: int) -> int:
    """How many tickets within reach a migration from this version would be about."""
    within = in_subtree(scope_path(session, actor))
    found = session.scalar(
        select(func.count())
        .select_from(Ticket)
        .join(Ticket.instance)
        .join(Unit, Instance.unit_id == Unit.id)
        .where(Instance.version_id == version_id, Instance.ended_at.is_(None))
        .where(Ticket.state.in_(ABLE), within, ~Ticket.is_confidential)
    )
    return found or 0


def real_of(session: Session, rehearsal: Migration) -> str:
    """The migration that did what this one tried out; empty as long as there is none."""
    found = session.scalar(select(Migration.id).where(Migration.rehearsal_id == rehearsal.id))
    return found or ""


def names_of(session: Session, found: Sequence[Migration]) -> dict[int, str]:
    people = people_by_ids(session, {one.person_id for one in found})
    return {person_id: person.name for person_id, person in people.items()}


def number_of(session: Session, version_id: int) -> int:
    return session.scalars(
        select(ProcessVersion.number).where(ProcessVersion.id == version_id)
    ).one()


def _one(
    session: Session, migration: Migration, number: str, actor: Actor, now: datetime
) -> tuple[MovedState, list[str]]:
    target = session.get_one(ProcessVersion, migration.to_version_id)
    try:
        with session.begin_nested():
            return _do(session, migration, number, target, actor, now)
    except WouldLose as error:
        return MovedState.KEPT, list(error.facts["losses"])
    except StepFailed as error:
        return MovedState.KEPT, [masked(error.cause)]
    except AppError as error:
        return MovedState.KEPT, [error.text]


def _do(
    session: Session,
    migration: Migration,
    number: str,
    target: ProcessVersion,
    actor: Actor,
    now: datetime,
) -> tuple[MovedState, list[str]]:
    if not migration.is_rehearsal:
        ticket = access(session, number, actor, None, *ABLE)
        if ticket.instance.version_id != migration.from_version_id:
            raise SameVersion("这件在这期间换过版本，没有再换。")
        notes = go_over(session, ticket, target, migration.reason, actor, now)
        return MovedState.MOVED, list(notes)
    ticket = _ticket(session, number)
    if ticket.state not in ABLE:
        return MovedState.SKIPPED, ["已经办结或者终止，不用换。"]
    found = rehearse(session, ticket, target, actor, now)
    state = MovedState.KEPT if found.losses else MovedState.MOVED
    return state, [*found.losses, *found.notes]


def _ticket(session: Session, number: str) -> Ticket:
    return session.scalars(
        select(Ticket)
        .join(Ticket.instance)
        .where(Ticket.number == number)
        .options(contains_eager(Ticket.instance))
        .with_for_update(of=(Instance, Ticket))
        .execution_options(populate_existing=True)
    ).one()


def _is_running(session: Session, version_id: int) -> bool:
    return (
        session.scalar(
            select(Migration.id)
            .where(
                Migration.from_version_id == version_id,
                Migration.state == MigrationState.RUNNING,
            )
            .limit(1)
        )
        is not None
    )


def _rehearsed(session: Session, actor: Actor, rehearsal_id: str, made: Migration) -> Migration:
    """The rehearsal of just this, finished and used once. Raises: NotRehearsed."""
    found = session.get(Migration, rehearsal_id, with_for_update=True)
    if found is None or not _may_know(session, actor, found):
        raise NotRehearsed
    same = (found.from_version_id, found.to_version_id) == (
        made.from_version_id,
        made.to_version_id,
    )
    used = session.scalar(select(Migration.id).where(Migration.rehearsal_id == found.id))
    if not found.is_rehearsal or found.state is not MigrationState.DONE or not same or used:
        raise NotRehearsed
    return found


def _list_tickets(session: Session, actor: Actor, made: Migration) -> int:
    """Write down which tickets it is about; how many."""
    within = in_subtree(scope_path(session, actor))
    chosen = (
        select(
            literal(made.id), Ticket.number, literal(MovedState.WAITING.value), literal([], JSONB)
        )
        .join(Ticket.instance)
        .join(Unit, Instance.unit_id == Unit.id)
        .where(Instance.version_id == made.from_version_id, Instance.ended_at.is_(None))
        .where(Ticket.state.in_(ABLE), within, ~Ticket.is_confidential)
        .order_by(Ticket.id)
    )
    if made.rehearsal_id is not None:
        able = select(MigrationItem.number).where(
            MigrationItem.migration_id == made.rehearsal_id,
            MigrationItem.state == MovedState.MOVED,
        )
        chosen = chosen.where(Ticket.number.in_(able))
    columns = ["migration_id", "number", "state", "told"]
    session.execute(insert(MigrationItem).from_select(columns, chosen))
    return sum(counts(session, made).values())


def _waiting(session: Session, migration: Migration, limit: int) -> Sequence[MigrationItem]:
    return session.scalars(
        select(MigrationItem)
        .where(
            MigrationItem.migration_id == migration.id,
            MigrationItem.state == MovedState.WAITING,
        )
        .order_by(MigrationItem.id)
        .limit(limit)
    ).all()


def _set_waiting(session: Session, migration: Migration, state: MovedState, why: str) -> None:
    session.execute(
        update(MigrationItem)
        .where(
            MigrationItem.migration_id == migration.id,
            MigrationItem.state == MovedState.WAITING,
        )
        .values(state=state, told=[why] if why else [])
    )


def _may_know(session: Session, actor: Actor, migration: Migration) -> bool:
    """Whoever asked for it sits within the reader's scope."""
    asked = actor_of(session, migration.person_id, migration.created_at)
    return asked.unit_path.startswith(scope_path(session, actor))


def _go_on(session: Session, migration: Migration, now: datetime) -> None:
    """The next step, once: a step that is done again must not begin a second row of steps."""
    left = counts(session, migration)[MovedState.WAITING]
    key = f"{migration.id}:{left}"
    there = select(Outbox.id).where(Outbox.topic == TOPIC, Outbox.key == key)
    if session.scalar(there) is None:
        outbox.add(session, TOPIC, {"migration": migration.id}, key=key, now=now)


def _record(
    session: Session,
    actor: Actor,
    now: datetime,
    kind: str,
    migration: Migration,
    source: ProcessVersion | None = None,
    target: ProcessVersion | None = None,
) -> None:
    found = counts(session, migration)
    facts: dict[str, Any] = {"migration": migration.id, "rehearsal": migration.is_rehearsal}
    if source is not None and target is not None:
        facts |= {"from": source.number, "to": target.number, "reason": migration.reason}
    record(
        session,
        now=now,
        actor=actor,
        kind=kind,
        object=f"process:{migration.key}",
        data=facts | {state.value: count for state, count in found.items() if count},
    )
