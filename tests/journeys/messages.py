"""威海 in a browser: a site of its own in this process, whose clock the story moves.

What is sent goes at hours of the office's day. A served site has the clock of the machine; this one
has the story's, so the journey may be told at any hour.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Thread

from flask import Flask
from werkzeug.serving import make_server

from app.core import outbox
from app.sendings.service import submitting


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Its address, as long as it is asked."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()


def send(now: datetime) -> int:
    """What the jobs of the sendings hand over from now on, a second between two; how many turns."""
    made = 0
    while submitting.is_due(lambda _, at=now: at):
        made += bool(submitting.turn(lambda _, at=now: at))
        now += timedelta(seconds=1)
        assert made < 500
    return made


def work_off() -> None:
    """What waits in the outbox. In a thread of its own: the browser has the loop of this one, and
    signing wants one.
    """
    with ThreadPoolExecutor(1) as pool:
        while pool.submit(outbox.work_off).result():
            pass
