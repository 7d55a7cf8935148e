"""News from below: a request that took effect halfway and then failed is taken back."""

from sqlalchemy.orm import Session

from app.access import service
from app.access.dormant import service as dormant
from app.access.queries import opened_by
from app.processes.models import Instance
from app.processes.queries import unit_of
from app.processes.types import InstanceEnded


def on_instance_ended(session: Session, event: InstanceEnded) -> None:
    """Accounts opened before a return go when the ticket ends refused, withdrawn or cancelled."""
    if event.result == "closed":
        return
    instance = session.get_one(Instance, event.instance_id)
    dormant.undo(session, instance, now=event.at)
    accounts = opened_by(session, instance.number)
    if accounts:
        service.undo_accounts(
            session,
            accounts,
            instance_id=instance.id,
            unit=unit_of(session, instance),
            reason="申请没有办成",
            actor=None,
            now=event.at,
        )
