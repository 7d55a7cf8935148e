"""Logs: one event, one line; JSON or text; every line of a request carries its id.

What people send may hold line ends, terminal commands or signs that turn the reading direction: a
name must not write a second line, nor colour or hide the first (S42).
"""

import io
import logging
import re
import sys
import time
import uuid
from collections.abc import MutableMapping
from contextlib import suppress
from types import TracebackType
from typing import Any, TextIO

import structlog
from flask import Flask, Response, g, request

# Controls of ASCII and Latin-1, line and paragraph signs, and what turns the reading direction.
FORGING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
MARGIN = "    | "
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def escape(text: str) -> str:
    if text.isprintable():  # then there is none of them in it, and most texts are
        return text
    return FORGING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def escape_all(_logger: object, _name: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """The last word before a line is written, for our own events and those of libraries."""
    return {escape(str(name)): _escaped(value) for name, value in event.items()}


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, dict):
        return {escape(str(name)): _escaped(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return type(value)(map(_escaped, value))
    return value


def _escape_traceback(
    _logger: object, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """JSON writes its line ends in two letters; the rest is escaped as elsewhere."""
    if isinstance(found := event.get("exception"), str):
        event["exception"] = "\n".join(map(escape, found.split("\n")))
    return event


def _traceback_in_margin(out: TextIO, exc_info: ExcInfo) -> None:
    """A message of several lines stays behind a margin, so that none looks like an event."""
    whole = io.StringIO()
    structlog.dev.plain_traceback(whole, exc_info)
    out.write("\n" + "\n".join(MARGIN + escape(line) for line in whole.getvalue().split("\n")))


class _Lines:
    """Where our own events end: a line of standard error, written at once and so whole.

    They take no way through the standard library: making a record of each and looking for who
    formats it costs twice the line. Like its handlers, a line that cannot be written is lost: a
    full disk must not undo an act.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(line + "\n")
            sys.stderr.flush()

    debug = info = warning = error = critical = msg


class _Lined:
    """Makes them, each under the name of the module that asks."""

    def __init__(self) -> None:
        self._named = structlog.stdlib.LoggerFactory(ignore_frame_names=[__name__])

    def __call__(self, *names: str) -> _Lines:
        return _Lines(self._named(*names).name)


class _ToStderr(logging.StreamHandler[TextIO]):
    """Asks for standard error at each line, since tests and the command line exchange it."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def configure(log_format: str) -> None:
    """Send structlog and the standard library through one chain each, alike, to standard error.

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
            escape_all,
            structlog.processors.format_exc_info,
            _escape_traceback,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
        if log_format == "json"
        else [
            escape_all,
            # Plain: the pretty tracebacks print local variables, and those hold form contents.
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=_traceback_in_margin
            ),
        ]
    )
    structlog.configure(
        processors=[*shared, *last],
        logger_factory=_Lined(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
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
    # Bound once: a logger that finds its name and chain at each line costs more than the line.
    http = structlog.get_logger(__name__).bind()

    def begin() -> None:
        g.request_id = uuid.uuid4().hex
        g.began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.request_id
        if request.endpoint != "static":
            http.info(
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
