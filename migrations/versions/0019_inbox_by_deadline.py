"""The inbox lists by deadline: an index in its order."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('open', 'claimed') AND assignee_id IS NOT NULL")
DUE = sa.text("coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz)")


def upgrade() -> None:
    op.drop_index("ix_task_todo", "task")
    op.create_index(
        "ix_task_todo", "task", ["assignee_id", DUE, "opened_at", "id"], postgresql_where=OPEN
    )


def downgrade() -> None:
    op.drop_index("ix_task_todo", "task")
    op.create_index(
        "ix_task_todo", "task", ["assignee_id", "opened_at", "id"], postgresql_where=OPEN
    )
