"""How a process of ours holds its connections to PostgreSQL."""

import os
import time
from functools import partial
from typing import Any

from sqlalchemy import Dialect, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from app.core.cursors import LazyCursor

POOL = 5
FRESH = 1.0  # seconds


def engine(url: str, **more: Any) -> Engine:
    """Parameters stay out of errors and logs: they may be what people typed."""
    made = create_engine(
        url,
        pool_size=POOL,
        pool_use_lifo=True,  # what was used last is warm, and needs no question whether it is alive
        hide_parameters=True,
        connect_args={"cursor_factory": LazyCursor},
        **more,
    )
    event.listen(made, "do_connect", _say_who)
    event.listen(made, "checkin", _note_time)
    event.listen(made, "checkout", partial(_ask_if_alive, made.dialect))
    return made


def _note_time(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["left_at"] = time.monotonic()


def _ask_if_alive(
    dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _proxy: object
) -> None:
    """One that lay idle may be dead since. One used a moment ago is believed to be alive.

    Asking is a journey to the database, and a busy site would make two of them at each act.
    """
    left_at = record.info.get("left_at")
    if left_at is None or time.monotonic() - left_at < FRESH:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error  # then so are the others; it is tried again


def _say_who(_dialect: object, _record: object, _given: object, words: dict[str, Any]) -> None:
    """PostgreSQL shows which process holds a lock; forked workers name themselves."""
    words["application_name"] = f"banjian/{os.getpid()}"
