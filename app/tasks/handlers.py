"""What tasks do when processes have news."""

from typing import Any

from sqlalchemy.orm import Session

from app.core import events, outbox
from app.core.clock import utcnow
from app.identity.cover_types import CoverChanged
from app.identity.types import PositionGained, PositionLost, UnitSucceeded
from app.processes import registry
from app.processes.types import InstanceSubmitted, OfferAgain, VisitOpened, VisitsCancelled
from app.tasks import queries, service
from app.tasks.service import batching


def batch_step(session: Session, payload: dict[str, Any]) -> None:
    batching.step(session, payload, utcnow())


def on_died(session: Session, event: outbox.OutboxDied) -> None:
    if event.topic == batching.TOPIC:
        batching.give_up(session, event.row_id)


def join() -> None:
    """Submissions close the 补正 task before the step they cause opens new ones."""
    registry.register_results(queries.results_of)
    registry.register_decided(queries.decided_nodes)
    events.subscribe(InstanceSubmitted, service.bar_people)
    events.subscribe(InstanceSubmitted, service.close_amendment)
    events.subscribe(VisitsCancelled, service.close_visits)
    events.subscribe(VisitOpened, service.open_visit)
    events.subscribe(OfferAgain, service.offer_again)
    events.subscribe(PositionLost, service.pass_on)
    events.subscribe(PositionGained, service.on_position_gained)
    events.subscribe(CoverChanged, service.on_cover_changed)
    events.subscribe(UnitSucceeded, service.on_unit_succeeded)
    events.subscribe(outbox.OutboxDied, on_died)
    outbox.register(batching.TOPIC, batch_step)
