"""Whether a version has a board is known without reading its diagram."""

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None


def upgrade() -> None:
    false = sa.text("false")
    op.add_column(
        "process_version",
        sa.Column("has_stages", sa.Boolean(), server_default=false, nullable=False),
    )
    op.execute(
        "UPDATE process_version SET has_stages = true"
        " WHERE position('name=\"stage\"'::bytea IN model) > 0"
    )


def downgrade() -> None:
    op.drop_column("process_version", "has_stages")
