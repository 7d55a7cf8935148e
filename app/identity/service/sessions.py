"""Signing in and out. A session is a row; what the client keeps is a random token."""

import secrets
from datetime import datetime

from sqlalchemy import case, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import crypto
from app.core.errors import AppError, NotFound
from app.identity import passwords, policy, queries
from app.identity.models import Login, LoginFailure, LoginSession
from app.identity.types import (
    Client,
    Issued,
    PasswordMustChange,
    SessionKind,
    TooManyAttempts,
    WrongCredentials,
)

TOKEN_BYTES = 32
SEEN_STEP_SECONDS = 60


def sign_in(
    session: Session,
    *,
    username: str,
    password: str,
    kind: SessionKind,
    client: Client,
    now: datetime,
) -> Issued | AppError:
    """Open a session, or say why not.

    The refusal is returned, not raised: the failure that was counted must be committed.
    """
    account, address = _failure_keys(username, client)
    blocked = session.scalars(
        select(LoginFailure).where(
            LoginFailure.key.in_([account, address]), LoginFailure.blocked_until > now
        )
    ).all()
    if blocked:
        waits = (row.blocked_until - now for row in blocked if row.blocked_until)
        return TooManyAttempts(retry_after=int(max(waits).total_seconds()) + 1)
    login = queries.find_login(session, username)
    right = passwords.verify(login.password_hash if login else None, password)
    if login is None or not right or not _may_enter(login, now):
        delayed = _count_failure(session, account, policy.FREE_FAILURES_ACCOUNT, now)
        _count_failure(session, address, policy.FREE_FAILURES_ADDRESS, now)
        if delayed and login is not None:
            audit.record(
                session, now=now, actor=None, kind="login.delayed", object=f"login:{login.id}"
            )
        return WrongCredentials()
    if kind is SessionKind.TOKEN and login.must_change_password:
        return PasswordMustChange()
    _forget_failures(session, account)
    if passwords.is_outdated(login.password_hash):
        login.password_hash = passwords.hash_password(password)
    return _open(session, login, kind, client, now)


def sign_in_demo(session: Session, *, username: str, client: Client, now: datetime) -> Issued:
    """One click in the demonstration; the edge offers it only with DEMO=1. Raises NotFound."""
    login = queries.find_login(session, username)
    if login is None or not login.is_open(now):
        raise NotFound
    return _open(session, login, SessionKind.BROWSER, client, now)


def sign_out(session: Session, *, token: str, now: datetime) -> None:
    """End one session, browser or token; an unknown or ended one is fine."""
    row = session.scalars(
        select(LoginSession).where(LoginSession.token_hash == queries.token_hash(token))
    ).first()
    if row is None or row.ended_at is not None:
        return
    row.end("sign_out", now)
    actor = queries.actor_of(session, row.login.person_id, now)
    audit.record(session, now=now, actor=actor, kind="login.signed_out", object=f"session:{row.id}")


def end_sessions(
    session: Session, *, person_id: int, reason: str, now: datetime, keep: int | None = None
) -> int:
    """End every session of a person, but `keep`; answers how many."""
    statement = (
        update(LoginSession)
        .where(
            LoginSession.login_id
            == select(Login.id).where(Login.person_id == person_id).scalar_subquery(),
            LoginSession.ended_at.is_(None),
        )
        .values(ended_at=now, end_reason=reason)
        .returning(LoginSession.id)
    )
    if keep is not None:
        statement = statement.where(LoginSession.id != keep)
    return len(session.scalars(statement).all())


def touch(session: Session, *, session_id: int, now: datetime) -> None:
    """Note that a browser session is in use, so that it does not go idle."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.seen_at < now)
        .values(seen_at=now)
    )


def _open(
    session: Session, login: Login, kind: SessionKind, client: Client, now: datetime
) -> Issued:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    actor = queries.actor_of(session, login.person_id, now)
    positions = [held.position for held in actor.positions]
    expires_at = now + policy.ABSOLUTE
    row = LoginSession(
        login_id=login.id,
        kind=kind,
        token_hash=queries.token_hash(token),
        created_at=now,
        seen_at=now,
        proved_at=now,
        idle_minutes=policy.idle_minutes(kind, positions),
        expires_at=expires_at,
        ip=client.ip,
        user_agent=client.user_agent[:300],
    )
    session.add(row)
    login.last_login_at = now
    session.flush()  # the event names the session
    audit.record(
        session,
        now=now,
        actor=actor,
        kind="login.signed_in",
        object=f"session:{row.id}",
        data={"session": kind, "ip": client.ip},
    )
    return Issued(token, expires_at, login.person_id, login.must_change_password)


def _may_enter(login: Login, now: datetime) -> bool:
    expired = login.password_expires_at is not None and login.password_expires_at <= now
    return login.is_open(now) and not expired


def _failure_keys(username: str, client: Client) -> tuple[bytes, bytes]:
    return (
        crypto.blind_index("login account", username.strip().lower()),
        crypto.blind_index("login address", client.ip),
    )


def _count_failure(session: Session, key: bytes, free: int, now: datetime) -> bool:
    """Whether further tries must now wait. One statement, so that two guesses at once are two."""
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
    delay = policy.delay_after(failures, free)
    if delay is not None:
        session.execute(
            update(LoginFailure).where(LoginFailure.key == key).values(blocked_until=now + delay)
        )
    return delay is not None


def _forget_failures(session: Session, account: bytes) -> None:
    session.execute(
        update(LoginFailure)
        .where(LoginFailure.key == account)
        .values(failures=0, blocked_until=None)
    )
