"""长期未登录: open accounts that nobody has used for so many days, unit by unit."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, Date, cast, func, select
from sqlalchemy.orm import Session

import forms
from app.access.activity.models import AccountActivity
from app.access.activity.types import Idle
from app.access.models import Account
from app.access.types import AccountState
from app.core import clock, crypto
from app.core.actor import Actor
from app.core.paging import Page, page_by_key
from app.identity.models import Unit
from app.identity.queries import in_subtree, scope_path
from app.rules.queries import parameter


def idle_days(session: Session, actor: Actor, today: date) -> int:
    """From how many days on an account counts as idle in the actor's unit."""
    return parameter(session, "dormant_days", actor.unit_id, today).value


def used_on() -> ColumnElement[date]:
    """The last day an account was used, as far as it was told; else the day it was opened."""
    # GREATEST leaves NULLs aside: what was never told does not count as never used.
    return func.coalesce(
        func.greatest(AccountActivity.login_on, AccountActivity.act_on),
        cast(func.timezone(clock.zone_name(), Account.opened_at), Date),
    )


def list_idle(
    session: Session,
    *,
    actor: Actor,
    today: date,
    days: int,
    unit: str = "",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Idle]:
    """Of the own scope, within it of the subtree of `unit` (a code; none where it lies outside)."""
    used = used_on()
    key = [Account.unit_id, Account.id]
    statement = (
        select(Account, AccountActivity, Unit.code, Unit.name, used, *key)
        .join(Unit, Unit.id == Account.unit_id)
        .outerjoin(AccountActivity, AccountActivity.account_id == Account.id)
        .where(Account.state == AccountState.ACTIVE, used <= today - timedelta(days=days))
        .where(in_subtree(scope_path(session, actor)))
    )
    if unit:
        path = session.scalar(select(Unit.path).where(Unit.code == unit))
        statement = statement.where(in_subtree(path or "-"))
    page = page_by_key(session, statement, key=key, cursor=cursor, limit=limit, descending=False)
    return page.map(lambda row: _idle(*row[:5], today=today))


def _idle(
    account: Account,
    activity: AccountActivity | None,
    code: str,
    unit: str,
    used: date,
    *,
    today: date,
) -> Idle:
    return Idle(
        account_id=account.id,
        name=account.name,
        id_number=forms.mask_text(crypto.unseal(account.id_number).decode()),
        unit_code=code,
        unit_name=unit,
        opened_at=account.opened_at,
        login_on=activity.login_on if activity else None,
        act_on=activity.act_on if activity else None,
        days=(today - used).days,
    )
