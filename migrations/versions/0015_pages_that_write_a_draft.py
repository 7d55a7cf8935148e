"""A draft knows which page wrote it last, so that two windows do not overwrite one another."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("draft_stamp", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("ticket", "draft_stamp")
