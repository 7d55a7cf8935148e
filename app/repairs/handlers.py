"""What repairs do when runs and deliveries have news, and what the outbox brings them."""

from typing import Any

from sqlalchemy.orm import Session

from app.core import events, outbox
from app.core.clock import utcnow
from app.core.outbox import OutboxDied, OutboxMended
from app.identity.cover_types import CoverChanged
from app.identity.types import PositionGained
from app.processes.types import InstanceMoved
from app.repairs import migrations, service


def migrate_step(session: Session, payload: dict[str, Any]) -> None:
    migrations.step(session, payload, utcnow())


def on_died(session: Session, event: OutboxDied) -> None:
    if event.topic == migrations.TOPIC:
        migrations.give_up(session, event.row_id, event.at)


def join() -> None:
    events.subscribe(OutboxDied, service.on_died)
    events.subscribe(OutboxDied, on_died)
    events.subscribe(OutboxMended, service.on_mended)
    events.subscribe(PositionGained, service.on_position_gained)
    events.subscribe(CoverChanged, service.on_position_gained)
    events.subscribe(InstanceMoved, service.on_moved)
    outbox.register(migrations.TOPIC, migrate_step)
