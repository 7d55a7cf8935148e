"""The broker as a site asks it: is it there, and wake a worker. Workers are in worker.py."""

from collections.abc import Callable

from celery import Celery
from kombu.exceptions import OperationalError

WAKE_SECONDS = 60  # by then the sweep has come by
PATIENCE = 1.0  # seconds


def is_there(url: str) -> bool:
    connection = Celery(broker=url, set_as_current=False).connection()
    try:
        connection.ensure_connection(max_retries=1, timeout=PATIENCE)
    except OperationalError:
        return False
    finally:
        connection.release()
    return True


def waker(url: str, job: str, queue: str) -> Callable[[], object]:
    """A message that makes a worker look; a broker that is gone is given up at once."""
    celery = Celery("banjian", broker=url, set_as_current=False)
    celery.conf.broker_transport_options = {
        "socket_connect_timeout": PATIENCE,
        "socket_timeout": PATIENCE,
        # kombu reads 0 as for ever
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0,
        "interval_max": 0,
    }

    def wake() -> object:
        return celery.send_task(
            job, queue=queue, expires=WAKE_SECONDS, ignore_result=True, retry=False
        )

    return wake
