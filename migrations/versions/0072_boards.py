"""What stands at a step of a diagram, in the order of its deadlines."""

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_visit_board",
        "visit",
        ["node", sa.text("coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz)"), "id"],
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    op.drop_index("ix_visit_board", table_name="visit", postgresql_where=sa.text("state = 'open'"))
