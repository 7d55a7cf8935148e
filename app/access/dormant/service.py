"""The steps of a review of idle accounts: listed, answered, or left without an answer."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.access.dormant import queries
from app.access.dormant.types import (
    ANSWER_NODE,
    DORMANT,
    Decision,
    IdleAccount,
    NothingIdle,
    ReviewedAlready,
)
from app.access.models import Account
from app.access.queries import lock_accounts, own_ref
from app.access.reviews.models import Review, ReviewRow
from app.access.reviews.queries import rows_of
from app.access.service import booking
from app.access.service.clearing import suspend
from app.access.types import AccountState, FormRow, RowKind
from app.core import clock
from app.core.actor import Actor
from app.identity.queries import unit_by_code
from app.ledgers.service import append_rows
from app.processes.models import Instance
from app.processes.queries import unit_of
from app.processes.registry import OperationContext

SILENCE, RELEASE, GIVEN_UP = "部门逾期未答复核实", "不再停用", "核实没有办成"


def list_idle(session: Session, context: OperationContext) -> None:
    """Keep what lies idle in the department, and whom it concerns: they answer for nothing here.

    Walked again after a return it finds anew; what silence had suspended works again first.
    Raises: NothingIdle, ReviewedAlready.
    """
    unit_id = unit_by_code(session, str(context.answers["department"])).id
    queries.lock_department(session, unit_id)
    if (number := queries.running_review(session, unit_id, but=context.ticket)) is not None:
        raise ReviewedAlready(number)
    release(session, context)
    found = queries.idle_in(
        session,
        unit_id,
        today=clock.local(context.now).date(),
        days=int(context.answers["days"]),
        but=own_ref(session, context.actor) or b"",
    )
    if not found:
        raise NothingIdle
    review = _taken(session, context, unit_id)
    review.looked_count = len(found)
    session.flush()  # its rows name it by id
    for row in rows_of(session, review):
        session.delete(row)
    session.flush()
    posts = queries.posts_of(session, [one.account_id for one in found])
    for no, one in enumerate(found, start=1):
        values = _laid(one, posts.get(one.account_id, "无"))
        session.add(
            ReviewRow(
                review_id=review.id, no=no, kind="idle", account_id=one.account_id, values=values
            )
        )
    instance = session.get_one(Instance, context.instance_id)
    instance.barred = queries.people_behind(session, [one.person_ref for one in found])


def take_answers(session: Session, context: OperationContext) -> Mapping[str, Any]:
    """What the department says of each row; answers how many accounts are to be closed."""
    given = context.results[ANSWER_NODE]["rows"]
    closing = 0
    for row, answer in zip(_rows(session, context), given, strict=True):
        decision = Decision(answer["decision"])
        closing += decision is Decision.CLOSE
        _decide(row, decision, str(answer.get("reason") or ""))
    return {"closing_count": closing}


def suspend_silent(session: Session, context: OperationContext) -> Mapping[str, Any]:
    """Nobody answered: what still lies idle stands still until somebody does."""
    rows = _rows(session, context)
    held = queries.accounts_of(session, rows)
    accounts = {one.id: one for one in lock_accounts(session, set(held.values())).values()}
    listed_on = date.fromisoformat(str(context.answers["as_of"]))
    used = queries.used_since(session, list(held), listed_on)
    changed = []
    for row in rows:
        account = accounts[row.account_id or 0]
        if account.state is not AccountState.ACTIVE:
            _decide(row, Decision.SPARED, "账户此前已经停用或者注销")
        elif account.id in used:
            _decide(row, Decision.SPARED, "列出以后已有登录")
        else:
            suspend(account, context, row.no)
            _decide(row, Decision.SILENT, "")
            changed.append((account, row.no))
    _book(session, context, changed, "停用", "account.suspended", SILENCE, None)
    return {"closing_count": 0}


def release(session: Session, context: OperationContext) -> None:
    """What silence suspended works again: the leader wants it so, or the review begins anew."""
    changed = _release(session, context.ticket, _rows(session, context))
    for account, row_no in changed:
        account.touch(context.ticket, row_no, context.now)
    _book(session, context, changed, "恢复", "account.resumed", RELEASE, context.actor)


def undo(session: Session, instance: Instance, *, now: datetime) -> None:
    """The review was given up: what its silence had suspended works again."""
    review = queries.find_review(session, instance.id)
    rows = rows_of(session, review) if review else []
    changed = _release(session, instance.number, rows)
    if not changed:
        return
    by_no = {row.no: row for row in rows}
    entries = [
        booking.resumed_entry(
            account, form_row(by_no[no], account.person_ref), instance.number, now, GIVEN_UP
        )
        for account, no in changed
    ]
    acts = [booking.Act("account.resumed", account, no) for account, no in changed]
    booking.record(session, instance.id, acts, actor=None, now=now)
    append_rows(session, now=now, unit=unit_of(session, instance), entries=entries)


def _release(session: Session, ticket: str, rows: Iterable[ReviewRow]) -> list[tuple[Account, int]]:
    silent = {row.account_id: row for row in rows if row.values.get("decision") == Decision.SILENT}
    held = queries.accounts_of(session, list(silent.values()))
    changed = []
    for account in lock_accounts(session, set(held.values())).values():
        if account.state is AccountState.SUSPENDED and account.ticket == ticket:
            account.state = AccountState.ACTIVE
            changed.append((account, silent[account.id].no))
    return changed


def form_row(row: ReviewRow, person_ref: bytes, reason: str = "") -> FormRow:
    """A row of the review as rules and books know rows."""
    return FormRow(
        no=row.no,
        kind=RowKind.CLOSE,
        name=row.values["name"],
        id_number="",
        phone="",
        post="",
        requirement=reason or row.values.get("reason", ""),
        person_ref=person_ref,
    )


def _book(
    session: Session,
    context: OperationContext,
    changed: list[tuple[Account, int]],
    act: str,
    kind: str,
    reason: str,
    actor: Actor | None,
) -> None:
    rows = {row.no: row for row in _rows(session, context)}
    entries = [
        booking.account_entry(
            context,
            form_row(rows[no], account.person_ref, reason),
            account,
            act,
            executor=actor.name if actor else booking.SYSTEM,
            step=f"{context.node}@{context.now.isoformat()}",
        )
        for account, no in changed
    ]
    acts = [booking.Act(kind, account, no) for account, no in changed]
    booking.record(session, context.instance_id, acts, actor=actor, now=context.now)
    append_rows(session, now=context.now, unit=context.unit, entries=entries)


def _rows(session: Session, context: OperationContext) -> list[ReviewRow]:
    review = queries.find_review(session, context.instance_id)
    return rows_of(session, review) if review else []


def _decide(row: ReviewRow, decision: Decision, reason: str) -> None:
    row.values = {**row.values, "decision": decision.value, "reason": reason}


def _taken(session: Session, context: OperationContext, unit_id: int) -> Review:
    known = queries.find_review(session, context.instance_id)
    if known is None:
        known = Review(
            process=DORMANT,
            division_id=context.unit.division_id,
            period=context.ticket,  # a department may be reviewed twice in a month
            instance_id=context.instance_id,
            looked_count=0,
        )
        session.add(known)
    known.unit_id, known.at = unit_id, context.now
    return known


def _laid(one: IdleAccount, posts: str) -> dict[str, str]:
    never = "没有记录"
    return {
        "name": one.name,
        "id_number": one.id_number,
        "login_on": str(one.login_on or never),
        "act_on": str(one.act_on or never),
        "posts": posts,
    }
