"""What a restored copy does not know: how far its sendings got after it was taken."""

from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.sendings.models import Sending
from app.sendings.service import moving
from app.sendings.types import DeliveryState

WHY = "由备份恢复：备份以后也许已经提交过，问过网关才知道。"
REASON = "由备份恢复，请核对后继续。"
_HOLD = text(
    """
    WITH held AS (
        UPDATE sending_delivery
        SET state = 'unknown', why = :why, submitted_at = :now, looked_at = NULL
        WHERE sending_id = :sending_id AND state = :state RETURNING segments
    ) SELECT count(*), coalesce(sum(segments), 0) FROM held
    """
)


def hold_unfinished(session: Session, now: datetime) -> int:
    """Whatever had not left by the copy may have left since: it is 未知, and its sending waits for
    a person. The gateway knows each message by its key, and is asked about it as ever.
    """
    count = 0
    rows = select(Sending).where(Sending.ended_at.is_(None)).with_for_update()
    for sending in session.scalars(rows).all():
        for state in (DeliveryState.WAITING, DeliveryState.SUBMITTING):
            given = {"sending_id": sending.id, "state": state.value, "now": now, "why": WHY}
            messages, segments = session.execute(_HOLD, given).one()
            moving.shift(session, sending, (state, DeliveryState.UNKNOWN), messages, segments)
            count += messages
        if sending.is_open:
            sending.pause_for(REASON, now)
    return count
