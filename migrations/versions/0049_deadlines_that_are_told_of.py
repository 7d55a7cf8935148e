"""Deadlines are told of: when, to whom, and what is told next."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0049"
down_revision = "0045"
branch_labels = None
depends_on = None

OPEN = {"visit": "state = 'open'", "ticket": "closed_at IS NULL"}
MARKS = {
    "h": "'{remind -1h,escalate +1wd}'",
    "wd": "'{remind -1wd,remind +0wd,escalate +1wd}'",
}


def upgrade() -> None:
    for table, is_open in OPEN.items():
        op.add_column(table, sa.Column("due_marks", ARRAY(sa.Text())))
        op.add_column(table, sa.Column("due_told", ARRAY(sa.Text())))
        op.add_column(table, sa.Column("due_next_at", sa.DateTime(timezone=True)))
        for name, column in (("next", "due_next_at"), ("due_at", "due_at")):
            op.create_index(
                f"ix_{table}_{name}",
                table,
                [column, "id"],
                postgresql_where=sa.text(f"{is_open} AND {column} IS NOT NULL"),
            )
        _mark(table, is_open)
    op.create_table(
        "due_reminder",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("visit_id", sa.BigInteger()),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("people", ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("keys", ARRAY(sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _to("due_reminder", "instance_id", "instance"),
        _to("due_reminder", "visit_id", "visit"),
    )
    op.create_index("ix_due_reminder_instance", "due_reminder", ["instance_id", "id"])
    op.create_index(
        "ix_due_reminder_keys",
        "due_reminder",
        ["keys"],
        postgresql_using="gin",
        postgresql_where=sa.text("keys <> '{}'"),
    )


def _mark(table: str, is_open: str) -> None:
    """What is open and not over is told of as by default: the worker looks at each at once."""
    ends = " AND cardinality(due_pauses) % 2 = 0"
    for unit, marks in MARKS.items():
        is_hours = "" if unit == "h" else "NOT "
        op.execute(
            f"UPDATE {table} SET due_marks = {marks},"  # noqa: S608 - nothing is given
            f" due_next_at = CASE WHEN due_pauses IS NULL OR (true{ends}) THEN now() END"
            f" WHERE {is_open} AND due_at > now() AND {is_hours}due_rule ~ '^\\s*\\d+h'"
        )


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def downgrade() -> None:
    op.drop_table("due_reminder")
    for table in OPEN:
        for name in ("next", "due_at"):
            op.drop_index(f"ix_{table}_{name}", table_name=table)
        for column in ("due_next_at", "due_told", "due_marks"):
            op.drop_column(table, column)
