"""`ledgers.append`: what a service task books in a ledger that its own diagram describes.

One row for each submission that is carried out, or for each row of a list. Walking the same way
again books nothing; when the answers have changed, a new row makes the old one void.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

import forms
from app.audit import service as audit
from app.core.masking import masked
from app.identity.queries import people_by_ids
from app.ledgers import declaring
from app.ledgers.booking import undoing
from app.ledgers.declaring import Cell, Description, Place
from app.ledgers.models import LedgerRow
from app.ledgers.queries import rows_in_force
from app.ledgers.service import append_rows
from app.ledgers.types import Entry
from app.processes import engine, judges, registry
from app.processes.models import Instance
from app.processes.registry import OperationContext
from app.processes.service import answering
from app.tasks.models import Task
from app.tasks.naming import acting, named_in
from app.tasks.queries import signers_of
from app.tasks.service import outcomes_of

Values = dict[str, str]


def register() -> None:
    """Give the name of this room to the registry; safe to call again."""
    registry.register_operation(declaring.OPERATION, append, writes=())
    judges.register(declaring.OPERATION, declaring.judge)


def append(session: Session, context: OperationContext) -> None:
    loaded = engine.load(session, context.version_id)
    given = loaded.node(context.node).properties
    name, line = given["ledger"], given.get("ledger_line", context.node)
    book = declaring.descriptions(loaded)[name]
    wanted = dict(enumerate(_Reader(session, context, loaded).rows(book), start=1))
    entries = list(_entries(session, context, name, line, wanted))
    if not entries:
        return
    audit.record(
        session,
        now=context.now,
        actor=context.actor,
        kind="ledger.appended",
        object=f"ticket:{context.ticket}",
        head=session.get_one(Instance, context.instance_id),
        data={"ledger": name, "title": book.title, "rows": len(entries), "node": context.node},
    )
    append_rows(session, now=context.now, unit=context.unit, entries=entries)


def _entries(
    session: Session, context: OperationContext, name: str, line: str, wanted: Mapping[int, Values]
) -> Iterator[Entry]:
    """What is not booked yet; what changed since stands for what it replaces.

    `line` is the node, or what several nodes keep together (`ledger_line`).
    """
    booked = rows_in_force(session, name, context.ticket, line)
    extra = {"_unit": context.unit.name, "_executor": context.actor.name}
    for no, values in wanted.items():
        source, before = f"{context.ticket}/{line}#{no}", booked.get(no)
        if before is None:
            yield Entry(name, source, context.ticket, no, {**extra, **values})
        elif before.row is None:
            again = f"{source}~{before.count}"
            yield Entry(name, again, context.ticket, no, {**extra, **values})
        elif _differs(before.row, values):
            remark = {"_remark": f"更正第{before.row.serial}号"}
            again = f"{source}~{before.count}"
            yield Entry(
                name,
                again,
                context.ticket,
                no,
                {**extra, **values, **remark},
                corrects=before.row.source,
            )
    for no, before in booked.items():
        if before.row is not None and no not in wanted:
            yield undoing(
                before.row, before.count, "申请已经改过，不再有这一行", context.actor.name
            )


def _differs(row: LedgerRow, values: Values) -> bool:
    kept = {key: text for key, text in row.values.items() if not key.startswith("_")}
    kept.pop("unit", None)
    return kept != {key: text for key, text in values.items() if key != "unit"}


@dataclass(frozen=True)
class _Reader:
    """The answers of one run, in the words of its forms."""

    session: Session
    context: OperationContext
    loaded: engine.Loaded

    def rows(self, book: Description) -> Sequence[Values]:
        shown = {node: self._labelled(node) for node in self._nodes(book)}
        signers = signers_of(self.session, self.context.instance_id, self.context.submission)
        names = people_by_ids(
            self.session, named_in(one for group in signers.values() for one in group)
        )
        said = {
            node: "、".join(acting(one, names) for one in group) for node, group in signers.items()
        }
        ways = {node: self._outcome(node, group) for node, group in signers.items()}
        number = str(self.context.variables.get(declaring.NUMBER, ""))
        told = _Told(shown, said, ways, number)
        place = book.rows_place
        if place is None or place.leaf is None:
            return [_values(book, told, {})]
        listed = shown[place.node].get(place.leaf.key) or ()
        return [_values(book, told, row) for row in listed]

    def _nodes(self, book: Description) -> set[str]:
        places = [cell.place for cell in book.cells] + [book.rows_place]
        return {place.node for place in places if place is not None}

    def _labelled(self, node: str) -> Mapping[str, Any]:
        form = self.loaded.form(node)
        if form is None:
            return {}
        is_start = node == self.loaded.start.id
        answers = self.context.answers if is_start else self.context.results.get(node, {})
        labels = answering.label_context(self.session, self.context.now, self.context.instance_id)
        return forms.labelled(form, answers, labels)

    def _outcome(self, node: str, decided: Sequence[Task]) -> str:
        """In the words of the diagram; of several people the one that the node went by."""
        labels = {one.value: one.label for one in outcomes_of(self.loaded.node(node))}
        known = self.context.variables.get(f"{node}_outcome", decided[-1].outcome)
        return labels.get(str(known), "")


@dataclass(frozen=True)
class _Told:
    """By node: the answers in words, who completed it, what was decided there; and the 编号."""

    shown: Mapping[str, Mapping[str, Any]]
    signers: Mapping[str, str]
    outcomes: Mapping[str, str]
    number: str


def _values(book: Description, told: _Told, row: Mapping[str, Any]) -> Values:
    return {
        cell.key: _cell(cell, _found(cell.place, told, row))
        for cell in book.cells
        if cell.place is not None
    }


def _found(place: Place, told: _Told, row: Mapping[str, Any]) -> str:
    if place.is_number:
        return told.number
    if place.leaf is None:
        return (told.outcomes if place.is_outcome else told.signers).get(place.node, "")
    value = (row if place.list_key else told.shown[place.node]).get(place.leaf.key)
    return "" if value is None else str(value)


def _cell(cell: Cell, text: str) -> str:
    """What people write freely may repeat a number; the ledger keeps it masked there too."""
    return forms.mask_text(text) if cell.is_masked and text else masked(text)
