"""Who uploaded a process version, so that somebody else publishes it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = "fk_process_version_created_by_id_person"


def upgrade() -> None:
    op.add_column("process_version", sa.Column("created_by_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f(KEY), "process_version", "person", ["created_by_id"], ["id"])


def downgrade() -> None:
    op.drop_constraint(op.f(KEY), "process_version", type_="foreignkey")
    op.drop_column("process_version", "created_by_id")
