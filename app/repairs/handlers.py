"""What repairs do when runs and deliveries have news."""

from app.core import events
from app.core.outbox import OutboxDied, OutboxMended
from app.identity.types import PositionGained
from app.processes.types import InstanceMoved
from app.repairs import service


def join() -> None:
    events.subscribe(OutboxDied, service.on_died)
    events.subscribe(OutboxMended, service.on_mended)
    events.subscribe(PositionGained, service.on_position_gained)
    events.subscribe(InstanceMoved, service.on_moved)
