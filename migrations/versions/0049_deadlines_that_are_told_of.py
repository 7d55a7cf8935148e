"""Deadlines are told of: when, to whom, and what is told next; and 督办."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0049"
down_revision = "0048"
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
        postgresql_with={"fastupdate": "off"},
        postgresql_where=sa.text("keys <> '{}'"),
    )
    _supervise()


def _supervise() -> None:
    op.add_column(
        "instance", sa.Column("supervision_count", sa.Integer(), server_default="0", nullable=False)
    )
    op.create_table(
        "supervision",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("visit_id", sa.BigInteger()),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("demand", sa.Text(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("opened_by_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_unit", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("closed_by_id", sa.BigInteger()),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closing", sa.Text(), nullable=False),
        _to("supervision", "instance_id", "instance"),
        _to("supervision", "visit_id", "visit"),
        _to("supervision", "opened_by_id", "person"),
        _to("supervision", "closed_by_id", "person"),
    )
    op.create_index("ix_supervision_instance", "supervision", ["instance_id", "id"])
    stands = sa.text("state <> 'closed'")
    op.create_index("ix_supervision_open", "supervision", ["id"], postgresql_where=stands)
    op.create_index(
        "uq_supervision_open",
        "supervision",
        ["instance_id", "visit_id"],
        unique=True,
        postgresql_where=stands,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "supervision_answer",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("supervision_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _to("supervision_answer", "supervision_id", "supervision"),
        _to("supervision_answer", "person_id", "person"),
    )
    op.create_index("ix_supervision_answer_of", "supervision_answer", ["supervision_id", "id"])


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
    op.drop_table("supervision_answer")
    op.drop_table("supervision")
    op.drop_column("instance", "supervision_count")
    op.drop_table("due_reminder")
    for table in OPEN:
        for name in ("next", "due_at"):
            op.drop_index(f"ix_{table}_{name}", table_name=table)
        for column in ("due_next_at", "due_told", "due_marks"):
            op.drop_column(table, column)
