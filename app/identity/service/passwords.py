"""The own password."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core.actor import Actor
from app.identity import passwords, policy, queries, terms
from app.identity.service.sessions import end_sessions
from app.identity.types import FieldError, WeakPassword


def change_password(
    session: Session, *, actor: Actor, now: datetime, current: str, new: str
) -> None:
    """Set the actor's own password; every other session of theirs ends at once.

    Raises: WeakPassword, with the field and the reason.
    """
    login = queries.get_login(session, actor.username)
    if not passwords.verify(login.password_hash, current):
        raise WeakPassword([FieldError("current", "wrong", "现在的密码不对。")])
    reason = passwords.weakness(
        new,
        (actor.username, actor.name, actor.unit_code),
        is_admin=policy.is_admin(held.position for held in actor.positions),
        composed=terms.current().composed,
    )
    if new == current:
        reason = "新密码不能和现在的一样。"
    if reason:
        raise WeakPassword([FieldError("new", "weak", reason)])
    login.password_hash, login.password_changed_at = passwords.hash_password(new), now
    end_sessions(
        session, person_id=actor.person_id, reason="password", now=now, keep=actor.session_id
    )
    audit.record(session, now=now, actor=actor, kind="login.password", object=f"login:{login.id}")
