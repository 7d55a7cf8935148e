"""Sums of closed tickets, what waits to be counted, and an index of tickets that are not over.

What is closed already waits like anything else that closes: the first minutes' jobs count it.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

COUNTS = ("closed", "on_time", "late", "paused", "days")
UNDECIDED = "state IN ('running', 'returned', 'suspended', 'withdrawn')"


def upgrade() -> None:
    op.create_table(
        "closing",
        sa.Column("instance_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_closing_instance_id_instance")
        ),
    )
    op.create_table(
        "closing_year",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        *(sa.Column(name, ARRAY(sa.Integer()), nullable=False) for name in COUNTS),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_closing_year_unit_id_unit")
        ),
        sa.PrimaryKeyConstraint("year", "unit_id", "process", name=op.f("pk_closing_year")),
    )
    op.execute(
        "INSERT INTO closing SELECT instance_id FROM ticket "
        "WHERE closed_at IS NOT NULL AND state IN ('closed', 'archived', 'refused')"
    )
    op.create_index(
        "ix_ticket_undecided",
        "ticket",
        ["unit_id", "process", "state"],
        postgresql_where=sa.text(UNDECIDED),
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_undecided", table_name="ticket")
    op.drop_table("closing_year")
    op.drop_table("closing")
