"""管理员交接 (E23A §12): what the system lays out, what the receiver disputes, who may receive."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.models import Account
from app.access.queries import find_submitted, own_ref
from app.access.types import KIND_LABELS, AccountKind, AccountState
from app.core.clock import local
from app.identity.models import Person, Unit
from app.identity.queries import find_person_by_username, get_unit
from app.ledgers.models import LedgerRow
from app.ledgers.types import ACCOUNTS, GRANTS, Ledger
from app.processes.registry import CheckContext, OperationContext
from app.tasks.models import Task
from app.tasks.types import ACTIVE
from forms import CheckInput, FieldError

DISPUTED = re.compile(r"第\s*([0-9]{1,3})\s*项有异议")
ACCEPT_STEP = "accept"
BOOKS = {"account_admin": ACCOUNTS, "permission_admin": GRANTS}


def lay_out(
    session: Session, context: CheckContext, answers: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """What the system knows of and the list lacks: the account, the books with rows, open work."""
    items = list(answers.get("items") or [])
    named = {one.get("item") for one in items if isinstance(one, Mapping)}
    added = [one for one in _known_items(session, context) if one["item"] not in named]
    if not added:
        return answers, []
    told = "、".join(str(one["item"]) for one in added)
    return {**answers, "items": [*items, *added]}, [f"移交内容已由系统补上：{told}。"]


def _known_items(session: Session, context: CheckContext) -> Iterator[dict[str, Any]]:
    ref = own_ref(session, context.actor)
    account = session.scalars(select(Account).where(Account.person_ref == ref)).first()
    if account is not None and account.state is not AccountState.CLOSED:
        yield {
            "kind": "account",
            "item": f"{KIND_LABELS[AccountKind(account.kind)]}账户",
            "count": 1,
        }
    for position, book in BOOKS.items():
        if context.actor.holds(position):
            yield _book_item(session, context, book)
    open_count = session.scalar(
        select(func.count()).where(
            Task.assignee_id == context.actor.person_id, Task.state.in_(ACTIVE)
        )
    )
    if open_count:
        yield {"kind": "task", "item": "未办结的待办", "count": open_count}


def _book_item(session: Session, context: CheckContext, book: Ledger) -> dict[str, Any]:
    """All rows of the level's book, and the serials of this year."""
    year = local(context.now).year
    own = (LedgerRow.name == book.name, LedgerRow.unit_id == context.unit.division_id)
    count = session.scalar(select(func.count()).where(*own)) or 0
    first, last = session.execute(
        select(func.min(LedgerRow.serial), func.max(LedgerRow.serial)).where(
            *own, LedgerRow.year == year
        )
    ).one()
    numbers = f"{year}年第{first}号至第{last}号" if first else f"{year}年没有登记"
    return {"kind": "ledger", "item": book.title, "count": count, "numbers": numbers}


def check(session: Session, context: CheckContext, given: CheckInput) -> Sequence[FieldError]:
    """Somebody else of the same 州 or 县市 receives it."""
    heir = given.answers.get("heir")
    found = find_person_by_username(session, heir) if isinstance(heir, str) else None
    if found is None:
        return ()
    if found.id == context.actor.person_id:
        return (FieldError("heir", "self", "接收人不能是移交人自己，请另选一人。"),)
    home = session.scalar(
        select(Unit.division_id)
        .join(Person, Person.unit_id == Unit.id)
        .where(Person.id == found.id)
    )
    if home != context.unit.division_id:
        name = get_unit(session, context.unit.division_id).name
        return (FieldError("heir", "elsewhere", f"接收人不是{name}本级的人员，请另选一人。"),)
    return ()


def disputed_items(
    session: Session, context: CheckContext, given: CheckInput
) -> Sequence[FieldError]:
    """Of the receiver's words: only items that there are can be disputed."""
    named = read_disputed(given.answers)
    submitted = find_submitted(session, context.ticket) if named and context.ticket else None
    if submitted is None:
        return ()
    items = submitted.answers.get("items")
    count = len(items) if isinstance(items, list) else 0
    return tuple(
        FieldError("result", "no_such_item", f"清单没有第{no}项，最后一项是第{count}项。")
        for no in named
        if not 1 <= no <= count
    )


def settled_items(
    _session: Session, _context: CheckContext, given: CheckInput
) -> Sequence[FieldError]:
    """Who still disputes something sends it back: it is not closed over his words."""
    if not read_disputed(given.answers):
        return ()
    return (FieldError("result", "disputed", "还有异议的，请退回移交人处理，写明哪一项。"),)


def sort_handover(_session: Session, context: OperationContext) -> dict[str, str]:
    """A disputed item keeps the handover open."""
    named = read_disputed(context.results.get(ACCEPT_STEP, {}))
    return {"disputed": "yes" if named else "no"}


def read_disputed(answers: Mapping[str, Any]) -> list[int]:
    """The items that the receiver's words dispute: “第3项有异议：份数不符”, in their order."""
    result = answers.get("result")
    text = unicodedata.normalize("NFKC", result) if isinstance(result, str) else ""
    return [int(no) for no in DISPUTED.findall(text)]
