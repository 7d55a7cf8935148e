"""Failed tries, counted for the account, the address and everybody: they make the next one wait.

Known and unknown names take the same statements in the same order (S6).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.audit.types import Result
from app.core import crypto
from app.identity import policy
from app.identity.models import Login, LoginFailure, LoginSession
from app.identity.types import Client, TooManyAttempts


@dataclass(frozen=True)
class Keys:
    """What a failure is counted under."""

    account: bytes
    address: bytes
    everybody: bytes

    @classmethod
    def of(cls, username: str, client: Client) -> "Keys":
        return cls(
            crypto.blind_index("login account", username.strip().lower()),
            crypto.blind_index("login address", client.ip),
            crypto.blind_index("login everybody", ""),
        )


def find_delay(
    session: Session, keys: Keys, login: Login | None, client: Client, now: datetime
) -> TooManyAttempts | None:
    """Whether this try must wait.

    When the whole site is under attack, who signed in from the same address lately goes on.
    """
    blocked = session.execute(
        select(LoginFailure.key, LoginFailure.blocked_until).where(
            LoginFailure.key.in_([keys.account, keys.address, keys.everybody]),
            LoginFailure.blocked_until > now,
        )
    ).all()
    until = {key: moment for key, moment in blocked if moment is not None}
    if keys.everybody in until and _is_known(session, login, client, now):
        del until[keys.everybody]
    if not until:
        return None
    wait = max(until.values()) - now
    return TooManyAttempts(retry_after=int(wait.total_seconds()) + 1)


def count(session: Session, keys: Keys, login: Login | None, now: datetime) -> None:
    """One more failure. The first of a name in a quarter of an hour is an event, and that further
    tries must wait; for unknown names too. The tries between add nothing but length.
    """
    failures, delayed = _count(session, keys.account, policy.FREE_FAILURES_ACCOUNT, now)
    _count(session, keys.address, policy.FREE_FAILURES_ADDRESS, now)
    _, everybody = _count(
        session, keys.everybody, policy.FREE_FAILURES_ALL, now, policy.LONGEST_DELAY_ALL
    )
    name = str(login.id) if login else "unknown"
    for happened, kind, who in (
        (failures == 1, "login.failed", name),
        (delayed, "login.delayed", name),
        (everybody, "login.delayed", "everybody"),
    ):
        if happened:
            audit.record(
                session,
                now=now,
                actor=None,
                kind=kind,
                object=f"login:{who}",
                result=Result.REFUSED,
            )


def forget(session: Session, keys: Keys) -> None:
    session.execute(
        update(LoginFailure)
        .where(LoginFailure.key == keys.account)
        .values(failures=0, blocked_until=None)
    )


def _is_known(session: Session, login: Login | None, client: Client, now: datetime) -> bool:
    found = session.execute(
        select(LoginSession.id)
        .where(
            LoginSession.login_id == (login.id if login else 0),
            LoginSession.ip == client.ip,
            LoginSession.created_at > now - policy.KNOWN_ADDRESS,
        )
        .limit(1)
    ).first()
    return found is not None


def _count(
    session: Session,
    key: bytes,
    free: int,
    now: datetime,
    longest: timedelta = policy.LONGEST_DELAY,
) -> tuple[int, bool]:
    """How many there are, and whether further tries must now wait.

    One statement, so that two guesses at once are two.
    """
    new = LoginFailure.__table__.c
    fresh = new.first_at < now - policy.WINDOW
    statement = insert(LoginFailure).values(key=key, failures=1, first_at=now)
    failures = session.scalars(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "failures": case((fresh, 1), else_=new.failures + 1),
                "first_at": case((fresh, now), else_=new.first_at),
            },
        ).returning(LoginFailure.failures)
    ).one()
    delay = policy.delay_after(failures, free, longest)
    if delay is not None:
        session.execute(
            update(LoginFailure).where(LoginFailure.key == key).values(blocked_until=now + delay)
        )
    return failures, delay is not None
