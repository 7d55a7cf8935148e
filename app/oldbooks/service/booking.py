"""How the acts of a paper ledger are written down in our books, saying that they are of paper."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

import forms
from app.access.administrators.types import ADMIN_POST
from app.access.service.booking import Labels, hide_numbers
from app.access.types import KIND_LABELS, AccountKind
from app.identity.queries import get_unit
from app.ledgers.types import ACCOUNTS, GRANTS, Entry
from app.oldbooks.folding import Move
from app.oldbooks.models import OldBook
from app.oldbooks.types import ACT_LABELS, SOURCE, OldRow, Place
from app.processes.queries import unit_ref
from app.processes.types import UnitRef

IMPORTED = "旧台账导入"
COPIED = "抄自上级台账"
Placed = tuple[UnitRef, Entry]


class Books:
    """The entries of one import, in the order in which the acts happened.

    A county's administrators stand in the book of the 州 and, as a copy, in the county's.
    """

    def __init__(self, session: Session, book: OldBook, executor: str) -> None:
        self._book, self._executor = book, executor
        self._labels = Labels(session)
        self._keeper = unit_ref(session, get_unit(session, book.division_id).id)
        self.own: list[Placed] = []
        self.copies: dict[int, list[Placed]] = {}

    def note(self, move: Move, account_id: int) -> None:
        entry = self._entry(move, account_id)
        place = _ref(move.place)
        if place.division_id == self._book.division_id:
            self.own.append((place, entry))
            return
        self.own.append((self._keeper, entry))
        copies = self.copies.setdefault(place.division_id, [])
        copies.append((place, _copied(entry)))

    def _entry(self, move: Move, account_id: int) -> Entry:
        row = move.row
        mark = f":{move.subsystem}" if move.is_by_closing else ""
        name, values = self._values(move)
        return Entry(
            name,
            f"{SOURCE}{self._book.id}#{row.n}{mark}",
            self._book.number,
            row.n,
            {
                "unit": move.place.name,
                "name": row.name,
                "id_number": forms.mask_text(row.id_number),
                "phone": forms.mask_text(move.phone),
                "account_kind": KIND_LABELS[move.kind],
                "executor": self._executor,
                **values,
            },
            account_id=account_id,
        )

    def _values(self, move: Move) -> tuple[str, dict[str, str]]:
        told = _told(move.row)
        if not move.subsystem:
            reason = "：".join(filter(None, (IMPORTED, hide_numbers(move.row.reason))))
            return ACCOUNTS.name, {
                "act": ACT_LABELS[move.act],
                "reason": reason,
                "remark": told,
            }
        taken, given = sorted(move.before - move.after), sorted(move.after - move.before)
        change = [f"减：{self._post(one)}" for one in taken]
        change += [f"增：{self._post(one)}" for one in given]
        ended = "随账户撤销收回" if move.is_by_closing else ""
        values = {
            "subsystem": self._labels.subsystem(move.subsystem),
            "post": self._posts(taken + given),
            "change": "；".join(change),
            "before": self._posts(move.before),
            "after": self._posts(move.after),
            "reason": "；".join(filter(None, (f"{IMPORTED}：{told}", ended))),
        }
        if move.kind is AccountKind.OPERATOR:
            # By codes: what the posts in force must equal. Administrators' posts have no such mark.
            values |= {"_subsystem": move.subsystem, "_after": ",".join(sorted(move.after))}
        return GRANTS.name, values

    def _post(self, code: str) -> str:
        if code == ADMIN_POST:
            return KIND_LABELS[AccountKind.PERMISSION_ADMIN]
        return self._labels.post(code)

    def _posts(self, codes: Sequence[str] | frozenset[str]) -> str:
        return "、".join(map(self._post, sorted(codes))) or "无"


def _copied(entry: Entry) -> Entry:
    key = "remark" if entry.ledger == ACCOUNTS.name else "reason"
    values: Mapping[str, str] = {**entry.values, key: f"{entry.values[key]}；{COPIED}"}
    return Entry(entry.ledger, f"{entry.source}:copy", entry.ticket, entry.row_no, values)


def _ref(place: Place) -> UnitRef:
    return UnitRef(place.id, place.code, place.name, place.path, place.division_id)


def _told(row: OldRow) -> str:
    """Where it stood on paper, and what was written there."""
    parts = (
        f"旧台账{row.on}" + (f"第{row.serial}号" if row.serial else ""),
        f"原执行人{row.executor}" if row.executor else "",
        f"原申请表{row.form}" if row.form else "",
        row.remark,
    )
    return hide_numbers("，".join(filter(None, parts)))
