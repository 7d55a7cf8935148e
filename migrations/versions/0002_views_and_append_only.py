"""Report views, and tables that only ever grow.

The text stands here and not in a room: a migration must do tomorrow what it did today.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

VIEWS = {
    "report_tickets": """
        SELECT ticket.number, ticket.process, process_version.number AS version, ticket.state,
               login.username AS requester, unit.code AS unit, ticket.created_at, ticket.closed_at
        FROM ticket
        JOIN instance ON instance.id = ticket.instance_id
        JOIN process_version ON process_version.id = instance.version_id
        JOIN unit ON unit.id = ticket.unit_id
        LEFT JOIN login ON login.person_id = ticket.requester_id
    """,
    "report_tasks": """
        SELECT task.id, instance.number AS ticket, task.node, task.round,
               login.username AS assignee, task.state, task.outcome, task.opened_at, task.done_at,
               task.due_at
        FROM task
        JOIN instance ON instance.id = task.instance_id
        LEFT JOIN login ON login.person_id = task.assignee_id
    """,
    "report_events": """
        SELECT event.seq, event.chain, event.at, login.username AS actor, event.kind AS type,
               event.object, encode(event.hash, 'hex') AS hash,
               encode(event.prev_hash, 'hex') AS prev_hash
        FROM event LEFT JOIN login ON login.person_id = event.actor_id
    """,
    "report_accounts": """
        SELECT encode(account.person_ref, 'hex') AS person_ref, unit.code AS unit, account.kind,
               account.state, account.ticket, account.row_no, account.at
        FROM account JOIN unit ON unit.id = account.unit_id
    """,
    "report_grants": """
        SELECT encode(account.person_ref, 'hex') AS person_ref, "grant".subsystem, "grant".post,
               "grant".state, "grant".ticket, "grant".row_no, "grant".at
        FROM "grant" JOIN account ON account.id = "grant".account_id
    """,
    "report_ledger": """
        SELECT name, unit_code AS unit, year, serial, ticket, at FROM ledger_row
    """,
    "report_outbox": """
        SELECT id, topic, state, attempts, created_at, done_at FROM outbox
    """,
}
APPEND_ONLY = ("event", "ledger_row")
REFUSE_CHANGE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION USING
    ERRCODE = 'restrict_violation',
    MESSAGE = TG_TABLE_NAME || ': rows are only ever added';
END
$body$
"""


def upgrade() -> None:
    for name, text in VIEWS.items():
        op.execute(f"CREATE VIEW {name} AS {text}")
    op.execute(REFUSE_CHANGE)
    refuse = "EXECUTE FUNCTION refuse_change()"
    for table in APPEND_ONLY:
        row = f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {refuse}"
        whole = f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}"
        op.execute(f"CREATE TRIGGER {table}_append_only {row}")
        op.execute(f"CREATE TRIGGER {table}_no_truncate {whole}")


def downgrade() -> None:
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
    op.execute("DROP FUNCTION refuse_change()")
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW {name}")
