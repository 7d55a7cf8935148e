"""What is executed goes to the managed system, one act of an account after the other (ADR 123).

The outbox counts attempts, waits, and leaves what never arrives for a person. An account's next act
gets its row there only when the one before is over, so that no order can be mixed up.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.access.models import Account
from app.access.types import AccountActed, AccountsActed
from app.core import clock, crypto, outbox
from app.core.actor import Actor
from app.core.db import transaction
from app.core.outbox import Outbox
from app.identity.models import Unit
from app.managed import policy, queries
from app.managed.models import Push, System
from app.managed.types import (
    ACTS,
    INTRODUCED,
    OVER,
    SILENCE,
    TOPIC,
    NothingToDo,
    PushState,
)
from app.repairs import service as repairs
from app.repairs.types import RowMoved
from app.webhooks import sending, signing

IS_OFF = "这个系统的推送已经停用。请启用以后再推送，或者人工办理。"
IS_QUIET = "对方刚才没有应答，过一会儿再推送。"


def note_acts(session: Session, event: AccountsActed) -> None:
    """Called in the act's own transaction, with the accounts locked."""
    systems = queries.systems_on(session)
    if not systems:
        return
    belongs = queries.system_by_subsystem(session)
    for act in event.acts:
        if act.kind not in ACTS:
            continue
        # An account is one of the whole platform; a permission is one of its subsystem's system.
        wanted = [belongs.get(act.subsystem, "")] if act.subsystem else systems
        for system in wanted:
            if system in systems:
                _keep(session, system, event, act)


def push(session: Session, payload: dict[str, Any], now: datetime) -> None:
    """One attempt, already counted. Raises: outbox.Unfinished, outbox.Hopeless."""
    found = session.get(Push, payload["push"], with_for_update=True)
    if found is None or found.state in OVER or found.body_sealed is None:
        return
    system = session.get(System, found.system)
    if system is None or not system.is_on:
        raise outbox.Hopeless(IS_OFF)
    if system.quiet_until is not None and now < system.quiet_until <= now + timedelta(hours=1):
        raise outbox.Unfinished(IS_QUIET)
    body = crypto.unseal(found.body_sealed)
    headers = signing.headers(system.secrets(now), found.key, int(now.timestamp()), body)
    answer = sending.post(system.url, headers, body)
    if not answer.is_good:
        if answer.pause is not None:
            _leave_alone(system.key, now + max(answer.pause, SILENCE))
        raise outbox.Unfinished(answer.error)
    found.delivered(now)
    _begin_next(session, found, now)


def push_again(session: Session, *, actor: Actor, now: datetime, push_id: int, seen: int) -> Push:
    """重试, all attempts anew; `seen` is how often the page knew that to be done.

    Raises: PushNotFound, NotYourPush, NothingToDo.
    """
    found = queries.access_push(session, push_id, actor, policy.can_mend)
    try:
        repairs.retry_row(session, actor=actor, now=now, row_id=_work_of(session, found), seen=seen)
    except RowMoved as error:
        raise NothingToDo(current=found.state.value) from error
    found.again()
    return found


def do_by_hand(session: Session, *, actor: Actor, now: datetime, push_id: int, why: str) -> Push:
    """已人工办理: somebody did it in the system itself, and says so.

    Raises: PushNotFound, NotYourPush, NothingToDo, ReasonNeeded.
    """
    found = queries.access_push(session, push_id, actor, policy.can_mend)
    try:
        repairs.discard_row(
            session, actor=actor, now=now, row_id=_work_of(session, found), reason=why
        )
    except RowMoved as error:
        raise NothingToDo(current=found.state.value) from error
    return found


def note_death(session: Session, event: outbox.OutboxDied) -> None:
    """All attempts were used up; the incident on the ticket is for the system administrators."""
    found = _of_work(session, event.row_id) if event.topic == TOPIC else None
    if found is not None:
        found.failed()


def note_hand(session: Session, event: outbox.OutboxDiscarded) -> None:
    """What a person does not send any more was done by hand; the account's next act may go."""
    found = _of_work(session, event.row_id) if event.topic == TOPIC else None
    if found is not None and found.state not in OVER:
        found.done_by_hand(event.person_id, event.reason, event.at)
        _begin_next(session, found, event.at)


def _keep(session: Session, system: str, event: AccountsActed, act: AccountActed) -> None:
    account = session.get_one(Account, act.account_id)
    own = select(Push.id).where(Push.account_id == account.id, Push.system == system)
    before = session.scalar(select(func.count()).select_from(own.subquery())) or 0
    is_first = session.scalar(own.where(Push.state.not_in(OVER)).limit(1)) is None
    key = _key(system, event, act, before)
    made = Push(
        system=system,
        key=key,
        account_id=account.id,
        act=act.kind,
        subsystem=act.subsystem,
        post=act.post,
        ticket=event.ticket,
        row_no=act.row_no,
        at=event.at,
        state=PushState.WAITING,
        body_sealed=crypto.seal(_body(session, system, key, event, act, account)),
    )
    session.add(made)
    session.flush()  # the work names it
    if is_first:
        _begin(session, made, event.at)


def _key(system: str, event: AccountsActed, act: AccountActed, before: int) -> str:
    """Of the row and its act, and of how many acts of the account went before: a row may stop an
    account, let it work, and stop it again. ASCII, as a header must be.
    """
    said: Iterable[object] = (
        *(system, event.ticket, event.submission, act.row_no, act.kind, act.account_id),
        *(act.subsystem, act.post, before),
    )
    return f"act_{hashlib.sha256('|'.join(map(str, said)).encode()).hexdigest()[:40]}"


def _body(
    session: Session,
    system: str,
    key: str,
    event: AccountsActed,
    act: AccountActed,
    account: Account,
) -> str:
    """Written once: each attempt sends the same bytes. Names only where they are needed."""
    who = {"id": account.id, "id_number": crypto.unseal(account.id_number).decode()}
    if act.kind in INTRODUCED:
        unit = session.get_one(Unit, account.unit_id)
        who |= {
            "name": account.name,
            "phone": crypto.unseal(account.phone).decode(),
            "kind": account.kind.value,
            "unit": unit.code,
        }
    said: dict[str, Any] = {
        "id": key,
        "type": act.kind,
        "system": system,
        "at": clock.local(event.at).isoformat(timespec="seconds"),
        "ticket": event.ticket,
        "row": act.row_no,
        "account": who,
    }
    if act.subsystem:
        said["permission"] = {"subsystem": act.subsystem, "post": act.post}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _begin(session: Session, push: Push, now: datetime) -> None:
    outbox.add(session, TOPIC, {"push": push.id}, key=push.key, now=now, ticket=push.ticket)


def _begin_next(session: Session, over: Push, now: datetime) -> None:
    """Under the account's lock, which whoever acts on the account holds as well."""
    session.flush()
    session.execute(
        select(Account.id).where(Account.id == over.account_id).with_for_update(key_share=True)
    )
    following = session.scalars(
        select(Push)
        .where(
            Push.account_id == over.account_id,
            Push.system == over.system,
            Push.state.not_in(OVER),
        )
        .order_by(Push.id)
        .limit(1)
    ).first()
    if following is not None and _find_work(session, following) is None:
        _begin(session, following, now)


def _leave_alone(key: str, until: datetime) -> None:
    """In a transaction of its own: that of the attempt is undone."""
    with transaction() as session:
        session.execute(update(System).where(System.key == key).values(quiet_until=until))


def _find_work(session: Session, push: Push) -> int | None:
    work = select(Outbox.id).where(Outbox.topic == TOPIC, Outbox.key == push.key)
    return session.scalar(work)


def _work_of(session: Session, push: Push) -> int:
    """Raises: NothingToDo, while it waits for the act before it."""
    found = _find_work(session, push)
    if found is None:
        raise NothingToDo(current=push.state.value)
    return found


def _of_work(session: Session, row_id: int) -> Push | None:
    row = session.get_one(Outbox, row_id)
    return session.get(Push, row.payload["push"])
