"""Taking in what the managed system tells of last logins."""

from collections import Counter
from datetime import datetime

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.access.activity.models import AccountActivity
from app.access.activity.reading import told
from app.access.activity.types import Told, ToldState
from app.attachments.types import Accepted
from app.audit import service as audit
from app.core import clock
from app.core.actor import Actor
from app.core.crypto import digest


def take_in(
    session: Session, *, actor: Actor, now: datetime, accepted: Accepted, confirm: bool
) -> list[Told]:
    """Judge every row, and keep those that say something new where it is confirmed.

    Sending the same sheet again changes nothing. Raises: SheetRefused.
    """
    rows = told(
        session,
        accepted.data,
        accepted.media_type,
        division_id=actor.division_id,
        today=clock.local(now).date(),
    )
    ready = [row for row in rows if row.state is ToldState.READY]
    if confirm and ready:
        _keep(session, actor, now, ready)
        counts = Counter(row.state.value for row in rows)
        audit.record(
            session,
            now=now,
            actor=actor,
            kind="account.activity_told",
            object=f"unit:{actor.unit_code}",
            data={"rows": len(rows), **counts, "sha256": digest(accepted.data)},
        )
    return rows


def _keep(session: Session, actor: Actor, now: datetime, rows: list[Told]) -> None:
    """In one order, and the later day wins, so that two sheets at once disturb nobody."""
    given = insert(AccountActivity)
    newer = given.excluded
    session.execute(
        given.on_conflict_do_update(
            index_elements=["account_id"],
            set_={
                "login_on": func.greatest(AccountActivity.login_on, newer.login_on),
                "act_on": func.greatest(AccountActivity.act_on, newer.act_on),
                "told_at": newer.told_at,
                "told_by_id": newer.told_by_id,
            },
        ),
        [
            {
                "account_id": row.account_id,
                "login_on": row.login_on,
                "act_on": row.act_on,
                "told_at": now,
                "told_by_id": actor.person_id,
            }
            for row in sorted(rows, key=lambda row: row.account_id or 0)
        ],
    )
