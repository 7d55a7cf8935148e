"""The invariants of the house as SQL, for the faults and for a restored backup."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import dict_row

ENDED = "('closed', 'refused', 'cancelled', 'archived')"
STUCK = "60 seconds"
STATE_AFTER = """
    CASE WHEN kind = 'ticket.created' AND data->>'begun' = 'true' THEN 'running'
         WHEN kind = 'ticket.created' THEN 'draft'
         WHEN kind = 'ticket.begun' THEN 'running'
         WHEN kind = 'ticket.submitted' THEN 'running'
         WHEN kind = 'ticket.withdrawn' THEN 'withdrawn'
         WHEN kind = 'task.returned' AND data->>'to' = 'apply' THEN 'returned'
         WHEN kind LIKE 'ticket.ended.%' THEN substr(kind, 14) END
"""


class Rule(NamedTuple):
    """`query` answers what is wrong; a row names the ticket first, as `number`."""

    invariant: str  # I1 to I12 of the security notes
    words: str
    query: str


RULES = (
    Rule(
        "I2",
        "a task has at most one terminal outcome, and a done one exactly one",
        """
        SELECT i.number, t.id AS task, t.state, count(e.id) AS outcomes
        FROM task t JOIN instance i ON i.id = t.instance_id
        LEFT JOIN event e ON e.chain = 'ticket:' || i.number
          AND e.kind IN ('task.completed', 'task.returned') AND (e.data->>'task')::bigint = t.id
        -- What stays with the giver of a task that was handed on only shows whose it was.
        GROUP BY i.number, t.id, t.state, t.outcome, t.kind
        HAVING count(e.id) <> CASE WHEN t.state = 'done' AND t.outcome <> 'submit'
          AND t.kind <> 'handed' THEN 1 ELSE 0 END
        """,
    ),
    Rule(
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
    Rule(
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
    Rule(
        "I3",
        "what runs waits for people, a timer or a message, or has an incident; what ended does not",
        f"""
        SELECT k.number, k.state,
          (SELECT count(*) FROM task t WHERE t.instance_id = k.instance_id
             AND t.state IN ('open', 'claimed')) AS open
        FROM ticket k JOIN instance i ON i.id = k.instance_id
        WHERE (k.state IN ('running', 'returned', 'withdrawn')) <> EXISTS (
            SELECT FROM task t WHERE t.instance_id = k.instance_id
              AND t.state IN ('open', 'claimed')
            UNION ALL SELECT FROM timer WHERE instance_id = k.instance_id AND fired_at IS NULL
            UNION ALL SELECT FROM subscription WHERE instance_id = k.instance_id)
          AND k.state <> 'draft'
          AND NOT EXISTS (SELECT FROM incident n
            WHERE n.instance_id = k.instance_id AND n.state = 'open')
          OR (k.state IN {ENDED}) <> (i.ended_at IS NOT NULL)
        """,  # noqa: S608 - our own words
    ),
    Rule(
        "I3",
        "what was left for after the commit is done, or dead and shown",
        f"""
        SELECT coalesce(payload->>'ticket', key) AS number, topic, state, attempts, due_at, error
        FROM outbox WHERE state = 'waiting' AND created_at < now() - interval '{STUCK}'
        """,  # noqa: S608 - our own words
    ),
    Rule(
        "I7",
        "a timer fires within a minute, or its ticket has an incident",
        f"""
        SELECT i.number, t.node, t.due_at, i.due_tries FROM timer t
        JOIN instance i ON i.id = t.instance_id
        WHERE t.fired_at IS NULL AND t.due_at < now() - interval '{STUCK}'
          AND NOT EXISTS (SELECT FROM incident n
            WHERE n.instance_id = i.id AND n.state = 'open')
        """,  # noqa: S608 - our own words
    ),
    Rule(
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
    Rule(
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
    Rule(
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
    Rule(
        "I4",
        "an account is opened once an event",
        """
        SELECT object AS number, kind, data->>'account' AS account, data->>'row' AS row, count(*)
        FROM event WHERE kind IN ('account.opened', 'account.undone')
        GROUP BY object, kind, data HAVING count(*) > 1
        """,
    ),
    Rule(
        "I5",
        "one ledger row for each approved row, ledger and submission",
        """
        SELECT r.ticket AS number, r.name, r.row_no, count(*), array_agg(r.source) AS sources
        FROM ledger_row r JOIN ticket k ON k.number = r.ticket
        -- Other forms book a copy for the county, or a row for each subsystem.
        WHERE r.source NOT LIKE '%:undo' AND k.process = 'operator-account'
        GROUP BY r.ticket, r.name, r.row_no, split_part(split_part(r.source, '/', 2), '#', 1)
        HAVING count(*) > 1
        """,
    ),
    Rule(
        "I5",
        "who stands in the grants of a closed ticket's form stands in its accounts, and one does",
        """
        SELECT k.number, p.row, in_accounts.there AS accounts, in_grants.there AS grants
        FROM ticket k JOIN ticket_person p ON p.ticket_id = k.id
        CROSS JOIN LATERAL (
          SELECT EXISTS (SELECT FROM ledger_row r WHERE r.name = 'accounts'
            -- An account that an earlier submission opened, unchanged, is not booked again.
            AND r.corrects_id IS NULL AND r.ticket = k.number AND r.row_no = p.row
            AND NOT EXISTS (SELECT FROM ledger_row c WHERE c.corrects_id = r.id)) AS there
        ) in_accounts CROSS JOIN LATERAL (
          SELECT EXISTS (SELECT FROM ledger_row r WHERE r.name = 'grants'
            AND r.corrects_id IS NULL AND r.ticket = k.number AND r.row_no = p.row
            AND r.source LIKE k.number || '/' || k.submission || '#%') AS there
        ) in_grants
        WHERE k.state = 'closed' AND k.process = 'operator-account'
          AND (in_grants.there AND NOT in_accounts.there
            -- Who gives the posts may leave a row aside, in words that are sealed, but not all.
            OR NOT EXISTS (SELECT FROM ledger_row r WHERE r.name = 'grants' AND r.ticket = k.number
              AND r.source LIKE k.number || '/' || k.submission || '#%'))
        """,
    ),
    Rule(
        "I5",
        "what was not carried out stands in no ledger, or was booked back",
        """
        SELECT r.ticket AS number, r.name, r.source FROM ledger_row r
        JOIN ticket k ON k.number = r.ticket
        JOIN instance i ON i.id = k.instance_id
        WHERE r.corrects_id IS NULL AND r.name IN ('accounts', 'grants')
          AND k.process = 'operator-account' AND NOT EXISTS (
          SELECT FROM task t WHERE t.instance_id = i.id AND t.state = 'done'
            AND t.node = CASE r.name WHEN 'accounts' THEN 'account_execution'
                                     ELSE 'permission_execution' END
            AND t.submission = substring(r.source FROM '/([0-9]+)#')::int)
        """,
    ),
    Rule(
        "I5",
        "serials of a ledger have no gap",
        """
        SELECT name || ' ' || unit_code AS number, year, count(*), max(serial) FROM ledger_row
        GROUP BY name, unit_code, year HAVING count(*) <> max(serial)
        """,
    ),
    Rule(
        "I5",
        "an account is as its last ledger row says",
        """
        SELECT a.ticket AS number, a.id, a.state, last.act FROM account a
        JOIN LATERAL (
          SELECT r.values->>'act' AS act FROM ledger_row r
          -- The number of its row may be another person's in the next submission.
          WHERE r.name = 'accounts' AND r.account_id = a.id
            AND r.ticket = a.ticket AND r.row_no = a.row_no
          ORDER BY r.id DESC LIMIT 1
        ) last ON true
        WHERE (a.state = 'closed') <> (last.act = '撤销')
        """,
    ),
    Rule(
        "I5",
        "who has a post has it by a row of the ledger",
        """
        SELECT g.granted_ticket AS number, g.id, g.post FROM "grant" g
        WHERE g.state = 'active' AND NOT EXISTS (
          SELECT FROM ledger_row r WHERE r.name = 'grants' AND r.ticket = g.granted_ticket
            AND r.row_no = g.granted_row AND r.values->>'after' <> '无')
        """,
    ),
    Rule(
        "I5",
        "a document is sealed once",
        """
        SELECT object AS number, data->>'name' AS name, count(*) FROM event
        WHERE kind = 'document.frozen' GROUP BY object, data->>'name', data->>'code'
        HAVING count(*) > 1
        """,
    ),
    Rule(
        "I8",
        "nothing is decided on a ticket between its withdrawal and the next submission",
        """
        SELECT number, seq, kind FROM (
          SELECT replace(chain, 'ticket:', '') AS number, seq, kind,
            count(*) FILTER (WHERE kind = 'ticket.withdrawn') OVER w
              - count(*) FILTER (WHERE kind = 'ticket.submitted') OVER w AS balance,
            max(seq) FILTER (WHERE kind = 'ticket.withdrawn') OVER w AS withdrawn,
            max(seq) FILTER (WHERE kind = 'ticket.submitted') OVER w AS submitted
          FROM event WHERE chain LIKE 'ticket:%'
          WINDOW w AS (PARTITION BY chain ORDER BY seq)
        ) told
        WHERE kind IN ('task.completed', 'task.returned') AND withdrawn > submitted
        """,
    ),
    Rule(
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
    Rule(
        "I9",
        "a closed ticket has its document; nobody else has",
        """
        SELECT k.number, k.state, count(d.id) FROM ticket k
        LEFT JOIN document d ON d.instance_id = k.instance_id AND d.submission = k.submission
        WHERE k.process = 'operator-account' GROUP BY k.number, k.state
        HAVING count(d.id) <> CASE WHEN k.state = 'closed' THEN 1 ELSE 0 END
        """,
    ),
    Rule(
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
    Rule(
        "I4",
        "a repeated request that was answered has its answer kept",
        "SELECT key AS number, person_id FROM idempotency_key WHERE status IS NULL",
    ),
)


def broken(connection: psycopg.Connection[Any]) -> Iterator[tuple[Rule, dict[str, Any]]]:
    """Every row that breaks a rule."""
    for rule in RULES:
        with connection.cursor(row_factory=dict_row) as cursor:
            for row in cursor.execute(rule.query.encode()):
                yield rule, row
