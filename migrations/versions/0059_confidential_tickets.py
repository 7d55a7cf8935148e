"""Tickets that are known to their requester and to whoever has a step of them, to nobody else."""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("instance", "ticket"):
        column = sa.Column(
            "is_confidential", sa.Boolean(), server_default=sa.text("false"), nullable=False
        )
        op.add_column(table, column)
    op.create_index(
        "ix_ticket_confidential",
        "ticket",
        ["number"],
        postgresql_where=sa.text("is_confidential"),
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_confidential", table_name="ticket")
    for table in ("ticket", "instance"):
        op.drop_column(table, "is_confidential")
