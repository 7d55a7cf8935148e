"""Own password, and the one-time password an administrator can start but never choose (S9)."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core.actor import Actor
from app.core.errors import NotFound
from app.identity import passwords, queries
from app.identity.models import Login
from app.identity.service.sessions import end_sessions
from app.identity.types import FieldError, WeakPassword

ONE_TIME_HOURS = 24


def change_password(
    session: Session, *, actor: Actor, now: datetime, current: str, new: str
) -> None:
    """Set the actor's own password; every other session of theirs ends at once.

    Raises: WeakPassword, with the field and the reason.
    """
    login = _login(session, actor.username)
    if not passwords.verify(login.password_hash, current):
        raise WeakPassword([FieldError("current", "wrong", "现在的密码不对。")])
    reason = passwords.weakness(new, (actor.username, actor.unit_code))
    if new == current:
        reason = "新密码不能和现在的一样。"
    if reason:
        raise WeakPassword([FieldError("new", "weak", reason)])
    login.password_hash = passwords.hash_password(new)
    login.password_changed_at, login.password_expires_at = now, None
    end_sessions(
        session, person_id=actor.person_id, reason="password", now=now, keep=actor.session_id
    )
    audit.record(session, now=now, actor=actor, kind="login.password", object=f"login:{login.id}")


def reset_password(session: Session, *, actor: Actor | None, username: str, now: datetime) -> str:
    """Give a one-time password for a day; all sessions end. Raises NotFound."""
    login = _login(session, username)
    password = set_one_time_password(login, now)
    end_sessions(session, person_id=login.person_id, reason="password_reset", now=now)
    audit.record(session, now=now, actor=actor, kind="login.reset", object=f"login:{login.id}")
    return password


def set_one_time_password(login: Login, now: datetime) -> str:
    password = passwords.one_time_password()
    login.password_hash = passwords.hash_password(password)
    login.password_changed_at = now
    login.password_expires_at = now + timedelta(hours=ONE_TIME_HOURS)
    return password


def _login(session: Session, username: str) -> Login:
    login = queries.find_login(session, username)
    if login is None:
        raise NotFound("没有这个用户名。")
    return login
