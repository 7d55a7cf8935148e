"""One person under two numbers: what no statement can compare, since numbers are sealed."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.access.models import Account
from app.core import crypto
from app.hints.types import Finding
from forms.kinds.numbers import lengthened

OLD = 15


def old_numbers(session: Session) -> list[Finding]:
    """Accounts under a number of 15 digits, which has another index than the same one of 18.

    The sealed bytes tell how long a number is, so that only short ones are opened.
    """
    size = func.octet_length(Account.id_number)
    longest = select(func.max(size)).scalar_subquery()
    rows = session.execute(
        select(Account.id, Account.name, Account.unit_id, Account.id_number)
        .where(size < longest)
        .order_by(Account.id)
    ).all()
    numbers = {row.id: crypto.unseal(row.id_number).decode() for row in rows}
    short = {one: lengthened(number) for one, number in numbers.items() if len(number) == OLD}
    refs = {one: crypto.blind_index("id_number", number) for one, number in short.items()}
    others = set(
        session.scalars(select(Account.person_ref).where(Account.person_ref.in_(refs.values())))
    )
    return [
        Finding(
            f"account:{row.id}",
            row.unit_id,
            {"name": row.name, "told": _told(refs[row.id] in others)},
        )
        for row in rows
        if row.id in refs
    ]


def _told(is_twice: bool) -> str:
    return "换成 18 位以后和另一个账户是同一个人" if is_twice else "要改成现用的 18 位"
