"""What the database knows of the whole site, as Prometheus reads it; asked at each scrape."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.core.outbox import OutboxState
from app.health import service
from app.health.models import Heartbeat
from app.identity.models import LoginSession
from app.processes.models import Instance
from app.repairs import queries as repairs

# Of every process on every machine; a pool of one process would tell of that one only.
CONNECTIONS = text("""
    SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'banjian/%' GROUP BY 1
""")
LIMIT = text("SELECT setting::int FROM pg_settings WHERE name = 'max_connections'")


class Figures(Collector):
    """Without the database it says that, and nothing else."""

    def __init__(
        self, reading: Callable[[], AbstractContextManager[Session]], now: datetime
    ) -> None:
        self._reading = reading
        self._now = now

    def collect(self) -> Iterator[Metric]:
        try:
            with self._reading() as session:
                found = list(figures(session, self._now))
        except SQLAlchemyError:
            found = []
        yield gauge("banjian_database_up", "1 if the database answers.", 1 if found else 0)
        yield from found


def figures(session: Session, now: datetime) -> Iterator[Metric]:
    yield from _outbox(session, now)
    due = session.scalar(select(func.min(Instance.due_at)).where(Instance.ended_at.is_(None)))
    yield gauge(
        "banjian_timer_lag_seconds", "How long the most overdue timer waits.", _since(due, now)
    )
    yield gauge(
        "banjian_incidents_open", "Incidents that stand open.", repairs.count_open(session, None)
    )
    sealed = service.ages(session, now=now)["seal_age"]
    yield gauge("banjian_seal_age_seconds", "Age of the last seal over the audit trail.", sealed)
    pulse = session.scalar(select(Heartbeat.at).where(Heartbeat.name == service.PULSE))
    yield gauge(
        "banjian_pulse_age_seconds",
        "Since when no worker has answered beat.",
        None if pulse is None else _since(pulse, now),
    )
    yield _sessions(session, now)
    connections = GaugeMetricFamily(
        "banjian_database_connections", "Connections of all our processes.", labels=["state"]
    )
    for state, count in session.execute(CONNECTIONS):
        connections.add_metric([state], count)
    yield connections
    limit = session.scalar(LIMIT)
    yield gauge("banjian_database_connections_limit", "What PostgreSQL accepts in all.", limit)


def _outbox(session: Session, now: datetime) -> Iterator[Metric]:
    rows = GaugeMetricFamily(
        "banjian_outbox_rows", "Rows of the outbox that are not done.", labels=["state"]
    )
    oldest = GaugeMetricFamily(
        "banjian_outbox_oldest_seconds", "Age of the oldest of them.", labels=["state"]
    )
    for state, tally in repairs.tallies(session, None).items():
        if state is not OutboxState.DISCARDED:  # given up: nobody waits for it
            rows.add_metric([state.value], tally.count)
            oldest.add_metric([state.value], _since(tally.oldest, now))
    yield rows
    yield oldest


def _sessions(session: Session, now: datetime) -> Metric:
    live = GaugeMetricFamily("banjian_sessions", "Sessions that are not over.", labels=["kind"])
    idle = LoginSession.seen_at + func.make_interval(0, 0, 0, 0, 0, LoginSession.idle_minutes)
    statement = (
        select(LoginSession.kind, func.count())
        .where(
            LoginSession.ended_at.is_(None),
            LoginSession.expires_at > now,
            LoginSession.idle_minutes.is_(None) | (idle > now),
        )
        .group_by(LoginSession.kind)
    )
    for kind, count in session.execute(statement):
        live.add_metric([kind.value], count)
    return live


def gauge(name: str, words: str, value: float | None) -> Metric:
    """Without a value there is a name and no figure: an absence can be alarmed on, a 0 lies."""
    return GaugeMetricFamily(name, words, value=value)


def _since(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0
