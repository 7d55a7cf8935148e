"""Deadlines of visits and tickets: the rule, what it is counted from and for, when it ends."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0051"
down_revision = "0050"
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
        op.create_index(f"ix_{table}_due", table, ["id"], postgresql_where=sa.text(condition))


def downgrade() -> None:
    for table in OPEN:
        op.drop_index(f"ix_{table}_due", table_name=table)
        for column in (
            *("due_pauses", "due_skipped", "due_is_estimate", "due_at", "due_unit_id"),
            *("due_since", "due_rule"),
        ):
            op.drop_column(table, column)
