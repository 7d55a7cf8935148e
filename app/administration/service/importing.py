"""Importing people: a sheet is checked whole, then, when it is confirmed, carried out by a worker.

Some rows are a step of their own in the outbox: others get their turn in between, a killed worker
costs one step, which is done again as if it had never begun, and each row is judged anew when its
turn comes, since the sheet may be old by then.
"""

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlalchemy.orm import Session

from app.administration import policy, queries
from app.administration.checking import Checked, Checker
from app.administration.models import Import, ImportRow
from app.administration.service.people import NewPerson, add_person
from app.administration.sheets import lines_of
from app.administration.types import (
    ImportNotFound,
    ImportOver,
    ImportState,
    NothingToImport,
    RowState,
)
from app.attachments.types import Accepted
from app.audit import service as audit
from app.core import clock, outbox
from app.core.actor import Actor
from app.core.crypto import seal, unseal
from app.core.errors import AppError, Forbidden
from app.core.outbox import Outbox
from app.core.sheets import XLSX
from app.core.tables import Line, SheetRefused
from app.identity import service as identity
from app.identity.models import Unit
from app.identity.queries import actor_of

TOPIC = "administration.import"
PEOPLE = "people"
SOURCE = "import"
CHUNK, STEP = 500, 50
UNCONFIRMED = timedelta(days=1)
KEPT = timedelta(days=30)
BROKEN = "导入时系统反复出错，这一行没有导入。请再上传一次，仍不行时告诉运行维护人员。"
GONE = "您已经不是系统管理员，这一行没有导入。"
KINDS = (XLSX, "text/csv", "text/plain")


def new_key() -> str:
    """For who repeats a request by other means than a page."""
    return secrets.token_hex(16)


def check_sheet(
    session: Session, *, actor: Actor, now: datetime, accepted: Accepted, client_key: str
) -> Import:
    """Read and judge every row; nobody is added yet. The same key again is the same import.

    Raises: Forbidden, SheetRefused.
    """
    if not policy.can_administer(actor):
        raise Forbidden
    if accepted.media_type not in KINDS:
        raise SheetRefused(message="请上传 XLSX 或者 CSV 表格。")
    made = insert_once(Import).values(
        id=secrets.token_urlsafe(12),
        person_id=actor.person_id,
        client_key=client_key,
        kind=PEOPLE,
        state=ImportState.CHECKED,
        created_at=now,
        **dict.fromkeys(("rows", "refused", "same", "done", "failed"), 0),
    )
    unique = ["person_id", "client_key"]
    import_id = session.scalar(
        made.on_conflict_do_nothing(index_elements=unique).returning(Import.id)
    )
    if import_id is None:
        return session.scalars(
            select(Import).where(
                Import.person_id == actor.person_id, Import.client_key == client_key
            )
        ).one()
    found = access(session, import_id, actor)
    _check_all(session, found, actor, now, accepted)
    _record(session, actor, now, "import.checked", found)
    return found


def confirm(session: Session, *, actor: Actor, now: datetime, import_id: str) -> Import:
    """Set the worker going. Confirming twice is once.

    Raises: ImportNotFound, ImportOver, NothingToImport.
    """
    found = access(session, import_id, actor, lock=True)
    if found.state in (ImportState.RUNNING, ImportState.DONE):
        return found
    if found.state is not ImportState.CHECKED:
        raise ImportOver
    if not found.ready:
        raise NothingToImport
    found.state, found.confirmed_at = ImportState.RUNNING, now
    _record(session, actor, now, "import.confirmed", found)
    _go_on(session, found, now)
    return found


def stop(session: Session, *, actor: Actor, now: datetime, import_id: str) -> Import:
    """Who was added stays; stopping twice, or too late, changes nothing. Raises: ImportNotFound."""
    found = access(session, import_id, actor, lock=True)
    if not found.is_running:
        return found
    session.execute(
        update(ImportRow)
        .where(ImportRow.import_id == found.id, ImportRow.state == RowState.READY)
        .values(state=RowState.SKIPPED, data_sealed=None)
    )
    found.state, found.finished_at = ImportState.STOPPED, now
    _record(session, actor, now, "import.stopped", found)
    return found


def access(session: Session, import_id: str, actor: Actor, *, lock: bool = False) -> Import:
    """One's own import. Raises: ImportNotFound."""
    found = _locked(session, import_id) if lock else session.get(Import, import_id)
    if found is None or found.person_id != actor.person_id:
        raise ImportNotFound
    return found


def step(session: Session, payload: dict[str, Any], now: datetime) -> None:
    """Carry out the next rows; safe to run twice."""
    found = _locked(session, payload["import"])
    if found is None or not found.is_running:
        return
    rows = _waiting(session, found)
    actor = actor_of(session, found.person_id, now)
    if not policy.can_administer(actor):
        for row in rows:
            _settle(found, row, RowState.FAILED, [("", GONE)])
    else:
        checker = Checker(session, actor, now, clock.local(now).date())
        for row, checked in zip(rows, checker.check(list(map(_line, rows))), strict=True):
            _carry_out(session, found, row, checked, actor, now)
    session.flush()  # what is left is asked for
    _go_on(session, found, now)


def give_up(session: Session, row_id: int, now: datetime) -> None:
    """A step that all attempts could not make: tell so, and go on with the next."""
    row = session.get_one(Outbox, row_id)
    found = _locked(session, row.payload["import"])
    if found is None or not found.is_running:
        return
    for one in _waiting(session, found):
        _settle(found, one, RowState.FAILED, [("", BROKEN)])
    session.flush()  # what is left is asked for
    _go_on(session, found, now)


def sweep(session: Session, *, now: datetime) -> None:
    """What nobody confirmed goes after a day, reports after a month."""
    stale = select(Import.id).where(
        Import.state == ImportState.CHECKED, Import.created_at < now - UNCONFIRMED
    )
    session.execute(
        update(ImportRow)
        .where(ImportRow.import_id.in_(stale), ImportRow.data_sealed.is_not(None))
        .values(data_sealed=None)
    )
    session.execute(update(Import).where(Import.id.in_(stale)).values(state=ImportState.EXPIRED))
    session.execute(delete(Import).where(Import.created_at < now - KEPT))


def _locked(session: Session, import_id: str) -> Import | None:
    """As it stands now, whatever this session has seen of it before."""
    return session.get(Import, import_id, with_for_update=True, populate_existing=True)


def _check_all(
    session: Session, found: Import, actor: Actor, now: datetime, accepted: Accepted
) -> None:
    checker = Checker(session, actor, now, clock.local(now).date())
    for lines in _chunks(lines_of(accepted.data, accepted.media_type)):
        checked = checker.check(lines)
        session.execute(insert(ImportRow), [_values(found.id, one) for one in checked])
        found.rows += len(checked)
        found.refused += sum(one.state is RowState.REFUSED for one in checked)
        found.same += sum(one.state is RowState.SAME for one in checked)


def _chunks(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while chunk := list(islice(lines, CHUNK)):
        yield chunk


def _values(import_id: str, one: Checked) -> dict[str, Any]:
    is_ready = one.state is RowState.READY
    written = json.dumps(dict(one.line.fields), ensure_ascii=False).encode()
    return {
        "import_id": import_id,
        "n": one.line.n,
        "state": one.state,
        "name": one.line.fields["name"][:50],
        "username": one.line.fields["username"][:32],
        "data_sealed": seal(written) if is_ready else None,
        "faults": [list(fault) for fault in one.faults],
    }


def _line(row: ImportRow) -> Line:
    return Line(row.n, json.loads(unseal(row.data_sealed or b"")))


def _waiting(session: Session, found: Import) -> Sequence[ImportRow]:
    return session.scalars(
        select(ImportRow)
        .where(ImportRow.import_id == found.id, ImportRow.state == RowState.READY)
        .order_by(ImportRow.n)
        .limit(STEP)
    ).all()


def _carry_out(
    session: Session, found: Import, row: ImportRow, checked: Checked, actor: Actor, now: datetime
) -> None:
    """One row: whole, or not at all."""
    if checked.state is RowState.REFUSED:
        _settle(found, row, RowState.FAILED, checked.faults)
        return
    if checked.state is RowState.READY:
        act: Callable[..., None] = _add if checked.known is None else _appoint
        try:
            with session.begin_nested():
                act(session, checked, actor, now)
        except AppError as error:
            _settle(found, row, RowState.FAILED, [("", error.text)])
            return
    _settle(found, row, RowState.DONE, ())


def _add(session: Session, checked: Checked, actor: Actor, now: datetime) -> None:
    """The code of the activation is told to nobody: it is given when the person comes for it."""
    read = checked.read
    if read is None:
        raise ImportOver
    wanted = NewPerson(
        read.values["name"],
        session.get_one(Unit, checked.unit_id),
        read.values["username"],
        read.values.get("phone", ""),
        read.values.get("id_number", ""),
        read.until,
        checked.positions,
    )
    add_person(session, actor=actor, now=now, wanted=wanted, source=SOURCE)


def _appoint(session: Session, checked: Checked, actor: Actor, now: datetime) -> None:
    known = checked.known
    if known is None:
        raise ImportOver
    queries.access_to_keep(session, known.person_id, actor, now, seen=None)
    for position in checked.positions:
        identity.appoint(
            session,
            actor=actor,
            person_id=known.person_id,
            position=position,
            unit=session.get_one(Unit, checked.unit_id),
            source=SOURCE,
            now=now,
        )


def _settle(
    found: Import, row: ImportRow, state: RowState, faults: Sequence[tuple[str, str]]
) -> None:
    row.state, row.data_sealed, row.faults = state, None, [list(fault) for fault in faults]
    found.done += state is RowState.DONE
    found.failed += state is RowState.FAILED


def _go_on(session: Session, found: Import, now: datetime) -> None:
    """The next step, once: a step that is done again must not begin a second row of steps."""
    if found.over >= found.ready:
        found.state, found.finished_at = ImportState.DONE, now
        actor = actor_of(session, found.person_id, now)
        _record(session, actor, now, "import.ended", found)
        return
    key = f"{found.id}:{found.over}"
    there = select(Outbox.id).where(Outbox.topic == TOPIC, Outbox.key == key)
    if session.scalar(there) is None:
        outbox.add(session, TOPIC, {"import": found.id}, key=key, now=now)


def _record(session: Session, actor: Actor, now: datetime, kind: str, found: Import) -> None:
    facts = {"rows": found.rows, "refused": found.refused, "done": found.done}
    audit.record(session, now=now, actor=actor, kind=kind, object=f"import:{found.id}", data=facts)
