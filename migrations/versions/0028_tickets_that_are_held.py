"""Tickets can be held; what comes meanwhile waits; incidents keep the variables as they were."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0028"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("instance", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("ticket", sa.Column("held_state", sa.String(32), nullable=True))
    op.add_column("incident", sa.Column("variables", JSONB(), nullable=True))
    op.create_table(
        "held_event",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("correlation", sa.Text(), nullable=True),
        sa.Column("payload", JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_held_event_instance_id_instance")
        ),
    )
    op.create_index("ix_held_event_instance", "held_event", ["instance_id", "id"])


def downgrade() -> None:
    op.drop_table("held_event")
    op.drop_column("incident", "variables")
    op.drop_column("ticket", "held_state")
    op.drop_column("instance", "suspended_at")
