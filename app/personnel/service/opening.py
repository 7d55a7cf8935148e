"""Which processes an event opens: clearing the accounts, opening them again, filing 附件1."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.access import queries as access
from app.access.models import Account
from app.access.types import KIND_LABELS, AccountKind, Post, RowKind
from app.audit import service as audit
from app.audit.service import note
from app.calendar.queries import calendar_for
from app.core import clock, crypto
from app.core.actor import Actor
from app.core.errors import AppError
from app.identity.queries import phone_of
from app.personnel.models import PersonEvent
from app.personnel.service.starting import starter_for
from app.personnel.types import AGAIN, EventKind, Matter
from app.personnel.types import KIND_LABELS as EVENT_LABELS
from app.tickets import service as tickets

CLEANUP, OPERATOR, ADMIN = "account-cleanup", "operator-account", "admin-account"
CAUSES: Mapping[Matter, str] = {Matter.LEFT: "left", Matter.AWAY: "absent"}
FILING_DAYS = 5  # working days, E23A §11
# What 附件1 calls the events after which an administrator's account is closed.
FILED = {EventKind.TRANSFER, EventKind.RESIGNATION, EventKind.RETIREMENT}
NOBODY = "没有人能发起清理：这个单位和本级都没有联系人，请先任命联系人。"


@dataclass(frozen=True)
class _Row:
    """One person's posts of one subsystem, to be cleared because of an event."""

    event: PersonEvent
    account: Account
    subsystem: str
    post: str


def clear_accounts(session: Session, events: Sequence[PersonEvent], *, now: datetime) -> None:
    """One form for each subsystem with everybody whose posts there are to be cleared."""
    forms: dict[tuple[int, int, str, bool], list[_Row]] = defaultdict(list)
    starters: dict[int, Actor] = {}
    for row in _rows(session, events, now):
        starter = starter_for(session, row.event, row.account, now)
        if starter is None:
            _put_off(row.event, NOBODY, now)
            continue
        starters[starter.person_id] = starter
        key = (starter.person_id, starter.unit_id, row.subsystem, row.event.is_secret)
        forms[key].append(row)
    for (person_id, _unit, subsystem, is_secret), rows in forms.items():
        starter = starters[person_id]
        answers = _cleanup(session, subsystem, rows, starter, is_secret=is_secret)
        _submit(session, starter, rows, answers, now)


def offer_accounts(
    session: Session, event: PersonEvent, before: Iterable[PersonEvent], *, now: datetime
) -> None:
    """A draft that opens the same account again with the posts that were taken; nothing is sent.

    Its requester looks at it, changes what has changed, and sends it on the usual road.
    """
    account = access.lock_accounts(session, {event.person_ref}).get(event.person_ref)
    cleared = {number for one in before for number in one.tickets}
    if account is None or account.kind is not AccountKind.OPERATOR:
        event.say("此人没有操作员账户；需要的，请发起操作员账户权限申请。")
        return
    posts: dict[str, set[str]] = defaultdict(set)
    for post in access.posts_taken(session, account.id, cleared):
        posts[post.subsystem].add(post.post)
    if not posts:
        event.say("账户和权限没有被清理过，不用重新开通。")
        return
    starter = starter_for(session, event, account, now)
    if starter is None:
        event.say(NOBODY)
        return
    for subsystem, taken in sorted(posts.items()):
        row = _known(account) | {
            "kind": RowKind.ADD.value,
            "requirement": f"{clock.local(now).date()}返岗，恢复原账户和岗位权限",
        }
        answers = {
            "subsystem": subsystem,
            "contact_phone": phone_of(session, starter.person_id),
            "people": [{**row, "post": post} for post in sorted(taken)],
        }
        number = _draft(session, starter, event, OPERATOR, subsystem, answers, now)
        event.tickets = [*event.tickets, *([number] if number else [])]
    if event.tickets:
        event.say(f"重新开通原账户的申请已经备好，在{starter.name}的草稿里。")


def _rows(session: Session, events: Sequence[PersonEvent], now: datetime) -> Iterable[_Row]:
    refs = {one.person_ref for one in events}
    accounts = access.lock_accounts(session, refs) if refs else {}
    posts = access.active_posts(session, [one.id for one in accounts.values()])
    people = access.known_people(session, now, refs) if refs else {}
    for event in events:
        account, known = accounts.get(event.person_ref), people[event.person_ref]
        admin = _admin_of(account, known.admin_position)
        if admin is not None:
            _ask_for_form(session, event, admin, now)
            if account is not None and event.kind in FILED and not event.tickets:
                held_by_admin = posts.get(account.id, ())
                _prepare_form(session, event, account, admin, held_by_admin, now)
        if account is None or not known.is_open or account.kind is not AccountKind.OPERATOR:
            event.say("" if admin else "没有需要清理的操作员账户。")
            continue
        held: dict[str, list[str]] = defaultdict(list)
        for post in sorted(posts.get(account.id, ())):
            held[post.subsystem].append(post.post)
        if not held:
            held = access.last_post(session, account.id)
        pending = access.being_cleared(session, CLEANUP, event.person_ref)
        for subsystem, given in held.items():
            if subsystem in pending:
                event.tickets = [*event.tickets, pending[subsystem]]
                event.say(f"{pending[subsystem]}已经在清理。")
            else:
                yield _Row(event, account, subsystem, given[0])


def _admin_of(account: Account | None, position: str | None) -> AccountKind | None:
    if position is not None:
        return AccountKind(position)
    kind = account.kind if account else AccountKind.OPERATOR
    return None if kind is AccountKind.OPERATOR else kind


def _ask_for_form(session: Session, event: PersonEvent, kind: AccountKind, now: datetime) -> None:
    """附件1 is the department's to file, within five working days of the event (E23A §11)."""
    if event.file_by is not None:
        return
    start = event.on_day
    calendar = calendar_for(session, event.unit_id, start, start + timedelta(days=60))
    event.file_by = calendar.working_days(start, FILING_DAYS).last
    event.say(f"此人是{KIND_LABELS[kind]}，所在部门要在 {event.file_by} 以前填报附件1。")
    if event.is_secret:
        return
    audit.record(
        session,
        now=now,
        actor=None,
        kind="person_event.form_due",
        object=f"person_event:{event.id}",
        data={"unit": event.unit_id, "day": event.file_by.isoformat()},
    )


def _prepare_form(
    session: Session,
    event: PersonEvent,
    account: Account,
    kind: AccountKind,
    posts: Iterable[Post],
    now: datetime,
) -> None:
    """A draft of 附件1 that closes the account, in a contact's name; nothing is sent."""
    starter = starter_for(session, event, account, now)
    if starter is None:
        return
    row = _known(account) | {
        "kind": RowKind.CLOSE.value,
        "post": kind.value,
        "subsystems": sorted({post.subsystem for post in posts}),
        "requirement": f"{event.on_day}{EVENT_LABELS[event.kind]}，注销账户",
    }
    answers = {
        "phone": phone_of(session, starter.person_id),
        "event": event.kind.value,
        "event_date": event.on_day.isoformat(),
        "people": [row],
    }
    if number := _draft(session, starter, event, ADMIN, kind.value, answers, now):
        event.tickets = [*event.tickets, number]
        event.say(f"附件1 已经备好，在{starter.name}的草稿里。")


def _cleanup(
    session: Session, subsystem: str, rows: Sequence[_Row], starter: Actor, *, is_secret: bool
) -> dict[str, Any]:
    days = [row.event.due_on for row in rows if row.event.due_on is not None]
    return {
        "subsystem": subsystem,
        "nature": "inquiry" if is_secret else "ordinary",
        "event_date": min(days).isoformat(),
        "contact_phone": phone_of(session, starter.person_id) or "12333",
        "people": [_person(row, is_secret=is_secret) for row in rows],
    }


def _person(row: _Row, *, is_secret: bool) -> dict[str, Any]:
    return _known(row.account) | {
        "kind": RowKind.CLOSE.value,
        "cause": "other" if is_secret else CAUSES[row.event.matter],
        "post": row.post,
        "requirement": "见密件" if is_secret else _told(row.event),
    }


def _told(event: PersonEvent) -> str:
    if event.kind is EventKind.LEAVE:
        until = f"至{event.until_day}" if event.until_day else "起"
        return f"{event.since_day}{until}请假，脱岗三个月以上，收回岗位权限"
    return f"{event.on_day}{EVENT_LABELS[event.kind]}，收回岗位权限"


def _submit(
    session: Session,
    starter: Actor,
    rows: Sequence[_Row],
    answers: Mapping[str, Any],
    now: datetime,
) -> None:
    key = ",".join(str(row.event.id) for row in rows)
    try:
        with session.begin_nested():
            ticket = tickets.create_draft(
                session,
                actor=starter,
                now=now,
                process=CLEANUP,
                answers=answers,
                client_key=f"person_event:{key}:{answers['subsystem']}",
            )
            tickets.submit(session, actor=starter, now=now, number=ticket.number, answers=answers)
    except AppError as error:
        told = "；".join(one.message for one in getattr(error, "errors", ())) or error.text
        for row in rows:
            _put_off(row.event, f"清理没有发起：{told}", now)
        return
    if any(row.event.entered_by_id != starter.person_id for row in rows):
        note(session, ticket.instance, "person_event.opened", now=now, actor=None)
    for row in rows:
        row.event.tickets = [*row.event.tickets, ticket.number]
        row.event.say(f"已经以{starter.name}的名义发起{ticket.number}。")


def _known(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "id_number": crypto.unseal(account.id_number).decode(),
        "phone": crypto.unseal(account.phone).decode(),
    }


def _draft(
    session: Session,
    starter: Actor,
    event: PersonEvent,
    process: str,
    part: str,
    answers: Mapping[str, Any],
    now: datetime,
) -> str | None:
    """One an event and part of it, however often it is looked at."""
    try:
        with session.begin_nested():
            ticket = tickets.create_draft(
                session,
                actor=starter,
                now=now,
                process=process,
                answers=answers,
                client_key=f"person_event:{event.id}:{part}",
            )
    except AppError as error:
        event.say(f"申请没有备好：{error.text}")
        return None
    return ticket.number


def _put_off(event: PersonEvent, why: str, now: datetime) -> None:
    event.say(why)
    event.again_at = now + AGAIN
