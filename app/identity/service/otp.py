"""One code of the second factor: right, of this half minute, and never seen before (S8)."""

from datetime import datetime

import pyotp
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import crypto
from app.identity.models import Login, RecoveryCode, SecondFactor

STEP = 30


def accept(session: Session, login: Login, code: str, now: datetime) -> bool:
    """Whether a code of the phone, or a recovery code, is right; it is spent thereby."""
    typed = "".join(code.split()).replace("-", "").lower()
    factor = session.get(SecondFactor, login.id)
    if factor is None or factor.confirmed_at is None:
        return False
    if typed.isascii() and typed.isdigit():
        return spend_code(session, factor, typed, now)
    return _spend_recovery_code(session, login, typed, now)


def spend_code(session: Session, factor: SecondFactor, code: str, now: datetime) -> bool:
    """Of this half minute only, and later than the last one used: two at once get in once."""
    secret = crypto.unseal(factor.secret).decode()
    step = int(now.timestamp()) // STEP
    if not pyotp.utils.strings_equal(pyotp.TOTP(secret).generate_otp(step), code):
        return False
    spent = session.execute(
        update(SecondFactor)
        .where(SecondFactor.login_id == factor.login_id, SecondFactor.last_step < step)
        .values(last_step=step)
        .returning(SecondFactor.login_id)
    ).first()
    return spent is not None


def hash_of(code: str) -> bytes:
    return crypto.blind_index("recovery code", code)


def _spend_recovery_code(session: Session, login: Login, code: str, now: datetime) -> bool:
    spent = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.login_id == login.id,
            RecoveryCode.code_hash == hash_of(code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    ).first()
    if spent is None:
        return False
    left = session.scalar(
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.login_id == login.id, RecoveryCode.used_at.is_(None))
    )
    audit.record(
        session,
        now=now,
        actor=None,
        kind="login.recovery_code",
        object=f"login:{login.id}",
        data={"left": left},
    )
    return True
