"""What a sending and each of its rows is bound to; when a person wanted a gateway asked.

A sending from before is bound to nothing: it pauses before its next batch, and a person decides.
"""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("sending", "sending_delivery"):
        op.add_column(
            table,
            sa.Column("bound", sa.LargeBinary(), server_default=sa.text("''"), nullable=False),
        )
        op.alter_column(table, "bound", server_default=None)
    op.add_column("sending", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sending", sa.Column("asked_note", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("sending", "asked_note")
    op.drop_column("sending", "asked_at")
    for table in ("sending_delivery", "sending"):
        op.drop_column(table, "bound")
