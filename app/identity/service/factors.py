"""The second factor: setting up the codes of a phone (RFC 6238), and taking them away again."""

import secrets
from datetime import datetime

import pyotp
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import crypto
from app.core.actor import Actor
from app.core.errors import Conflict
from app.identity import queries
from app.identity.models import LoginSession, RecoveryCode, SecondFactor
from app.identity.service import otp
from app.identity.service.sessions import end_sessions
from app.identity.types import Setup, WrongOtp

RECOVERY_CODES = 10
RECOVERY_LENGTH = 12
RECOVERY_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


def begin_second_factor(session: Session, *, actor: Actor, now: datetime) -> Setup:
    """A new secret for the actor's phone; it counts when the first code is given.

    Raises: Conflict, if one is in use: it must be taken away first.
    """
    login = queries.get_login(session, actor.username)
    factor = session.get(SecondFactor, login.id, with_for_update=True)
    if factor is not None and factor.confirmed_at is not None:
        raise Conflict("动态口令已经在用。要换手机，请先停用，再重新设置。")
    secret = pyotp.random_base32()
    if factor is None:
        factor = SecondFactor(login_id=login.id)
        session.add(factor)
    factor.secret, factor.created_at, factor.last_step = crypto.seal(secret), now, 0
    return Setup(secret, _address(secret, actor.username))


def find_setup(session: Session, *, actor: Actor) -> Setup | None:
    """The set-up that was begun and not confirmed yet."""
    login = queries.get_login(session, actor.username)
    factor = session.get(SecondFactor, login.id)
    if factor is None or factor.confirmed_at is not None:
        return None
    secret = crypto.unseal(factor.secret).decode()
    return Setup(secret, _address(secret, actor.username))


def confirm_second_factor(session: Session, *, actor: Actor, code: str, now: datetime) -> list[str]:
    """Put the secret to use; answers the recovery codes, shown this once. Raises WrongOtp."""
    login = queries.get_login(session, actor.username)
    factor = session.get(SecondFactor, login.id, with_for_update=True)
    typed = "".join(code.split())
    if factor is None or factor.confirmed_at is not None:
        raise Conflict("没有正在设置的动态口令，请重新开始设置。")
    if not otp.spend_code(session, factor, typed, now):
        raise WrongOtp
    factor.confirmed_at = now
    codes = [
        "".join(secrets.choice(RECOVERY_LETTERS) for _ in range(RECOVERY_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    session.execute(delete(RecoveryCode).where(RecoveryCode.login_id == login.id))
    session.add_all(RecoveryCode(login_id=login.id, code_hash=otp.hash_of(each)) for each in codes)
    end_sessions(
        session, person_id=actor.person_id, reason="second_factor", now=now, keep=actor.session_id
    )
    if actor.session_id is not None:
        row = session.get(LoginSession, actor.session_id)
        if row is not None:
            row.proved_at = now
    audit.record(session, now=now, actor=actor, kind="login.factor_set", object=f"login:{login.id}")
    return codes


def remove_second_factor(
    session: Session, *, actor: Actor | None, username: str, now: datetime
) -> None:
    """Take the phone's secret and the recovery codes away. Raises NotFound.

    By the person (after a step-up), or by an administrator when the phone is lost. The other
    sessions end; who needs a second factor sets up a new one at the next sign-in.
    """
    login = queries.get_login(session, username)
    session.execute(delete(SecondFactor).where(SecondFactor.login_id == login.id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.login_id == login.id))
    own = actor is not None and actor.person_id == login.person_id
    keep = actor.session_id if actor is not None and own else None
    end_sessions(session, person_id=login.person_id, reason="second_factor", now=now, keep=keep)
    audit.record(
        session, now=now, actor=actor, kind="login.factor_removed", object=f"login:{login.id}"
    )


def _address(secret: str, username: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name="Banjian")
