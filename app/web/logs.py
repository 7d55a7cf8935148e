"""Logs: one event, one line; JSON or text; every line of a request carries its id."""

import logging
import sys
import time
import uuid
from typing import Any, TextIO

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger()


class _ToStderr(logging.StreamHandler[TextIO]):
    """Asks for standard error at each line, since tests and the command line exchange it."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def configure(log_format: str) -> None:
    """Send structlog and the standard library through one chain to standard error.

    Safe to call again; the web does, and so must every other process.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = (
        [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
        if log_format == "json"
        else [
            # Plain: the pretty tracebacks print local variables, and those hold form contents.
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = _ToStderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [old for old in root.handlers if not isinstance(old, _ToStderr)] + [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("spiff").setLevel(logging.WARNING)  # it tells every move of every token


def init_app(app: Flask) -> None:
    def begin() -> None:
        g.request_id = uuid.uuid4().hex
        g.began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.request_id
        if request.endpoint != "static":
            log.info(
                "http",
                method=request.method,
                # The rule, not the address: a path or query may carry what no log may hold.
                route=str(request.url_rule or "-"),
                status=response.status_code,
                ms=round((time.perf_counter() - g.began) * 1000, 1),
            )
        return response

    app.before_request(begin)
    app.after_request(end)
