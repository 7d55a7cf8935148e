"""Processes that a unit may not start for the time being."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "process_hidden",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("hidden_by_id", sa.BigInteger(), nullable=False),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_process_hidden_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(
            ["hidden_by_id"], ["person.id"], name=op.f("fk_process_hidden_hidden_by_id_person")
        ),
        sa.UniqueConstraint("unit_id", "key", name=op.f("uq_process_hidden_unit_id_key")),
    )


def downgrade() -> None:
    op.drop_table("process_hidden")
