"""What tasks do when processes have news."""

from app.core import events
from app.processes.types import InstanceSubmitted, VisitOpened, VisitsCancelled
from app.tasks import service


def join() -> None:
    """Submissions close the 补正 task before the step they cause opens new ones."""
    events.subscribe(InstanceSubmitted, service.close_amendment)
    events.subscribe(VisitsCancelled, service.close_visits)
    events.subscribe(VisitOpened, service.open_visit)
