"""保密协议: who has signed one, and for how long."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agreement",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_ref", sa.LargeBinary(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("ended_ticket", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_agreement_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("ticket", name=op.f("uq_agreement_ticket")),
    )
    op.create_index("ix_agreement_person", "agreement", ["person_ref", "ends_on"])
    op.create_index("ix_agreement_ended", "agreement", ["ended_ticket"])


def downgrade() -> None:
    op.drop_table("agreement")
