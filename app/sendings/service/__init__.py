"""What is done with sendings; one module a use case."""

from app.sendings.service.asking import ask
from app.sendings.service.opening import open_sending
from app.sendings.service.restoring import hold_unfinished
from app.sendings.service.steering import pause, resume, stop, stop_with_ticket

__all__ = ["ask", "hold_unfinished", "open_sending", "pause", "resume", "stop", "stop_with_ticket"]
