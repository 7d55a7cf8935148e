"""A task offered to one person alone keeps the positions it was offered to."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "task", sa.Column("is_shared", sa.Boolean(), server_default="false", nullable=False)
    )
    # Until now a task kept its candidates only where there were several of them.
    op.execute("UPDATE task SET is_shared = true WHERE candidates <> '{}'")
    op.alter_column("task", "is_shared", server_default=None)


def downgrade() -> None:
    # Before, candidates on a task said that somebody took it from others.
    op.execute("UPDATE task SET candidates = '{}' WHERE NOT is_shared AND assignee_id IS NOT NULL")
    op.drop_column("task", "is_shared")
