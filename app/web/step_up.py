"""Step-up: grave acts ask for a proof of who sits there that is some minutes old at most (S17).

Call `require_step_up()` first in a route that grants, exports, reveals, publishes, sends to many or
makes a backup; on a page that leads to such an act call it too, so that nothing is typed in vain.
A page then leads to /confirm, REST answers 403 `step_up`, and a new token counts as a proof.
Off in the demonstration.
"""

from datetime import datetime, timedelta

from flask import Flask, current_app, g

from app.core.clock import utcnow
from app.core.errors import Forbidden

FRESH = timedelta(minutes=5)


class StepUp(Forbidden):
    code = "step_up"
    message = "这一步很重要，请先再确认一次是您本人在操作，然后重新办理。"


def init_app(app: Flask, *, demo: bool) -> None:
    app.extensions["step_up"] = not demo


def note_proof(proved_at: datetime) -> None:
    """Said by whoever finds the session: when its owner last gave password or code."""
    g.proved_at = proved_at


def is_proved() -> bool:
    """For pages that show their forms only to whom they would serve."""
    if not current_app.extensions["step_up"]:
        return True
    proved_at: datetime | None = g.get("proved_at")
    return proved_at is not None and utcnow() - proved_at <= FRESH


def require_step_up() -> None:
    """Raises: StepUp."""
    if not is_proved():
        raise StepUp
