"""Books of processes: taking their descriptions in, and undoing rows of what came to nothing."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.ledgers import declaring
from app.ledgers.models import LedgerBook, LedgerRow
from app.ledgers.queries import standing_rows
from app.ledgers.service import append_rows
from app.ledgers.types import Entry, Ledger, LedgerTaken
from app.processes import engine
from app.processes.models import Instance
from app.processes.queries import unit_of

SYSTEM = "系统"


def describe(session: Session, *, version_id: int, now: datetime) -> None:
    """The books of a version that came into force look as it says; a column that it no longer
    has stays behind the others, because older rows fill it.

    Raises: LedgerTaken.
    """
    loaded = engine.load(session, version_id)
    for name, description in declaring.descriptions(loaded).items():
        ledger = description.ledger
        book = session.scalars(
            select(LedgerBook).where(LedgerBook.name == name).with_for_update()
        ).first()
        if book is None:
            book = LedgerBook(name=name, process=loaded.key, columns=[])
            session.add(book)
        elif book.process != loaded.key:
            raise LedgerTaken(name, book.process)
        book.take(ledger, now)


def describe_own(session: Session, ledger: Ledger, *, process: str, now: datetime) -> None:
    """A book that a room writes beside its process; it is there from its first row on."""
    fresh = insert(LedgerBook).values(
        name=ledger.name,
        process=process,
        title=ledger.title,
        help=ledger.help,
        columns=[],
        search=[],
        keepers=[],
        described_at=now,
    )
    session.execute(fresh.on_conflict_do_nothing())
    session.get_one(LedgerBook, ledger.name, with_for_update=True).take(ledger, now)


def undo(session: Session, *, instance_id: int, now: datetime) -> None:
    """A ticket that was booked and then refused, withdrawn for good or cancelled leaves no row in
    force. The caller holds the instance lock.
    """
    instance = session.get_one(Instance, instance_id)
    entries = [
        undoing(row, count, "申请没有办成", SYSTEM)
        for row, count in standing_rows(session, instance.number)
    ]
    if not entries:
        return
    audit.record(
        session,
        now=now,
        actor=None,
        kind="ledger.undone",
        object=f"ticket:{instance.number}",
        head=instance,
        data={"rows": len(entries)},
    )
    append_rows(session, now=now, unit=unit_of(session, instance), entries=entries)


def undoing(row: LedgerRow, count: int, why: str, executor: str) -> Entry:
    """A row that makes an earlier one void and stands for nothing itself.

    `count` is how many rows there are already of the same approved line.
    """
    remark = {"_remark": f"冲销第{row.serial}号：{why}", "_executor": executor, "_undoes": "1"}
    source = f"{row.source.partition('~')[0]}~{count}"
    values = {**row.values, **remark}
    return Entry(row.name, source, row.ticket, row.row_no, values, corrects=row.source)
