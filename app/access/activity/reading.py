"""A sheet of last logins against what is known; writes nothing."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.activity.models import AccountActivity
from app.access.activity.types import LAYOUT, Told, ToldState
from app.access.models import Account
from app.access.types import clean_id_number, person_ref
from app.core.tables import Line, lines_of
from app.identity.models import Unit

DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?")
Days = tuple[date | None, date | None]


class _WrongDay(ValueError):
    """Says what is wrong with it."""


def told(
    session: Session, data: bytes, media_type: str, *, division_id: int, today: date
) -> list[Told]:
    """Every row of the sheet. Raises: SheetRefused."""
    lines = list(lines_of(data, media_type, LAYOUT))
    known = _accounts(session, {_ref(line) for line in lines}, division_id)
    before = _before(session, [account.id for account in known.values()])
    return list(_judged(lines, known, before, today))


def _ref(line: Line) -> bytes:
    return person_ref(clean_id_number(line.fields["id_number"]))


def _accounts(session: Session, refs: Collection[bytes], division_id: int) -> dict[bytes, Account]:
    """Those of the own 州 or 县市: of others nobody hears whether they are there."""
    wanted = select(Account).join(Unit, Unit.id == Account.unit_id)
    found = session.scalars(
        wanted.where(Account.person_ref.in_(refs), Unit.division_id == division_id)
    )
    return {account.person_ref: account for account in found}


def _before(session: Session, ids: Collection[int]) -> dict[int, Days]:
    found = session.scalars(select(AccountActivity).where(AccountActivity.account_id.in_(ids)))
    return {one.account_id: (one.login_on, one.act_on) for one in found}


def _judged(
    lines: Iterable[Line],
    known: Mapping[bytes, Account],
    before: Mapping[int, Days],
    today: date,
) -> Iterator[Told]:
    seen: dict[int, int] = {}
    for line in lines:
        name = line.fields.get("name", "")
        account = known.get(_ref(line))
        if account is None:
            words = "本级没有这个身份证号的账户，请核对号码"
            yield Told(line.n, name, ToldState.UNKNOWN, words)
        elif name and name != account.name:
            words = "姓名和账户登记的不一致，请核对这一行"
            yield Told(line.n, name, ToldState.REFUSED, words)
        elif account.id in seen:
            words = f"和第{seen[account.id]}行是同一个账户，请留一行"
            yield Told(line.n, name, ToldState.REFUSED, words)
        else:
            seen[account.id] = line.n
            yield _one(line, account, before.get(account.id, (None, None)), today)


def _one(line: Line, account: Account, before: Days, today: date) -> Told:
    try:
        days = (
            _day(line.fields.get("login_on", ""), "最近登录", today),
            _day(line.fields.get("act_on", ""), "最近业务操作", today),
        )
    except _WrongDay as error:
        return Told(line.n, account.name, ToldState.REFUSED, str(error))
    if not any(days):
        return Told(line.n, account.name, ToldState.REFUSED, "两个日期都没有填")
    if not any(_is_later(new, old) for new, old in zip(days, before, strict=True)):
        words = (
            f"不比已有的新（最近登录 {before[0] or '无'}，业务操作 {before[1] or '无'}），没有改"
        )
        return Told(line.n, account.name, ToldState.OLDER, words, account.id)
    return Told(line.n, account.name, ToldState.READY, "", account.id, *days)


def _is_later(new: date | None, old: date | None) -> bool:
    return new is not None and (old is None or new > old)


def _day(text: str, label: str, today: date) -> date | None:
    if not text:
        return None
    found = DAY.fullmatch(text)
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        day = None
    if day is None:
        raise _WrongDay(f"{label}要写成 2026-11-20 的样子")
    if day > today:
        raise _WrongDay(f"{label}在今天以后，请核对")
    return day
