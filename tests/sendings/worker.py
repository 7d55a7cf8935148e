"""Workers that can be killed: `python -m tests.sendings.worker` forks one for each line.

It has imported everything before, so that a worker is at work some milliseconds after it was asked
for; each has its own connections. It says the id of each, and ends with its input.
"""

import os
import sys

from app.config import Settings
from app.messaging import channels
from app.sendings.service import submitting, unsettled
from app.wiring import join

TURN = 5.0  # seconds
BATCH = 10  # messages: many batches, to be killed in


def work() -> None:
    """Until it is killed."""
    join(Settings.from_env(os.environ))
    for name in channels.names():
        object.__setattr__(channels.channel(name), "most", BATCH)
    while True:
        submitting.work_off(TURN)
        unsettled.sweep()


def main() -> None:
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            work()
        print(child, flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
