"""Indexes in which is counted: running tickets of a version, a month of a book."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_instance_running",
        "instance",
        ["version_id"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_ledger_row_stand",
        "ledger_row",
        ["name", "unit_id", "at"],
        postgresql_include=["serial"],
    )


def downgrade() -> None:
    op.drop_index("ix_ledger_row_stand", table_name="ledger_row")
    op.drop_index("ix_instance_running", table_name="instance")
