"""A sheet of numbers: each row is judged, the good ones are in the book, the others are named."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import clock, crypto
from app.core.actor import Actor
from app.core.errors import Fault
from app.core.tables import Line
from app.messaging.audience.numbers import phone_ref
from app.phonebook import policy
from app.phonebook.judging import TITLES, judge
from app.phonebook.models import PhoneEntry, PhoneFinding, PhoneImport
from app.phonebook.queries import areas_for, areas_within
from app.phonebook.types import Draft, NothingTaken, NotYourBook

STEP = 2_000
THERE = "已经在本区市的通讯录里了，没有再收；要改的，请改那一条。"
REPEATED = "和上面第 {} 行是同一个号码，没有再收。"


@dataclass
class _Sheet:
    """What became of the rows so far."""

    read: int = 0
    drafts: dict[tuple[str, str, str], tuple[int, Draft]] = field(default_factory=dict)
    findings: list[tuple[int, str, str, str]] = field(default_factory=list)

    def find(self, row: int, path: str, code: str, message: str) -> None:
        self.findings.append((row, TITLES[path], code, message))


def take_in(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    sheet: str,
    lines: Iterable[Line],
    client_key: str,
) -> PhoneImport:
    """Take what is right; what stands in the book already is not changed. `sheet`: its file name.

    The same `client_key` is the same import.

    Raises: NotYourBook, NothingTaken; SheetRefused while it is read.
    """
    if not policy.can_keep(actor):
        raise NotYourBook
    known = select(PhoneImport).where(PhoneImport.client_key == client_key)
    if (made := session.scalars(known).first()) is not None:
        return made
    found = _judged(session, actor, now, lines)
    made = PhoneImport(
        unit_id=actor.unit_id,
        client_key=client_key,
        sheet_sealed=crypto.seal(sheet),
        read_count=found.read,
        taken_count=0,
        by_id=actor.person_id,
        at=now,
    )
    session.add(made)
    session.flush()  # the rows name it
    made.taken_count = _insert(session, actor, now, made.id, found)
    if not made.taken_count:
        raise NothingTaken([_as_fault(one) for one in sorted(found.findings)], found.read)
    _keep_findings(session, made.id, found)
    facts = {"rows": made.taken_count, "read": made.read_count}
    audit.record(
        session,
        now=now,
        actor=actor,
        kind="phonebook.imported",
        object=f"phone_import:{made.id}",
        data=facts,
    )
    return made


def _judged(session: Session, actor: Actor, now: datetime, lines: Iterable[Line]) -> _Sheet:
    areas, today = areas_for(session, actor), clock.local(now).date()
    found = _Sheet()
    for line in lines:
        found.read += 1
        judged = judge(line.fields, areas, today)
        for fault in judged.faults:
            found.find(line.n, fault.path, fault.code, fault.message)
        if (draft := judged.draft) is not None:
            key = (draft.phone, draft.area, draft.kind.value)
            first, _ = found.drafts.setdefault(key, (line.n, draft))
            if first != line.n:
                found.find(line.n, "phone", "duplicate", REPEATED.format(first))
    return found


def _insert(session: Session, actor: Actor, now: datetime, import_id: int, found: _Sheet) -> int:
    """How many were new. The index says which are not, also where two import at once."""
    ids = {unit.code: unit.id for unit in areas_within(session, actor).values()}
    more = {"made_by_id": actor.person_id, "made_at": now, "import_id": import_id}
    drafts = [found.drafts[key] for key in sorted(found.drafts)]  # two imports wait in one order
    taken = 0
    for at in range(0, len(drafts), STEP):
        part = drafts[at : at + STEP]
        rows = [_row(draft, ids[draft.area]) | more for _, draft in part]
        new = _new(session, rows)
        for (line, _), row in zip(part, rows, strict=True):
            if (row["phone_ref"], row["area_id"], row["kind"]) not in new:
                found.find(line, "phone", "there", THERE)
        taken += len(new)
    return taken


def _new(session: Session, rows: Sequence[dict[str, Any]]) -> set[tuple[Any, ...]]:
    made = session.execute(
        upsert(PhoneEntry)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["phone_ref", "area_id", "kind"])
        .returning(PhoneEntry.phone_ref, PhoneEntry.area_id, PhoneEntry.kind)
    )
    return {tuple(one) for one in made}


def _row(draft: Draft, area_id: int) -> dict[str, Any]:
    return {
        "kind": draft.kind,
        "name": draft.name,
        "phone": crypto.seal(draft.phone),
        "phone_ref": phone_ref(draft.phone),
        "operator": draft.operator,
        "area_id": area_id,
        "source": draft.source,
        "collected_on": draft.collected_on,
        "verification": draft.verification,
        "verified_on": draft.verified_on,
        "group_name": draft.group_name,
    }


def _keep_findings(session: Session, import_id: int, found: _Sheet) -> None:
    titles = ("row", "column_title", "code", "message")
    rows = [
        {"import_id": import_id, "n": n, **dict(zip(titles, one, strict=True))}
        for n, one in enumerate(sorted(found.findings), start=1)
    ]
    if rows:
        session.execute(insert(PhoneFinding), rows)


def _as_fault(finding: tuple[int, str, str, str]) -> Fault:
    row, title, code, message = finding
    return Fault(f"rows.{row}.{title}", code, f"第 {row} 行：{message}")
