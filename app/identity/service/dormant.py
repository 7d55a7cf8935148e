"""Taking away what nobody uses: the login after 90 days, its positions after 180 (S11)."""

from datetime import datetime

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.audit import service as audit
from app.core import clock
from app.identity import dormancy, terms
from app.identity.models import Appointment, Login
from app.identity.service.sessions import end_sessions
from app.identity.types import LoginState

log = structlog.get_logger()
BATCH = 50


def review(session: Session, *, now: datetime, after: int = 0) -> int | None:
    """One batch of logins behind id `after`; answers where to go on, None at the end.

    Safe to run twice and side by side: who is just signing in is passed over, and one runner at a
    time judges who is the last administrator. In the demonstration nothing happens: its clock is
    moved, and its people are there to be tried.
    """
    if terms.current().demo:
        return None
    session.execute(select(func.pg_advisory_xact_lock(dormancy.LOCK)))
    logins = session.scalars(
        select(Login)
        .where(Login.id > after, dormancy.is_dormant(now))
        .order_by(Login.id)
        .limit(BATCH)
        .with_for_update(of=Login, skip_locked=True)
    ).all()
    for login in logins:
        _judge(session, login, now)
    return logins[-1].id if logins else None


def _judge(session: Session, login: Login, now: datetime) -> None:
    if dormancy.is_last_admin(session, login.person_id, now):
        log.warning("login.dormant_kept", login_id=login.id)
        return
    used = max(filter(None, (login.created_at, login.reopened_at, login.last_login_at)))
    if login.state is LoginState.ACTIVE:
        login.state = LoginState.DISABLED
        end_sessions(session, person_id=login.person_id, reason="disabled", now=now)
        audit.record(
            session,
            now=now,
            actor=None,
            kind="login.dormant",
            object=f"login:{login.id}",
            data={"days": (now - used).days, "used_on": clock.local(used).date().isoformat()},
        )
        session.flush()  # who comes next may be the last administrator now
    if used <= now - dormancy.REMOVE:
        for held in dormancy.open_appointments(session, login.person_id, now):
            _take(session, held, now)


def _take(session: Session, held: Appointment, now: datetime) -> None:
    held.ends_at, held.turns_at = now, None
    audit.record(
        session,
        now=now,
        actor=None,
        kind="appointment.ended",
        object=f"person:{held.person_id}",
        data={"position": held.position, "unit": held.unit.code, "source": "dormant"},
    )
