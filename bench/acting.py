"""Completing a task over REST, at 1, 2, 4 and 8 clients beside pgbench in the same run.

One plain approval with one successor: token, rights, audit, the whole road of an act. pgbench does
the same locking read and four writes in the same PostgreSQL (`step.sql`), so their ratio says what
the office adds to what the database must do anyway.
"""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from bench.clients import Driven, ask, drive, request
from bench.figures import Figure
from bench.setting import Setting
from scripts.cluster import Cluster, binaries
from scripts.process import wait_until
from scripts.served import Site
from scripts.settings import password_in

HERE = Path(__file__).resolve().parent
CLERK, DECIDER = "yaohaiyang", "qinyongan"
PASSWORD = "Banjian-2026"  # noqa: S105 - of the invented people
PROCESS = "plain-approval"
CLIENTS = (1, 2, 4, 8)
STEP = "bench_step"
SINGLE = 40  # acts one by one, for counting statements
APART = 100_000  # ids of copies lie so far from those of their original
# What a ticket consists of, and which columns name it or its parts; `number` is its number.
PARTS = {
    "instance": ("id",),
    "ticket": ("id", "instance_id"),
    "submission": ("id", "instance_id"),
    "node_log": ("id", "instance_id"),
    "visit": ("id", "instance_id"),
    "task": ("id", "visit_id", "instance_id"),
    "event": ("id",),
}
NAMES = {"instance": ("number",), "ticket": ("number",), "event": ("chain", "object")}
# The first word of a statement, which may begin on the line below.
LOGGED = re.compile(r"^LOG:  (?:statement|execute [^:\n]*):\s*(\S+)", re.MULTILINE)


def run(setting: Setting) -> list[Figure]:
    seconds, copies = (1.5, 8_000) if setting.quick else (6.0, 32_000)
    with setting.site("acting") as site:
        site.command("processes", "deploy", str(HERE / "process"), "--publish")
        acts = _acts(site, copies)
        _make_step(site)
        drive(site.url, acts, clients=4, seconds=1)  # warm: prepared statements, caches
        figures = _statements(site, acts)
        for clients in CLIENTS:
            figures += _beside(site, acts, clients, seconds)
    return figures


def _acts(site: Site, copies: int) -> Iterator[bytes]:
    """Completions of copies of one ticket, each of another."""
    clerk, decider = (_token(site, name) for name in (CLERK, DECIDER))
    body = {"process": PROCESS, "answers": {"subject": "测速", "text": "请签批。" * 20}}
    made = ask(site.url, request(site.url, "POST", "/api/v1/tickets", token=clerk, body=body))
    copy(site, str(made["number"]), copies)
    rows = site.rows(
        "SELECT task.id, task.version FROM task JOIN instance ON instance.id = instance_id"
        " WHERE instance.number LIKE %s AND task.state = 'open' ORDER BY task.id",
        f"{made['number']}-%",
    )
    return (
        request(
            site.url,
            "POST",
            f"/api/v1/tasks/{row['id']}/complete",
            token=decider,
            body={"version": row["version"], "outcome": "approve", "opinion": "同意。"},
        )
        for row in rows
    )


def copy(site: Site, number: str, copies: int) -> None:
    """Copy a ticket with all that hangs on it. The copies' audit chains do not verify."""
    with site.connect() as connection:
        for table, ids in PARTS.items():
            changed = [f"'{name}', t.{name} + g::bigint * {APART}" for name in ids]
            changed += [f"'{name}', t.{name} || '-' || g" for name in NAMES.get(table, ())]
            own = {
                "instance": "t.number = %s",
                "ticket": "t.number = %s",
                "event": "t.chain = 'ticket:' || %s",
            }.get(table, "t.instance_id = (SELECT id FROM instance WHERE number = %s)")
            statement = (  # of our own words alone
                f"INSERT INTO {table} SELECT (jsonb_populate_record(t, "
                f"jsonb_build_object({', '.join(changed)}))).* "
                f"FROM {table} AS t, generate_series(1, {copies}) AS g WHERE {own}"
            )
            connection.execute(sql.SQL(statement), [number])
        connection.execute("ANALYZE")


def _token(site: Site, username: str) -> str:
    named = {"username": username, "password": PASSWORD}
    answer = ask(site.url, request(site.url, "POST", "/api/v1/tokens", body=named))
    return str(answer["token"])


def _statements(site: Site, acts: Iterator[bytes]) -> list[Figure]:
    """What PostgreSQL itself logs of acts one by one, while nobody else speaks to it."""
    log = site.data / "log" / "postgres.log"
    with _held(site), _logging(site):
        before = log.stat().st_size
        for _ in range(SINGLE):
            ask(site.url, next(acts))
        wait_until(lambda: _counted(log, before)["commit"] >= SINGLE, 5)
        counted = _counted(log, before)
    return [
        Figure("SQL statements a completion", counted["other"] / SINGLE, "", 12),
        Figure("commits a completion", counted["commit"] / SINGLE, "", 1),
        Figure(
            "empty round trips a completion",
            (counted["begin"] + counted["rollback"]) / SINGLE,
            "",
            note="BEGIN, ROLLBACK",
        ),
    ]


def _counted(log: Path, since: int) -> dict[str, int]:
    counted = dict.fromkeys(("begin", "commit", "rollback", "other"), 0)
    with log.open("rb") as file:
        file.seek(since)
        for word in LOGGED.findall(file.read().decode(errors="replace")):
            kind = word.lower()
            counted[kind if kind in counted else "other"] += 1
    return counted


@contextmanager
def _logging(site: Site) -> Iterator[None]:
    with site.connect() as connection:
        connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        connection.execute("SELECT pg_reload_conf()")
        told = "SELECT current_setting('log_statement') AS at"
        wait_until(lambda: site.rows(told)[0]["at"] == "all", 5)
    try:
        yield
    finally:
        with site.connect() as connection:
            connection.execute("ALTER SYSTEM RESET log_statement")
            connection.execute("SELECT pg_reload_conf()")


@contextmanager
def _held(site: Site) -> Iterator[None]:
    """Worker and beat stand still: their statements are not the act's."""
    still = [pid for kind in ("beat", "worker") for pid in site.heads(kind) + site.members(kind)]
    for pid in still:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in still:
            os.kill(pid, signal.SIGCONT)


def _beside(site: Site, acts: Iterator[bytes], clients: int, seconds: float) -> list[Figure]:
    """Half of pgbench before and half after, so that a machine that slows down slows both."""
    first = _pgbench(site, clients, seconds / 2)
    web, database = site.cpu("web"), site.cpu("postgres")
    driven = drive(site.url, acts, clients=clients, seconds=seconds)
    web, database = site.cpu("web") - web, site.cpu("postgres") - database
    plain = (first + _pgbench(site, clients, seconds / 2)) / 2
    _expect_all_done(driven)
    at = f"at {clients} client{'s' if clients > 1 else ''}"
    return [
        Figure(f"completions {at}", driven.rate, "/s", note=_waits(driven)),
        Figure(f"step.sql {at}", plain, "/s", note="pgbench -M simple"),
        Figure(
            f"completions ÷ step.sql {at}",
            driven.rate / plain,
            "",
            0.08 if clients == CLIENTS[-1] else None,
            at_most=False,
        ),
        Figure(
            f"web a completion {at}",
            web / driven.done * 1000,
            "ms CPU",
            4 if clients == 1 else None,
        ),
        Figure(f"PostgreSQL a completion {at}", database / driven.done * 1000, "ms CPU"),
    ]


def _expect_all_done(driven: Driven) -> None:
    if set(driven.statuses) != {200}:
        raise RuntimeError(f"Not all were done: {dict(driven.statuses)} {driven.refused}")


def _waits(driven: Driven) -> str:
    waited = sorted(driven.waited)
    half, most = (waited[int(len(waited) * share)] * 1000 for share in (0.5, 0.95))
    return f"p50 {half:.0f} ms, p95 {most:.0f} ms"


def _step_cluster(site: Site) -> Cluster:
    """The site's own PostgreSQL: the same files, the same settings, the same disk."""
    password = password_in(site.settings["DATABASE_URL"]) or ""
    return Cluster(site.data / "pg", site.data / "run" / "pg", password)


def _make_step(site: Site) -> None:
    cluster = _step_cluster(site)
    cluster.create(STEP)
    with psycopg.connect(cluster.url(STEP), autocommit=True) as connection:
        for statement in (HERE / "schema.sql").read_text().split(";"):
            if statement.strip():
                connection.execute(statement.encode())


def _pgbench(site: Site, clients: int, seconds: float) -> float:
    command = [
        str(binaries() / "pgbench"),
        *("-n", "-f", str(HERE / "step.sql"), "-M", "simple"),
        *("-c", str(clients), "-j", str(min(2, clients)), "-T", str(max(1, round(seconds)))),
        _step_cluster(site).url(STEP),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None:
        raise RuntimeError(done.stdout + done.stderr)
    return float(found[1])
