"""A sheet of events: every row is judged and shown, and entered when that is confirmed."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.attachments.types import Accepted
from app.audit import service as audit
from app.core import crypto
from app.core.actor import Actor
from app.core.errors import AppError, Invalid
from app.core.masking import masked
from app.core.sheets import XLSX
from app.core.tables import Layout, SheetRefused, lines_of
from app.personnel import policy
from app.personnel.asking import draft_of
from app.personnel.models import PersonEvent, PersonEventImport
from app.personnel.service.acting import act_on
from app.personnel.service.entering import put_down
from app.personnel.types import MOST_ROWS, EventTwice, ImportGone, NotYourEvent

SOURCE = "import"
KEPT = timedelta(days=1)
KINDS = (XLSX, "text/csv", "text/plain")
LABELS = {
    "kind": "变动",
    "name": "姓名",
    "id_number": "身份证号",
    "date": "日期",
    "leave": "请假种类",
    "until": "到哪天",
    "note": "说明",
}
LAYOUT = Layout(
    labels=LABELS,
    heads=("kind", "id_number", "date"),
    needed=("kind", "name", "id_number", "date"),
    aliases={"变动种类": "kind", "变动类型": "kind", "生效日期": "date", "结束日期": "until"},
    things="变动",
    most_rows=MOST_ROWS,
)
READY, SAME, REFUSED, DONE = "ready", "same", "refused", "done"


def check_sheet(
    session: Session, *, actor: Actor, now: datetime, accepted: Accepted, client_key: str
) -> PersonEventImport:
    """Judge every row; nothing is entered yet. The same key again is the same import.

    Raises: NotYourEvent, SheetRefused.
    """
    if not policy.enters(actor):
        raise NotYourEvent
    if accepted.media_type not in KINDS:
        raise SheetRefused(message="请上传 XLSX 或者 CSV 表格。")
    lines = [
        {"n": line.n, "fields": dict(line.fields)}
        for line in lines_of(accepted.data, accepted.media_type, LAYOUT)
    ]
    rows = _enter_all(session, actor, now, lines, keeps=False)
    made = insert(PersonEventImport).values(
        id=secrets.token_urlsafe(12),
        person_id=actor.person_id,
        client_key=client_key,
        report_sealed=crypto.seal_json({"rows": rows}),
        created_at=now,
    )
    session.execute(made.on_conflict_do_nothing(index_elements=["person_id", "client_key"]))
    return session.scalars(
        select(PersonEventImport).where(
            PersonEventImport.person_id == actor.person_id,
            PersonEventImport.client_key == client_key,
        )
    ).one()


def confirm(session: Session, *, actor: Actor, now: datetime, sheet_id: str) -> PersonEventImport:
    """Enter the rows that can be; what falls due takes effect together. Twice is once.

    Raises: ImportGone.
    """
    found = import_of(session, sheet_id, actor, lock=True)
    if found.confirmed_at is not None:
        return found
    found.report = _enter_all(session, actor, now, found.report, keeps=True)
    found.confirmed_at = now
    done = sum(row["state"] == DONE for row in found.report)
    thing = f"person_event_import:{found.id}"
    audit.record(
        session,
        now=now,
        actor=actor,
        kind="person_event.imported",
        object=thing,
        data={"rows": len(found.report), "done": done},
    )
    return found


def import_of(
    session: Session, sheet_id: str, actor: Actor, *, lock: bool = False
) -> PersonEventImport:
    """One's own. Raises: ImportGone."""
    found = session.get(
        PersonEventImport, sheet_id, with_for_update=lock or None, populate_existing=True
    )
    if found is None or found.person_id != actor.person_id:
        raise ImportGone
    return found


def sweep(session: Session, *, now: datetime) -> None:
    session.execute(delete(PersonEventImport).where(PersonEventImport.created_at < now - KEPT))


def _enter_all(
    session: Session, actor: Actor, now: datetime, rows: list[dict[str, Any]], *, keeps: bool
) -> list[dict[str, Any]]:
    """Enter every row as far as it can be; unless it `keeps` them, take all of it back again.

    So a row is judged beside those above it, by the very rules that enter it.
    """
    events: list[PersonEvent] = []
    tried = session.begin_nested()
    report = [_one(session, actor, now, row, events, keeps=keeps) for row in rows]
    if not keeps:
        tried.rollback()
        return report
    act_on(session, events, now=now)
    tried.commit()
    entered = (row for row in report if row["state"] == DONE)
    for told, event in zip(entered, events, strict=True):
        told["event"], told["tickets"] = event.id, list(event.tickets)
    return report


def _one(
    session: Session,
    actor: Actor,
    now: datetime,
    row: Mapping[str, Any],
    events: list[PersonEvent],
    *,
    keeps: bool,
) -> dict[str, Any]:
    told: dict[str, Any] = {"n": row["n"], "fields": row["fields"], "errors": []}
    if row.get("state") == SAME:
        return {**told, "state": SAME}
    try:
        with session.begin_nested():
            draft = draft_of(row["fields"])
            event = put_down(session, actor=actor, now=now, draft=draft, source=SOURCE)
    except EventTwice:
        return {**told, "state": SAME}
    except Invalid as error:
        faults = [[LABELS.get(one.path, ""), masked(one.message)] for one in error.errors]
        return {**told, "state": REFUSED, "errors": faults or [["", error.text]]}
    except AppError as error:
        return {**told, "state": REFUSED, "errors": [["", error.text]]}
    if event.entered_at != now:  # the same row was entered before, by the same hand
        return {**told, "state": SAME}
    events.append(event)
    return {**told, "state": DONE if keeps else READY, "late": event.is_late}
