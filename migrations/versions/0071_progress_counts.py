"""How often was asked from an address, or for a number, on the public progress page."""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "progress_count",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_progress_count")),
    )
    op.create_index("ix_progress_count_first_at", "progress_count", ["first_at"])


def downgrade() -> None:
    op.drop_table("progress_count")
