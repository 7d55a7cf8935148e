"""The processes of the leg `sending`: `python -m bench.senders gateway|open|work`.

Each says what it cost in one line of JSON when it is done.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from sqlalchemy import select

from app.config import Settings
from app.core import clock
from app.core.db import transaction
from app.identity.queries import actor_of
from app.messaging import simulator
from app.messaging.models import MessageTemplate
from app.messaging.text.binding import text_digest
from app.processes.models import Instance
from app.recipients.models import RecipientList
from app.sendings import service
from app.sendings.service import submitting
from app.sendings.types import Approved
from app.wiring import join
from scripts.process import show

SECRET = "GATEWAY_SECRET"  # noqa: S105 - the name of a variable
TURN = 60.0  # seconds


@dataclass(frozen=True)
class Told:
    """`seconds` on the wall, `cpu` seconds of this process, `megabytes` at its largest."""

    seconds: float
    cpu: float
    megabytes: float


def gateway() -> None:
    """Says its port, then takes whatever it gets, as `flask sms simulate` does without a word."""
    taken = simulator.Taken(say=lambda _line: None, clock=clock.utcnow)
    with simulator.server(0, os.environ[SECRET], taken) as server:
        show(str(server.server_port))
        server.serve_forever(0.1)


def open_it() -> None:
    """Opens a sending to the one list there is."""
    now = clock.utcnow()
    with transaction() as session:
        listed = session.scalars(select(RecipientList)).one()
        template = session.get_one(MessageTemplate, listed.template_id)
        digest = text_digest({None: template.text})
        service.open_sending(
            session,
            actor=actor_of(session, listed.made_by_id, now),
            ticket_id=session.scalars(select(Instance.id)).one(),
            list_id=listed.id,
            approved=Approved(template.id, digest, listed.digest),
            now=now,
        )


def work() -> None:
    """Sends until nothing is left."""
    while submitting.work_off(TURN):
        pass


ACTS: dict[str, Callable[[], None]] = {"gateway": gateway, "open": open_it, "work": work}


def main(act: str) -> None:
    join(Settings.from_env(os.environ))
    begun, before = time.monotonic(), time.process_time()
    ACTS[act]()
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = Told(time.monotonic() - begun, time.process_time() - before, largest)
    show(json.dumps(asdict(told)))


if __name__ == "__main__":
    main(sys.argv[1])
