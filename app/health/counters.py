"""What this process counts: requests and jobs. `figures` adds what the database knows.

Several processes answer and work: where PROMETHEUS_MULTIPROC_DIR is set, each keeps its counts in a
file there, and whoever is asked adds them up (ADR 68). Labels come from our own tables alone: a
route is the rule and never the address, a job its registered name; nothing of a person, no number.
"""

import time
from collections.abc import Iterable
from pathlib import Path

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REQUEST_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
JOB_SECONDS = (0.01, 0.05, 0.25, 1.0, 5.0, 30.0, 120.0)

_OWN = CollectorRegistry()
REQUESTS = Counter(
    "banjian_http_requests",
    "Requests answered.",
    ("route", "method", "status"),
    registry=_OWN,
)
ANSWER_TIME = Histogram(
    "banjian_http_request_seconds",
    "Seconds until the answer was made.",
    ("route", "method"),
    buckets=REQUEST_SECONDS,
    registry=_OWN,
)
JOBS = Counter("banjian_jobs", "Jobs that ended.", ("job", "result"), registry=_OWN)
JOB_TIME = Histogram(
    "banjian_job_seconds", "Seconds a job took.", ("job",), buckets=JOB_SECONDS, registry=_OWN
)


def init_app(app: Flask) -> None:
    def begin() -> None:
        g.counted_from = time.perf_counter()

    def end(response: Response) -> Response:
        if request.endpoint == "static":
            return response
        route = str(request.url_rule or "-")
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(route, method, f"{response.status_code // 100}xx").inc()
        if began := g.get("counted_from"):
            ANSWER_TIME.labels(route, method).observe(time.perf_counter() - began)
        return response

    app.before_request(begin)
    app.after_request(end)


def count_job(name: str, seconds: float, *, failed: bool) -> None:
    JOBS.labels(name, "failed" if failed else "done").inc()
    JOB_TIME.labels(name).observe(seconds)


def exposition(folder: Path | None, more: Iterable[Collector]) -> bytes:
    """All of it in Prometheus' text format: every process's counts, then `more`."""
    registry = CollectorRegistry()
    for collector in more:
        registry.register(collector)
    counts = _OWN
    if folder is not None and folder.is_dir():
        counts = CollectorRegistry()
        MultiProcessCollector(counts, path=str(folder))  # type: ignore[no-untyped-call]
    return generate_latest(counts) + generate_latest(registry)
