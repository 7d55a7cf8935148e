"""Every line of a sheet is read and judged; nothing takes effect yet."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlalchemy.orm import Session

import forms
from app.access.administrators.types import ADMIN_POST
from app.access.service.booking import Labels
from app.access.types import KIND_LABELS
from app.attachments.types import Accepted
from app.audit import service as audit
from app.core import clock
from app.core.actor import Actor
from app.core.crypto import digest, seal
from app.core.masking import masked
from app.core.sheets import XLSX
from app.core.tables import Line, SheetRefused, lines_of
from app.oldbooks import policy
from app.oldbooks.judging import judge
from app.oldbooks.knowing import facts_for, lists_for
from app.oldbooks.models import OldBook, OldBookRow
from app.oldbooks.reading import LAYOUT, read
from app.oldbooks.types import (
    ACT_LABELS,
    ON_POSTS,
    BookState,
    Facts,
    NotYourBook,
    OldBookTwice,
    Read,
    RowState,
    Verdict,
)

KINDS = (XLSX, "text/csv", "text/plain")


def check_sheet(session: Session, *, actor: Actor, now: datetime, accepted: Accepted) -> OldBook:
    """A report on every line. The same file of the same person is the same import.

    Raises: NotYourBook, SheetRefused, OldBookTwice.
    """
    division_id = policy.keeps(actor)
    if division_id is None:
        raise NotYourBook
    if accepted.media_type not in KINDS:
        raise SheetRefused(message="请上传 XLSX 或者 CSV 表格。")
    book, is_new = _own(session, actor, now, division_id, digest(accepted.data))
    if not is_new:
        return book
    lines = list(lines_of(accepted.data, accepted.media_type, LAYOUT))
    reads = reads_of(session, book, lines)
    verdicts = judge(reads, facts_of(session, book, reads, now))
    labels = Labels(session)
    session.execute(
        insert(OldBookRow),
        [
            {"old_book_id": book.id, **_told(line, verdict, labels)}
            for line, verdict in zip(lines, verdicts, strict=True)
        ],
    )
    _count(book, verdicts)
    record(session, book, "old_book.checked", actor, now)
    return book


def reads_of(session: Session, book: OldBook, lines: Sequence[Line]) -> list[Read]:
    """What the lines say, whenever they are read: by the day on which they came."""
    uploaded_on = clock.local(book.uploaded_at).date()
    lists = lists_for(session, book.division_id, uploaded_on)
    return [read(line, lists) for line in lines]


def facts_of(session: Session, book: OldBook, reads: Sequence[Read], now: datetime) -> Facts:
    return facts_for(session, book, refs_of(reads), now)


def refs_of(reads: Sequence[Read]) -> set[bytes]:
    return {one.row.person_ref for one in reads if one.row}


def record(
    session: Session, book: OldBook, kind: str, actor: Actor | None, now: datetime, **facts: str
) -> None:
    counts = {"rows": book.rows, "ready": book.ready, "conflicts": book.conflicts}
    audit.record(
        session,
        now=now,
        actor=actor,
        kind=kind,
        object=f"old_book:{book.id}",
        data={"number": book.number, **counts, "sha256": book.sha256, **facts},
    )


def _own(
    session: Session, actor: Actor, now: datetime, division_id: int, sha256: str
) -> tuple[OldBook, bool]:
    """The import of this file, and whether it is new. Raises: OldBookTwice."""
    made = insert_once(OldBook).values(
        division_id=division_id,
        state=BookState.PENDING,
        rev=1,
        sha256=sha256,
        uploaded_by_id=actor.person_id,
        uploaded_at=now,
        **dict.fromkeys(("rows", "ready", "same", "refused", "conflicts"), 0),
    )
    book_id = session.scalar(made.on_conflict_do_nothing().returning(OldBook.id))
    if book_id is not None:
        return session.get_one(OldBook, book_id), True
    known = session.scalars(
        select(OldBook).where(
            OldBook.division_id == division_id,
            OldBook.sha256 == sha256,
            OldBook.state != BookState.WITHDRAWN,
        )
    ).one()
    if known.is_pending and known.uploaded_by_id == actor.person_id:
        return known, False
    raise OldBookTwice(_what_happened(known), current=known.state.value, book=known.id)


def _what_happened(book: OldBook) -> str:
    at = f"{clock.local(book.uploaded_at):%Y-%m-%d %H:%M}"
    told = f"这个文件{book.uploaded_by.name}已经在 {at} 上传过（{book.number}）"
    if book.is_pending:
        return f"{told}，正在等确认，不用再传。"
    by = book.confirmed_by.name if book.confirmed_by else ""
    return f"{told}，{by}确认后已经导入，不会再导入一次。"


def _count(book: OldBook, verdicts: Sequence[Verdict]) -> None:
    counts = Counter(one.state for one in verdicts)
    book.rows, book.ready = len(verdicts), counts[RowState.READY]
    book.same, book.refused = counts[RowState.SAME], counts[RowState.REFUSED]
    book.conflicts = counts[RowState.CONFLICT]


def _told(line: Line, verdict: Verdict, labels: Labels) -> dict[str, Any]:
    """As the report has it: numbers of persons masked, also where they were repeated in words."""
    row, given = verdict.read.row, line.fields
    place = row.place.name if row and row.place else given.get("unit", "")
    number = row.id_number if row else given.get("id_number", "")
    return {
        "n": line.n,
        "state": verdict.state,
        "code": verdict.code,
        "name": masked(verdict.read.name or given.get("name", ""))[:50],
        "unit_name": masked(place)[:60],
        "masked_id": forms.mask_text(number)[:30],
        "said": _said(verdict, labels),
        "faults": [[one.column, masked(one.message)] for one in verdict.faults],
        "fields_sealed": seal(json.dumps(dict(given), ensure_ascii=False)),
    }


def _said(verdict: Verdict, labels: Labels) -> str:
    row = verdict.read.row
    if row is None:
        return ""
    act, kind = ACT_LABELS[verdict.act or row.act], KIND_LABELS[row.kind]
    if row.act not in ON_POSTS:
        return f"{act}{kind}账户"
    post = kind if row.post == ADMIN_POST else labels.post(row.post)
    return f"{act}{labels.subsystem(row.subsystem)}“{post}”"
