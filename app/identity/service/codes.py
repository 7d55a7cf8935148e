"""One-time codes: an administrator starts an activation or a reset, the person alone chooses.

The code is no password and opens no page; it lets its owner set a password, once (S1, S9).
"""

import hmac
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import crypto
from app.core.actor import Actor
from app.core.errors import AppError
from app.identity import passwords, policy, queries, terms
from app.identity.models import Login, OneTimeCode
from app.identity.service import failures
from app.identity.service.sessions import end_sessions
from app.identity.types import Client, FieldError, WeakPassword, WrongCode


def reset_password(session: Session, *, actor: Actor | None, username: str, now: datetime) -> str:
    """Answer a one-time code for a day; the old password and all sessions end. Raises NotFound."""
    login = queries.get_login(session, username)
    code = give_code(session, login, now)
    end_sessions(session, person_id=login.person_id, reason="password_reset", now=now)
    audit.record(session, now=now, actor=actor, kind="login.reset", object=f"login:{login.id}")
    return code


def give_code(session: Session, login: Login, now: datetime) -> str:
    """A new code for a login that is flushed; its password and older codes end."""
    login.password_hash = ""
    session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.login_id == login.id, OneTimeCode.used_at.is_(None))
        .values(used_at=now)
    )
    code = passwords.one_time_code()
    session.add(
        OneTimeCode(
            login_id=login.id,
            code_hash=_hash(code),
            created_at=now,
            expires_at=now + policy.ONE_TIME,
        )
    )
    return code


def redeem_code(
    session: Session, *, username: str, code: str, new: str, client: Client, now: datetime
) -> Login | AppError:
    """Set the password that the person has chosen.

    Refusals are returned, not raised, because the failure that was counted must be committed.
    What is said of the password before the code is right depends on nothing that is stored.
    """
    reason = passwords.weakness(new, (username,), composed=terms.current().composed)
    if reason:
        return WeakPassword([FieldError("new", "weak", reason)])
    keys = failures.Keys.of(username, client)
    login = queries.find_login(session, username)
    delay = failures.find_delay(session, keys, login, client, now)
    if delay is not None:
        return delay
    found = session.scalars(
        select(OneTimeCode)
        .where(OneTimeCode.login_id == (login.id if login else 0), OneTimeCode.used_at.is_(None))
        .with_for_update()
    ).first()
    right = hmac.compare_digest(found.code_hash if found else b"", _hash(code))
    if login is None or found is None or not right or found.expires_at <= now:
        failures.count(session, keys, login, now)
        return WrongCode()
    if not login.is_open(now):
        return WrongCode()
    return _set_password(session, login, found, new, now)


def _set_password(
    session: Session, login: Login, code: OneTimeCode, new: str, now: datetime
) -> Login | AppError:
    actor = queries.actor_of(session, login.person_id, now)
    reason = passwords.weakness(
        new,
        (actor.username, actor.name, actor.unit_code),
        is_admin=policy.is_admin(held.position for held in actor.positions),
        composed=terms.current().composed,
    )
    if reason:
        return WeakPassword([FieldError("new", "weak", reason)])
    code.used_at = now
    login.password_hash, login.password_changed_at = passwords.hash_password(new), now
    end_sessions(session, person_id=login.person_id, reason="password", now=now)
    audit.record(session, now=now, actor=actor, kind="login.redeemed", object=f"login:{login.id}")
    return login


def _hash(code: str) -> bytes:
    """Hyphens and blanks are how it is written, not what it is."""
    return crypto.blind_index("one-time code", "".join(c for c in code if c.isalnum()))
