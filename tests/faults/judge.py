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
from tests.faults.ground import Ground
from tests.faults.history import History, Said

# Invented people's numbers: area code 422899 and prefix 154 belong to nobody.
CANARY = re.compile(rb"(?<![0-9A-Za-z])(?:422899\d{11}[\dXx]|154\d{8})(?![0-9A-Za-z])")
ENDED = "('closed', 'refused', 'cancelled', 'archived')"
STUCK = "60 seconds"
STATE_AFTER = """
    CASE WHEN kind = 'ticket.created' THEN 'draft'
         WHEN kind = 'ticket.submitted' THEN 'running'
         WHEN kind = 'ticket.withdrawn' THEN 'withdrawn'
         WHEN kind = 'task.returned' AND data->>'to' = 'apply' THEN 'returned'
         WHEN kind LIKE 'ticket.ended.%%' THEN substr(kind, 14) END
"""

# Each query answers what is wrong; a row names the ticket first. (invariant, rule, query)
RULES: tuple[tuple[str, str, str], ...] = (
    (
        "I2",
        "a task has at most one terminal outcome, and a done one exactly one",
        """
        SELECT i.number, t.id AS task, t.state, count(e.id) AS outcomes
        FROM task t JOIN instance i ON i.id = t.instance_id
        LEFT JOIN event e ON e.chain = 'ticket:' || i.number
          AND e.kind IN ('task.completed', 'task.returned') AND (e.data->>'task')::bigint = t.id
        GROUP BY i.number, t.id, t.state, t.outcome
        HAVING count(e.id) <> CASE WHEN t.state = 'done' AND t.outcome <> 'submit' THEN 1 ELSE 0 END
        """,
    ),
    (
        "I2",
        "a ticket's state is the replay of its events",
        f"""
        SELECT k.number, k.state, replay.state AS replayed FROM ticket k
        LEFT JOIN LATERAL (
          SELECT {STATE_AFTER} AS state FROM event
          WHERE chain = 'ticket:' || k.number AND {STATE_AFTER} IS NOT NULL
          ORDER BY seq DESC LIMIT 1
        ) replay ON true
        WHERE replay.state IS DISTINCT FROM k.state
        """,  # noqa: S608 - our own words
    ),
    (
        "I2",
        "the engine waits where a visit is open, and nowhere else",
        """
        SELECT i.number, i.open_visits, array_agg(v.key) FILTER (WHERE v.state = 'open') AS open
        FROM instance i LEFT JOIN visit v ON v.instance_id = i.id
        WHERE i.submission_count > 0 AND i.ended_at IS NULL
        GROUP BY i.id
        HAVING (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(i.open_visits) k)
          IS DISTINCT FROM array_agg(v.key ORDER BY v.key) FILTER (WHERE v.state = 'open')
        """,
    ),
    (
        "I3",
        "what runs has an open task or an incident; what ended has neither",
        f"""
        SELECT k.number, k.state,
          (SELECT count(*) FROM task t WHERE t.instance_id = k.instance_id
             AND t.state IN ('open', 'claimed')) AS open
        FROM ticket k JOIN instance i ON i.id = k.instance_id
        WHERE (k.state IN ('running', 'returned', 'withdrawn')) <> EXISTS (
            SELECT FROM task t WHERE t.instance_id = k.instance_id
              AND t.state IN ('open', 'claimed'))
          AND k.state <> 'draft'
          AND NOT EXISTS (SELECT FROM incident n
            WHERE n.instance_id = k.instance_id AND n.state = 'open')
          OR (k.state IN {ENDED}) <> (i.ended_at IS NOT NULL)
        """,  # noqa: S608 - our own words
    ),
    (
        "I3",
        "what was left for after the commit is done, or dead and shown",
        f"""
        SELECT coalesce(payload->>'ticket', key) AS number, topic, state, attempts, due_at, error
        FROM outbox WHERE state = 'waiting' AND created_at < now() - interval '{STUCK}'
        """,  # noqa: S608 - our own words
    ),
    (
        "I4",
        "chains have no gap and each event holds the hash of the one before",
        """
        SELECT chain AS number, seq, kind FROM (
          SELECT chain, seq, kind, prev_hash,
            row_number() OVER w AS place, lag(hash) OVER w AS before
          FROM event WINDOW w AS (PARTITION BY chain ORDER BY seq)
        ) links
        WHERE seq <> place OR prev_hash <> coalesce(before, decode(repeat('00', 32), 'hex'))
        """,
    ),
    (
        "I4",
        "the head on the instance is the last event of its chain",
        """
        SELECT i.number, i.audit_seq, last.seq FROM instance i
        LEFT JOIN LATERAL (
          SELECT seq, hash FROM event WHERE chain = 'ticket:' || i.number ORDER BY seq DESC LIMIT 1
        ) last ON true
        WHERE i.audit_seq <> coalesce(last.seq, 0)
          OR last.seq IS NOT NULL AND i.audit_hash <> last.hash
        """,
    ),
    (
        "I4",
        "as many submissions as events of it",
        """
        SELECT i.number, i.submission_count,
          (SELECT count(*) FROM submission s WHERE s.instance_id = i.id) AS kept,
          (SELECT count(*) FROM event e WHERE e.chain = 'ticket:' || i.number
             AND e.kind = 'ticket.submitted') AS told
        FROM instance i
        WHERE i.submission_count <> (SELECT count(*) FROM submission s WHERE s.instance_id = i.id)
          OR i.submission_count <> (SELECT count(*) FROM event e
            WHERE e.chain = 'ticket:' || i.number AND e.kind = 'ticket.submitted')
        """,
    ),
    (
        "I4",
        "an account is opened once an event",
        """
        SELECT object AS number, kind, data->>'account' AS account, data->>'row' AS row, count(*)
        FROM event WHERE kind IN ('account.opened', 'account.undone')
        GROUP BY object, kind, data HAVING count(*) > 1
        """,
    ),
    (
        "I5",
        "one ledger row for each approved row, ledger and submission",
        """
        SELECT ticket AS number, name, row_no, count(*), array_agg(source) AS sources
        FROM ledger_row WHERE source NOT LIKE '%%:undo'
        GROUP BY ticket, name, row_no, split_part(split_part(source, '/', 2), '#', 1)
        HAVING count(*) > 1
        """,
    ),
    (
        "I5",
        "a closed ticket stands in both ledgers, with every person of its form",
        """
        SELECT k.number, wanted.name, p.row FROM ticket k
        JOIN ticket_person p ON p.ticket_id = k.id
        CROSS JOIN (VALUES ('accounts'), ('grants')) wanted(name)
        WHERE k.state = 'closed' AND k.process = 'operator-account' AND NOT EXISTS (
          SELECT FROM ledger_row r WHERE r.name = wanted.name AND r.corrects_id IS NULL
            AND r.ticket = k.number AND r.row_no = p.row
            -- An account that an earlier submission opened, unchanged, is not booked again.
            AND (r.name = 'accounts' OR r.source LIKE k.number || '/' || k.submission || '#%%'))
        """,
    ),
    (
        "I5",
        "what was not carried out stands in no ledger, or was booked back",
        """
        SELECT r.ticket AS number, r.name, r.source FROM ledger_row r
        JOIN ticket k ON k.number = r.ticket
        JOIN instance i ON i.id = k.instance_id
        WHERE r.corrects_id IS NULL AND NOT EXISTS (
          SELECT FROM task t WHERE t.instance_id = i.id AND t.state = 'done'
            AND t.node = CASE r.name WHEN 'accounts' THEN 'account_execution'
                                     ELSE 'permission_execution' END
            AND t.submission = split_part(split_part(r.source, '/', 2), '#', 1)::int)
        """,
    ),
    (
        "I5",
        "serials of a ledger have no gap",
        """
        SELECT name || ' ' || unit_code AS number, year, count(*), max(serial) FROM ledger_row
        GROUP BY name, unit_code, year HAVING count(*) <> max(serial)
        """,
    ),
    (
        "I5",
        "an account is as its last ledger row says",
        """
        SELECT a.ticket AS number, a.id, a.state, last.act FROM account a
        JOIN LATERAL (
          SELECT r.values->>'act' AS act FROM ledger_row r
          WHERE r.name = 'accounts' AND r.ticket = a.ticket AND r.row_no = a.row_no
          ORDER BY r.id DESC LIMIT 1
        ) last ON true
        WHERE (a.state = 'active') <> (last.act <> '撤销')
        """,
    ),
    (
        "I5",
        "who has a post has it by a row of the ledger",
        """
        SELECT g.granted_ticket AS number, g.id, g.post FROM "grant" g
        WHERE g.state = 'active' AND NOT EXISTS (
          SELECT FROM ledger_row r WHERE r.name = 'grants' AND r.ticket = g.granted_ticket
            AND r.row_no = g.granted_row AND r.values->>'after' <> '无')
        """,
    ),
    (
        "I5",
        "a document is sealed once",
        """
        SELECT object AS number, data->>'name' AS name, count(*) FROM event
        WHERE kind = 'document.frozen' GROUP BY object, data->>'name', data->>'code'
        HAVING count(*) > 1
        """,
    ),
    (
        "I8",
        "nothing is decided on a ticket between its withdrawal and the next submission",
        """
        SELECT number, seq, kind FROM (
          SELECT replace(chain, 'ticket:', '') AS number, seq, kind,
            count(*) FILTER (WHERE kind = 'ticket.withdrawn') OVER w
              - count(*) FILTER (WHERE kind = 'ticket.submitted') OVER w AS balance,
            max(seq) FILTER (WHERE kind = 'ticket.withdrawn') OVER w AS withdrawn,
            max(seq) FILTER (WHERE kind = 'ticket.submitted') OVER w AS submitted
          FROM event WHERE chain LIKE 'ticket:%%'
          WINDOW w AS (PARTITION BY chain ORDER BY seq)
        ) told
        WHERE kind IN ('task.completed', 'task.returned') AND withdrawn > submitted
        """,
    ),
    (
        "I8",
        "a withdrawn submission was decided by nobody",
        """
        SELECT w.object AS number, w.seq, d.seq AS decided FROM event w
        JOIN event d ON d.chain = w.chain AND d.seq < w.seq
          AND d.kind IN ('task.completed', 'task.returned')
        WHERE w.kind = 'ticket.withdrawn' AND d.seq > (
          SELECT max(s.seq) FROM event s
          WHERE s.chain = w.chain AND s.seq < w.seq AND s.kind = 'ticket.submitted')
        """,
    ),
    (
        "I9",
        "a closed ticket has its document; nobody else has",
        """
        SELECT k.number, k.state, count(d.id) FROM ticket k
        LEFT JOIN document d ON d.instance_id = k.instance_id AND d.submission = k.submission
        WHERE k.process = 'operator-account' GROUP BY k.number, k.state
        HAVING count(d.id) <> CASE WHEN k.state = 'closed' THEN 1 ELSE 0 END
        """,
    ),
    (
        "I9",
        "a document does not wait longer than a minute",
        f"""
        SELECT i.number, d.name, o.state AS outbox, o.attempts, o.due_at, o.error FROM document d
        JOIN instance i ON i.id = d.instance_id
        LEFT JOIN outbox o ON o.topic = 'documents.freeze'
          AND o.key = i.number || ':' || d.name || ':' || d.submission
        WHERE d.state = 'pending' AND d.created_at < now() - interval '{STUCK}'
        """,  # noqa: S608 - our own words
    ),
    (
        "I4",
        "a repeated request that was answered has its answer kept",
        "SELECT key AS number, person_id FROM idempotency_key WHERE status IS NULL",
    ),
)


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
            Violation(invariant, rule, row, history.about(str(row.get("number", ""))[-14:]))
            for invariant, rule, query in RULES
            for row in connection.execute(query.replace("%%", "%").encode()).fetchall()
        ]
        found += _acknowledged(connection, history)
        found += _documents(connection)
        found += _files(connection, ground.data / "files")
        found += _probes(connection)
    return [*found, *_canaries(ground)]


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
