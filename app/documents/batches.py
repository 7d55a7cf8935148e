"""Printing many tickets at once: a list that a worker goes through, and one file at the end.

Every ticket is a step of its own in the outbox, so others get their turn in between, a killed
worker costs one step, and a stop takes effect after the page that is being set.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.service import record
from app.core import outbox
from app.core.actor import Actor
from app.core.crypto import digest, seal, unseal
from app.core.errors import AppError, ExternalFailure, Malformed
from app.core.outbox import Outbox
from app.documents import service
from app.documents.models import PrintBatch, PrintItem
from app.documents.queries import access_print, may_print
from app.documents.types import (
    MODES,
    MOST_PRINTS,
    BatchesRunning,
    BatchNotFound,
    BatchState,
    DocumentNotFound,
    ItemState,
    NoFileLeft,
    NoFileYet,
    NothingToPrint,
    NotYourPrint,
    NotYoursAnyMore,
    TooManyPrints,
)
from app.identity.queries import actor_of
from app.processes import engine
from app.tickets.types import TicketNotFound
from pdf.merge import merge

TOPIC = "documents.batch"
MOST_RUNNING = 3
FILE_KEPT = timedelta(days=1)
REPORT_KEPT = timedelta(days=30)
LONGEST_NUMBER = 60
LONGEST_KEY = 64
BROKEN = "打印时系统反复出错，这一件没有排成。请单独打印，仍不行时告诉管理员。"
NOT_JOINED = "合成一个文件时系统反复出错。请分几批再打印，仍不行时告诉管理员。"
NO_FORM = "这项业务没有打印件。"


def new_key() -> str:
    """For who repeats a request by other means than a page."""
    return secrets.token_hex(16)


def create(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    numbers: Sequence[str],
    mode: str,
    client_key: str,
) -> PrintBatch:
    """A batch of the actor, in the order given; the same key again is the same batch.

    Whether each may be printed is asked when its turn comes, and told in the report.
    Raises: NothingToPrint, TooManyPrints, BatchesRunning, Malformed.
    """
    wanted = list(dict.fromkeys(filter(None, (number.strip() for number in numbers))))
    if mode not in MODES or not 0 < len(client_key) <= LONGEST_KEY:
        raise Malformed
    known = session.scalars(_keyed(actor, client_key)).first()
    if known is not None:
        return known
    if not wanted:
        raise NothingToPrint
    if len(wanted) > MOST_PRINTS:
        raise TooManyPrints
    if any(len(number) > LONGEST_NUMBER or "\x00" in number for number in wanted):
        raise Malformed("办件编号不对，请核对后再打印。")
    if _running(session, actor) >= MOST_RUNNING:
        raise BatchesRunning
    made = insert(PrintBatch).values(
        id=secrets.token_urlsafe(12),
        person_id=actor.person_id,
        client_key=client_key,
        mode=mode,
        state=BatchState.RUNNING,
        created_at=now,
    )
    batch_id = session.scalar(
        made.on_conflict_do_nothing(index_elements=["person_id", "client_key"]).returning(
            PrintBatch.id
        )
    )
    if batch_id is None:  # the other half of a double click was faster
        return session.scalars(_keyed(actor, client_key)).one()
    session.add_all(
        PrintItem(batch_id=batch_id, n=n, number=number, state=ItemState.WAITING)
        for n, number in enumerate(wanted, start=1)
    )
    session.flush()  # the batch reads its items
    batch = access(session, batch_id, actor)
    _record(session, actor, now, "print.batched", batch, {"count": len(wanted)})
    _go_on(session, batch, now)
    return batch


def access(session: Session, batch_id: str, actor: Actor, *, lock: bool = False) -> PrintBatch:
    """One's own batch. Raises: BatchNotFound."""
    found = session.get(PrintBatch, batch_id, with_for_update=True if lock else None)
    if found is None or found.person_id != actor.person_id:
        raise BatchNotFound
    return found


def stop(session: Session, *, actor: Actor, now: datetime, batch_id: str) -> PrintBatch:
    """What is printed already still becomes a file; stopping twice, or too late, changes nothing.

    Raises: BatchNotFound.
    """
    batch = access(session, batch_id, actor, lock=True)
    if batch.state is BatchState.RUNNING:
        batch.stop()
        _record(session, actor, now, "print.stopped", batch, {"count": len(batch.printed)})
    return batch


def take(
    session: Session, *, actor: Actor, now: datetime, batch_id: str
) -> tuple[PrintBatch, bytes]:
    """The file. Each ticket is asked for once more: rights may have gone since.

    Raises: BatchNotFound, NoFileYet, NoFileLeft, NotYoursAnyMore.
    """
    batch = access(session, batch_id, actor)
    if batch.is_running:
        raise NoFileYet
    if batch.pdf_sealed is None:
        raise NoFileLeft
    lost = [item.number for item in batch.printed if not _may_print(session, item.number, actor)]
    if lost:
        raise NotYoursAnyMore(lost)
    facts = {"count": len(batch.printed), "sha256": batch.sha256}
    _record(session, actor, now, "print.taken", batch, facts)
    return batch, unseal(batch.pdf_sealed)


def step(session: Session, payload: dict[str, Any], now: datetime) -> None:
    """Set the next ticket, or join what is set; safe to run twice."""
    batch = session.get(PrintBatch, payload["batch"], with_for_update=True)
    if batch is None or not batch.is_running:
        return
    if batch.waiting:
        _set(session, batch, batch.waiting[0], now)
        _go_on(session, batch, now)
    else:
        _join(batch, now)


def give_up(session: Session, row_id: int, now: datetime) -> None:
    """A step that all attempts could not make: tell so, and go on with the next."""
    row = session.get_one(Outbox, row_id)
    batch = session.get(PrintBatch, row.payload["batch"], with_for_update=True)
    if batch is None or not batch.is_running:
        return
    if batch.waiting:
        batch.waiting[0].fail(BROKEN)
        _go_on(session, batch, now)
        return
    for item in batch.printed:
        item.fail(NOT_JOINED)
        item.pdf_sealed = None
    batch.finish(now)


def sweep(session: Session, *, now: datetime) -> None:
    """Files go after a day, reports after a month."""
    session.execute(
        update(PrintBatch)
        .where(PrintBatch.finished_at < now - FILE_KEPT, PrintBatch.pdf_sealed.is_not(None))
        .values(pdf_sealed=None, state=BatchState.EXPIRED)
    )
    session.execute(delete(PrintBatch).where(PrintBatch.created_at < now - REPORT_KEPT))


def _set(session: Session, batch: PrintBatch, item: PrintItem, now: datetime) -> None:
    actor = actor_of(session, batch.person_id, now)
    try:
        with session.begin_nested():
            item.pdf_sealed = seal(_forms_of(session, actor, item.number, batch.mode, now))
    except ExternalFailure:
        raise  # the press will be back: the outbox tries again
    except AppError as error:
        item.fail(error.text)
    else:
        item.state = ItemState.PRINTED


def _forms_of(session: Session, actor: Actor, number: str, mode: str, now: datetime) -> bytes:
    """Every form of a ticket, one after the other."""
    ticket = access_print(session, number, actor)
    names = engine.load(session, ticket.instance.version_id).document_names
    if not names:
        raise DocumentNotFound(NO_FORM)
    made = []
    for name in names:
        printed = service.printable(session, ticket, name, mode, now=now)
        service.note_print(session, actor=actor, now=now, number=number, name=name, printed=printed)
        made.append(printed.data)
    return made[0] if len(made) == 1 else merge(made, title=number)[0]


def _join(batch: PrintBatch, now: datetime) -> None:
    printed = batch.printed
    if printed:
        data, pages = merge(
            (unseal(item.pdf_sealed) for item in printed if item.pdf_sealed), title="批量打印"
        )
        for item, count in zip(printed, pages, strict=True):
            item.pages, item.pdf_sealed = count, None
        batch.pdf_sealed, batch.sha256 = seal(data), digest(data)
    batch.finish(now)


def _go_on(session: Session, batch: PrintBatch, now: datetime) -> None:
    """The next step, once: a step that is done again must not begin a second row of steps."""
    key = f"{batch.id}:{len(batch.items) - len(batch.waiting)}"
    there = select(Outbox.id).where(Outbox.topic == TOPIC, Outbox.key == key)
    if session.scalar(there) is None:
        outbox.add(session, TOPIC, {"batch": batch.id}, key=key, now=now)


def _may_print(session: Session, number: str, actor: Actor) -> bool:
    try:
        ticket = access_print(session, number, actor)
    except (TicketNotFound, NotYourPrint):
        return False
    return may_print(session, ticket, actor)


def _keyed(actor: Actor, client_key: str) -> Select[PrintBatch]:
    return select(PrintBatch).where(
        PrintBatch.person_id == actor.person_id, PrintBatch.client_key == client_key
    )


def _running(session: Session, actor: Actor) -> int:
    running = (BatchState.RUNNING, BatchState.STOPPING)
    return (
        session.scalar(
            select(func.count()).where(
                PrintBatch.person_id == actor.person_id, PrintBatch.state.in_(running)
            )
        )
        or 0
    )


def _record(
    session: Session,
    actor: Actor,
    now: datetime,
    kind: str,
    batch: PrintBatch,
    facts: dict[str, Any],
) -> None:
    record(session, now=now, actor=actor, kind=kind, object=f"print:{batch.id}", data=facts)
