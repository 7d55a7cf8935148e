"""Incidents know their kind, tries and end; outbox rows know their ticket."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"
branch_labels = None
depends_on = None

TICKET_OF = """
UPDATE outbox o SET ticket = coalesce(
  o.payload->>'ticket',
  (SELECT i.number FROM instance i WHERE i.id = (o.payload->>'instance')::bigint)
)
"""


def upgrade() -> None:
    op.add_column("outbox", sa.Column("ticket", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("retries", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("outbox", "retries", server_default=None)
    op.create_index("ix_outbox_state", "outbox", ["state", "id"])
    op.execute(TICKET_OF)


def downgrade() -> None:
    op.drop_index("ix_outbox_state", "outbox")
    op.drop_column("outbox", "retries")
    op.drop_column("outbox", "ticket")
