"""The invariants of the house, judged with SQL from outside and with what clients remember."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from app.config import Settings
from app.core import crypto
from app.demo.people import id_number
from scripts.invariants import broken
from tests.faults.ground import Ground
from tests.faults.history import History, Said

# Invented people's numbers: area code 422899 and prefix 154 belong to nobody.
CANARY = re.compile(rb"(?<![0-9A-Za-z])(?:422899\d{11}[\dXx]|154\d{8})(?![0-9A-Za-z])")


@dataclass(frozen=True)
class Violation:
    invariant: str
    rule: str
    facts: Mapping[str, Any]
    history: Sequence[str] = field(default=())

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        lines = [f"{self.invariant} {self.rule}: {facts}", *(f"    {h}" for h in self.history[:12])]
        return "\n".join(lines)


def judge(ground: Ground, history: History) -> list[Violation]:
    """Everything that is wrong, once the site stands still."""
    crypto.configure(Settings.from_env(ground.settings).field_keys)
    with ground.connect() as connection:
        found = [
            Violation(
                rule.invariant, rule.words, row, history.about(str(row.get("number", ""))[-14:])
            )
            for rule, row in broken(connection)
        ]
        found += _acknowledged(connection, history)
        found += _booked(connection)
        found += _documents(connection)
        found += _files(connection, ground.data / "files")
        found += _probes(connection)
    return [*found, *_canaries(ground)]


def _booked(connection: psycopg.Connection[dict[str, Any]]) -> Iterable[Violation]:
    """I5: the clerks of the faults leave nobody aside, so nobody may be missing."""
    for row in connection.execute(
        "SELECT k.number, wanted.name, p.row FROM ticket k"
        " JOIN ticket_person p ON p.ticket_id = k.id"
        " CROSS JOIN (VALUES ('accounts'), ('grants')) wanted(name)"
        " WHERE k.state = 'closed' AND k.process = 'operator-account' AND NOT EXISTS ("
        "  SELECT FROM ledger_row r WHERE r.name = wanted.name AND r.corrects_id IS NULL"
        "  AND r.ticket = k.number AND r.row_no = p.row AND (r.name = 'accounts'"
        "  OR r.source LIKE k.number || '/' || k.submission || '#%'))"
    ):
        yield Violation("I5", "a closed ticket has every person in both ledgers", dict(row))


def _documents(connection: psycopg.Connection[dict[str, Any]]) -> Iterable[Violation]:
    """I9: a frozen document is there whole, and under its seal lie the bytes of its hash."""
    for row in connection.execute(
        "SELECT i.number, d.name, d.pdf, d.sha256 FROM document d"
        " JOIN instance i ON i.id = d.instance_id WHERE d.state = 'frozen'"
    ):
        try:
            whole = crypto.digest(crypto.unseal(bytes(row["pdf"] or b""))) == row["sha256"]
        except crypto.Unreadable:
            whole = False
        if not whole:
            facts = {"number": row["number"], "name": row["name"]}
            yield Violation("I9", "a sealed document is there whole, with its hash", facts)


def _files(connection: psycopg.Connection[dict[str, Any]], folder: Path) -> Iterable[Violation]:
    """I9: every file that a row names lies there, and under its seal the bytes of its hash.

    Files without a row are no violation on the day itself: the sweep gives a backup its time.
    """
    for row in connection.execute("SELECT id, file, sha256 FROM attachment"):
        try:
            data = crypto.unseal((folder / row["file"]).read_bytes())
        except (OSError, crypto.Unreadable):
            data = b""
        if crypto.digest(data) != row["sha256"]:
            yield Violation("I9", "an attachment is there whole, with its hash", {"id": row["id"]})
    for row in connection.execute(
        "SELECT b.id, b.instance_id FROM attachment_binding b"
        " LEFT JOIN instance i ON i.id = b.instance_id WHERE i.id IS NULL"
    ):
        yield Violation("I9", "a file belongs to a run that is there", dict(row))


def _acknowledged(
    connection: psycopg.Connection[dict[str, Any]], history: History
) -> Iterable[Violation]:
    """I1: what was answered with 2xx is there once; what was not, once or not at all."""
    by_person: dict[bytes, list[str]] = {}
    for row in connection.execute(
        "SELECT p.blind_index, k.number FROM ticket_person p JOIN ticket k ON k.id = p.ticket_id"
        " WHERE p.row = 1"
    ):
        by_person.setdefault(bytes(row["blind_index"] or b""), []).append(row["number"])
    terminal = {
        (int(row["task"]), row["kind"], row["outcome"])
        for row in connection.execute(
            "SELECT data->>'task' AS task, kind, data->>'outcome' AS outcome FROM event"
            " WHERE kind IN ('task.completed', 'task.returned')"
        )
    }
    done = {
        (row["id"], row["outcome"])
        for row in connection.execute("SELECT id, outcome FROM task WHERE state = 'done'")
    }
    told: dict[tuple[str, str], int] = {}
    for row in connection.execute("SELECT chain, kind, count(*) AS n FROM event GROUP BY 1, 2"):
        told[row["chain"].removeprefix("ticket:"), row["kind"]] = row["n"]
    acts = history.acts()
    for act in acts:
        if wrong := _wrong(act, by_person, terminal, done):
            about = history.about(f'"n": {act.n},')
            yield Violation("I1", wrong, {"n": act.n, **act.facts, "status": act.status}, about)
    for kind, event in (("withdraw", "ticket.withdrawn"), ("resubmit", "ticket.submitted")):
        sure: dict[str, int] = {}
        for act in acts:
            if act.kind == kind and act.acknowledged:
                sure[act.facts["ticket"]] = sure.get(act.facts["ticket"], 0) + 1
        for number, count in sure.items():
            there = told.get((number, event), 0) - (kind == "resubmit")
            if there < count:
                facts = {"number": number, "acknowledged": count, "there": there}
                yield Violation(
                    "I1", f"every acknowledged {kind} is there", facts, history.about(number)
                )


def _wrong(
    act: Said,
    by_person: Mapping[bytes, list[str]],
    terminal: set[tuple[int, str, str]],
    done: set[tuple[int, str]],
) -> str:
    if act.kind == "create":
        index = crypto.blind_index("id_number", id_number(act.facts["seed"]))
        there = by_person.get(index, [])
        if len(there) > 1:
            return f"one request made {len(there)} tickets: {there}"
        if act.acknowledged and there != [(act.answer or {}).get("number")]:
            return f"an acknowledged ticket is not there: {there}"
        if act.status is not None and not act.acknowledged and there:
            return f"a refused request left a ticket: {there}"
    if act.kind in ("complete", "return") and act.acknowledged:
        task, outcome = act.facts["task"], act.facts.get("outcome", "return")
        kind = "task.completed" if act.kind == "complete" else "task.returned"
        kept = act.facts.get("outcome") if act.kind == "complete" else None
        if (task, outcome) not in done:
            return "an acknowledged decision is not there"
        if (task, kind, kept) not in terminal:
            return "an acknowledged decision has no event"
    return ""


def _probes(connection: psycopg.Connection[dict[str, Any]]) -> Iterable[Violation]:
    """What the tables themselves must refuse, tried in a transaction that is given up."""
    for table, rule, copied in (
        ("ledger_row", "the table refuses a second row for (ledger, source)", "name, source"),
        ("event", "the table refuses a second event at a place of a chain", "chain, seq"),
        ("submission", "the table refuses a second submission n", "instance_id, n"),
        ("ticket", "the table refuses a second ticket of a number", "number"),
    ):
        columns = _columns(connection, table)
        # Another unique key must not answer for the one that is asked about.
        fresh = {"serial": "serial + 1000000", "instance_id": "-instance_id", "client_key": "NULL"}
        values = [
            sql.SQL(fresh[name]) if name in fresh and name not in copied else sql.Identifier(name)
            for name in columns
        ]
        query = sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {values} FROM {table} ORDER BY id LIMIT 1"
        ).format(
            table=sql.Identifier(table),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            values=sql.SQL(", ").join(values),
        )
        try:
            with connection.transaction(force_rollback=True):
                count = connection.execute(query).rowcount
        except psycopg.errors.UniqueViolation:
            continue
        except psycopg.errors.ForeignKeyViolation:
            count = 1
        if count:
            yield Violation("I5", rule, {"table": table})


def _columns(connection: psycopg.Connection[dict[str, Any]], table: str) -> list[str]:
    rows = connection.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND column_name <> 'id' AND is_generated = 'NEVER'",
        (table,),
    )
    return [row["column_name"] for row in rows]


def _canaries(ground: Ground) -> Iterable[Violation]:
    """I12: no number of an invented person stands clear in logs, sockets' folder or Redis."""
    files = [ground.log, *(ground.data / "log").glob("*")]
    files += [path for path in (ground.data / "run").rglob("*") if path.is_file()]
    for path in files:
        if path.is_file() and (found := CANARY.search(path.read_bytes())):
            yield Violation("I12", "no number in logs and temporary files", _place(path, found))
    broker = ground.redis()
    for key in broker.scan_iter():
        kept = broker.dump(key) or b""
        if found := CANARY.search(kept):
            yield Violation("I12", "no number in Redis", {"key": key.decode(), "at": found.start()})


def _place(path: Path, found: re.Match[bytes]) -> dict[str, Any]:
    return {"file": path.name, "at": found.start()}
