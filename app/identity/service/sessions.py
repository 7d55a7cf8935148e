"""Signing in and out. A session is a row; what the client keeps is a random token."""

import secrets
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core.actor import Actor
from app.core.errors import AppError, NotFound
from app.identity import passwords, policy, queries, terms
from app.identity.models import Login, LoginChallenge, LoginSession
from app.identity.service import failures, otp
from app.identity.types import (
    Challenge,
    ChallengeOver,
    Client,
    Issued,
    OtpNeeded,
    PasswordMustChange,
    SecondFactorDue,
    SessionKind,
    WrongCredentials,
    WrongOtp,
    WrongProof,
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
    otp_code: str = "",
    replacing: str = "",
) -> Issued | AppError:
    """Open a session, or say why not. `replacing`: the token that this browser carries so far.

    The refusal is returned, not raised: the failure that was counted must be committed.
    """
    keys = failures.Keys.of(username, client)
    login = queries.find_login(session, username)
    delay = failures.find_delay(session, keys, login, client, now)
    if delay is not None:
        return delay
    right = passwords.verify(login.password_hash if login else None, password)
    if login is None or not right or not login.is_open(now):
        failures.count(session, keys, login, now)
        return WrongCredentials()
    if passwords.is_outdated(login.password_hash):
        login.password_hash = passwords.hash_password(password)
    refusal: AppError | None = _second_factor(session, login, otp_code, now)
    if isinstance(refusal, WrongCredentials):
        failures.count(session, keys, login, now)
    if refusal is None and kind is SessionKind.TOKEN:
        refusal = _unfinished(session, login, now)
    if refusal is not None:
        return refusal
    failures.forget(session, keys)
    return _open(session, login, kind, client, now, replacing)


def open_challenge(session: Session, *, login_id: int, now: datetime) -> Challenge:
    """After a right password: a few minutes and tries for the second factor."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    expires_at = now + policy.CHALLENGE
    session.add(
        LoginChallenge(
            login_id=login_id,
            token_hash=queries.token_hash(token),
            created_at=now,
            expires_at=expires_at,
            tries=0,
        )
    )
    return Challenge(token, expires_at)


def answer_challenge(
    session: Session, *, token: str, code: str, client: Client, now: datetime, replacing: str = ""
) -> Issued | AppError:
    """The second step of a browser's sign-in. Refusals are returned, as in `sign_in`."""
    challenge = session.scalars(
        select(LoginChallenge)
        .where(LoginChallenge.token_hash == queries.token_hash(token))
        .with_for_update()
    ).first()
    login = session.get(Login, challenge.login_id) if challenge is not None else None
    if challenge is None or login is None or not challenge.is_open(now) or not login.is_open(now):
        return ChallengeOver()
    keys = failures.Keys.of(login.username, client)
    delay = failures.find_delay(session, keys, login, client, now)
    if delay is not None:
        return delay
    challenge.tries += 1
    if not otp.accept(session, login, code, now):
        failures.count(session, keys, login, now)
        if challenge.tries < policy.CHALLENGE_TRIES:
            return WrongOtp()
        challenge.ended_at = now
        return ChallengeOver()
    challenge.ended_at = now
    failures.forget(session, keys)
    return _open(session, login, SessionKind.BROWSER, client, now, replacing)


def prove(
    session: Session, *, actor: Actor, proof: str, client: Client, now: datetime
) -> Issued | AppError:
    """Step-up (S17): the actor's code, or password without one; the session gets a new id.

    Wrong ones are counted apart from those at the door: who sits at somebody's open browser must
    not be able to keep the owner out.
    """
    login = queries.get_login(session, actor.username)
    row = queries.lock_live_session(session, actor.session_id, now)
    if row is None:
        return ChallengeOver()
    keys = failures.Keys.of(f"step-up {login.username}", client)
    delay = failures.find_delay(session, keys, login, client, now)
    if delay is not None:
        return delay
    if queries.has_second_factor(session, login.id):
        right = otp.accept(session, login, proof, now)
    else:
        right = passwords.verify(login.password_hash, proof)
    if not right:
        failures.count(session, keys, login, now)
        return WrongProof()
    failures.forget(session, keys)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row.token_hash, row.proved_at = queries.token_hash(token), now
    audit.record(session, now=now, actor=actor, kind="login.proved", object=f"session:{row.id}")
    return Issued(token, row.expires_at, login.person_id)


def sign_in_demo(
    session: Session, *, username: str, client: Client, now: datetime, replacing: str = ""
) -> Issued:
    """One click in the demonstration; the edge offers it only with DEMO=1. Raises NotFound."""
    login = queries.find_login(session, username)
    if login is None or not login.is_open(now):
        raise NotFound
    return _open(session, login, SessionKind.BROWSER, client, now, replacing)


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


def end_session(session: Session, *, actor: Actor, session_id: int, now: datetime) -> None:
    """End one of the actor's own sessions. Raises NotFound, for other people's too."""
    row = session.get(LoginSession, session_id, with_for_update=True)
    if row is None or row.login.person_id != actor.person_id or row.ended_at is not None:
        raise NotFound("这个登录已经退出了。")
    row.end("by_owner", now)
    audit.record(session, now=now, actor=actor, kind="login.ended", object=f"session:{row.id}")


def end_other_sessions(session: Session, *, actor: Actor, now: datetime) -> int:
    """End all of the actor's sessions but this one; answers how many."""
    count = end_sessions(
        session, person_id=actor.person_id, reason="by_owner", now=now, keep=actor.session_id
    )
    audit.record(
        session,
        now=now,
        actor=actor,
        kind="login.others_ended",
        object=f"person:{actor.person_id}",
        data={"count": count},
    )
    return count


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


def _second_factor(
    session: Session, login: Login, code: str, now: datetime
) -> OtpNeeded | WrongCredentials | None:
    if terms.current().demo or not queries.has_second_factor(session, login.id):
        return None
    if not code:
        return OtpNeeded(login.id)
    return None if otp.accept(session, login, code, now) else WrongCredentials()


def _unfinished(session: Session, login: Login, now: datetime) -> AppError | None:
    """What a person must do on a page first, before programs get a token."""
    actor = queries.actor_of(session, login.person_id, now)
    positions = [held.position for held in actor.positions]
    if terms.current().password_is_due(login.password_changed_at, positions, now):
        return PasswordMustChange()
    needs = terms.current().needs_second_factor(positions)
    return SecondFactorDue() if needs and not queries.has_second_factor(session, login.id) else None


def _open(
    session: Session,
    login: Login,
    kind: SessionKind,
    client: Client,
    now: datetime,
    replacing: str = "",
) -> Issued:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    actor = queries.actor_of(session, login.person_id, now)
    positions = [held.position for held in actor.positions]
    if replacing:
        sign_out(session, token=replacing, now=now)
    displaced = _make_room(session, login, actor, now)
    last = _last_sign_in(session, login)
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
        last_at=last.created_at if last else None,
        last_ip=last.ip if last else None,
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
    return Issued(token, expires_at, login.person_id, displaced)


def _make_room(session: Session, login: Login, actor: Actor, now: datetime) -> int:
    """The newest sign-in wins (S15): the oldest sessions over the limit end."""
    limit = terms.current().session_limit(held.position for held in actor.positions)
    if limit is None:
        return 0
    session.get(Login, login.id, with_for_update=True)  # two sign-ins at once count each other
    surplus = queries.live_sessions(session, login, now)[limit - 1 :]
    for row in surplus:
        row.end("displaced", now)
        audit.record(
            session, now=now, actor=actor, kind="login.displaced", object=f"session:{row.id}"
        )
    return len(surplus)


def _last_sign_in(session: Session, login: Login) -> LoginSession | None:
    return session.scalars(
        select(LoginSession)
        .where(LoginSession.login_id == login.id)
        .order_by(LoginSession.id.desc())
        .limit(1)
    ).first()
