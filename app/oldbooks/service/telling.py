"""限期整改: each conflict is a red hint where it belongs, and a problem for its leader."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.access.reviews.types import PROBLEM_REPORT
from app.audit.service import note
from app.core import clock
from app.core.actor import Actor
from app.core.errors import AppError
from app.hints import service as hints
from app.hints.types import Finding
from app.identity.queries import actor_of, get_unit, holders_same_level
from app.identity.types import Position
from app.oldbooks.models import OldBook
from app.oldbooks.types import SOURCE, Facts, Verdict
from app.tickets import service as tickets

RULE = "old-books"
MOST_HINTS = 500  # of one import; the report has the others
MOST_FACTS = 1_800  # characters; the report's own form takes somewhat more
PROPOSAL = (
    "冲突的行没有导入，权限没有生效。请核对纸质台账和本人现在的账户，"
    "每人保留一个账户、一个角色，其余按申请表注销，在期限内整改并反馈。"
)


def tell(
    session: Session, book: OldBook, conflicts: Sequence[Verdict], facts: Facts, now: datetime
) -> None:
    """To each 州 or 县市 what happened in it."""
    found = [_finding(book, one, facts) for one in conflicts[:MOST_HINTS]]
    hints.raise_hints(session, rule=RULE, findings=found, now=now)
    divisions: dict[int, list[Verdict]] = defaultdict(list)
    for one in conflicts:
        divisions[get_unit(session, _unit_id(book, one)).division_id].append(one)
    for division_id, theirs in sorted(divisions.items()):
        starter = _starter(session, book, division_id, theirs, facts, now)
        _report(session, book, starter, division_id, theirs, now)


def _finding(book: OldBook, verdict: Verdict, facts: Facts) -> Finding:
    row = verdict.read.row
    return Finding(
        f"{SOURCE}{book.id}#{verdict.n}",
        _unit_id(book, verdict),
        {"line": verdict.n, "name": verdict.read.name, "conflict": verdict.faults[0].message},
        facts.of(row.person_ref).person_id if row else None,
    )


def _unit_id(book: OldBook, verdict: Verdict) -> int:
    """The unit that the row names; what names none is for who keeps the book."""
    row = verdict.read.row
    return row.place.id if row and row.place else book.division_id


def _starter(
    session: Session,
    book: OldBook,
    division_id: int,
    conflicts: Sequence[Verdict],
    facts: Facts,
    now: datetime,
) -> Actor:
    """Who uploaded it, at home; elsewhere an administrator there of whom nothing is said."""
    named = {
        facts.of(one.read.row.person_ref).person_id for one in conflicts if one.read.row is not None
    }
    uploader = actor_of(session, book.uploaded_by_id, now)
    if division_id == book.division_id and uploader.person_id not in named:
        return uploader
    for position in (Position.ACCOUNT_ADMIN, Position.PERMISSION_ADMIN):
        for holder in holders_same_level(session, position, division_id, now):
            if holder.person_id not in named:
                return actor_of(session, holder.person_id, now)
    return uploader


def _report(
    session: Session,
    book: OldBook,
    starter: Actor,
    division_id: int,
    conflicts: Sequence[Verdict],
    now: datetime,
) -> None:
    """What cannot be sent keeps no import from being booked: the page says so, and hints stand."""
    answers = _answers(book, conflicts, now)
    try:
        with session.begin_nested():
            ticket = tickets.create_draft(
                session,
                actor=starter,
                now=now,
                process=PROBLEM_REPORT,
                answers=answers,
                client_key=f"old_book:{book.id}:{division_id}",
            )
            tickets.submit(session, actor=starter, now=now, number=ticket.number, answers=answers)
    except AppError as error:
        told = "；".join(one.message for one in getattr(error, "errors", ())) or error.text
        book.untold = f"限期整改的问题报告没有发出：{told}请在“问题上报与处理”里另行上报。"
        return
    note(session, ticket.instance, "old_book.reported", now=now, actor=None)
    book.tickets = [*book.tickets, ticket.number]


def _answers(book: OldBook, conflicts: Sequence[Verdict], now: datetime) -> dict[str, str]:
    said = "\n".join(
        f"{n}. 旧台账第 {one.n} 行{one.read.name}：{one.faults[0].message}。"
        for n, one in enumerate(conflicts, start=1)
    )
    if len(said) > MOST_FACTS:
        said = f"{said[:MOST_FACTS]}……其余见旧台账导入的报告。"
    return {
        "found_on": clock.local(now).date().isoformat(),
        "kind": "account",
        "source": book.number,
        "summary": f"限期整改：旧台账导入发现 {len(conflicts)} 处冲突",
        "facts": said,
        "proposal": PROPOSAL,
    }
