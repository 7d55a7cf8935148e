"""Visits that several people decide; tasks that are handed on, added, delegated and urged."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

# Outside, a share whose turn has not come is open: it is not done.
REPORT = """
CREATE OR REPLACE VIEW report_tasks AS
SELECT task.id, instance.number AS ticket, task.node, task.round,
       login.username AS assignee, {state} AS state, task.outcome, task.opened_at, task.done_at,
       task.due_at
FROM task
JOIN instance ON instance.id = task.instance_id
LEFT JOIN login ON login.person_id = task.assignee_id
"""
TURNS = "(CASE task.state WHEN 'waiting' THEN 'open' ELSE task.state END)::varchar(32)"
ADDED = {
    "kind": (sa.String(32), "main"),
    "place": (sa.Integer(), "0"),
    "urge_count": (sa.Integer(), "0"),
}


def upgrade() -> None:
    op.add_column("visit", sa.Column("shares", sa.Integer(), nullable=False, server_default="1"))
    op.alter_column("visit", "shares", server_default=None)
    for name, (kind, default) in ADDED.items():
        op.add_column("task", sa.Column(name, kind, nullable=False, server_default=default))
        op.alter_column("task", name, server_default=None)
    op.add_column("task", sa.Column("parent_id", sa.BigInteger(), nullable=True))
    op.add_column("task", sa.Column("for_id", sa.BigInteger(), nullable=True))
    op.add_column("task", sa.Column("urged_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(op.f("fk_task_parent_id_task"), "task", "task", ["parent_id"], ["id"])
    op.create_foreign_key(op.f("fk_task_for_id_person"), "task", "person", ["for_id"], ["id"])
    op.execute(REPORT.format(state=TURNS))


def downgrade() -> None:
    op.execute(REPORT.format(state="task.state"))
    for name in (*ADDED, "urged_at", "for_id", "parent_id"):
        op.drop_column("task", name)
    op.drop_column("visit", "shares")
