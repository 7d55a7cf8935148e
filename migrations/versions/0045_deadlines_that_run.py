"""Deadlines of visits and tickets: the rule, what it is counted from and for, when it ends."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

OPEN = {
    "visit": "state = 'open' AND due_rule IS NOT NULL",
    "ticket": "closed_at IS NULL AND due_rule IS NOT NULL",
}


def upgrade() -> None:
    for table, condition in OPEN.items():
        op.add_column(table, sa.Column("due_rule", sa.Text()))
        op.add_column(table, sa.Column("due_since", sa.DateTime(timezone=True)))
        op.add_column(
            table,
            sa.Column(
                "due_unit_id",
                sa.BigInteger(),
                sa.ForeignKey("unit.id", name=op.f(f"fk_{table}_due_unit_id_unit")),
            ),
        )
        op.add_column(table, sa.Column("due_at", sa.DateTime(timezone=True)))
        op.add_column(
            table,
            sa.Column("due_is_estimate", sa.Boolean(), server_default="false", nullable=False),
        )
        op.add_column(table, sa.Column("due_skipped", ARRAY(sa.Date())))
        op.add_column(table, sa.Column("due_pauses", ARRAY(sa.DateTime(timezone=True))))
        op.create_index(
            f"ix_{table}_due", table, ["instance_id", "id"], postgresql_where=sa.text(condition)
        )
    op.create_table(
        "due_recount",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger()),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("of_tickets", sa.Boolean(), nullable=False),
        sa.Column("after_instance", sa.BigInteger(), nullable=False),
        sa.Column("after_id", sa.BigInteger(), nullable=False),
        _to("due_recount", "notice_id", "calendar_notice"),
        _to("due_recount", "unit_id", "unit"),
    )
    op.create_index("ix_due_recount_notice", "due_recount", ["notice_id"])
    op.create_table(
        "due_change",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("recount_id", sa.BigInteger(), nullable=False),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("visit_id", sa.BigInteger()),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("was_estimate", sa.Boolean(), nullable=False),
        sa.Column("is_estimate", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _to("due_change", "recount_id", "due_recount"),
        _to("due_change", "instance_id", "instance"),
        _to("due_change", "visit_id", "visit"),
    )
    op.create_index("ix_due_change_instance", "due_change", ["instance_id", "id"])


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def downgrade() -> None:
    op.drop_table("due_change")
    op.drop_table("due_recount")
    for table in OPEN:
        op.drop_index(f"ix_{table}_due", table_name=table)
        for column in (
            *("due_pauses", "due_skipped", "due_is_estimate", "due_at", "due_unit_id"),
            *("due_since", "due_rule"),
        ):
            op.drop_column(table, column)
