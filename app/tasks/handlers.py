"""What tasks do when processes have news."""

from app.core import events
from app.identity.cover_types import CoverChanged
from app.identity.types import PositionLost
from app.processes import registry
from app.processes.types import InstanceSubmitted, OfferAgain, VisitOpened, VisitsCancelled
from app.tasks import queries, service


def join() -> None:
    """Submissions close the 补正 task before the step they cause opens new ones."""
    registry.register_results(queries.results_of)
    events.subscribe(InstanceSubmitted, service.close_amendment)
    events.subscribe(VisitsCancelled, service.close_visits)
    events.subscribe(VisitOpened, service.open_visit)
    events.subscribe(OfferAgain, service.offer_again)
    events.subscribe(PositionLost, service.pass_on)
    events.subscribe(CoverChanged, service.on_cover_changed)
