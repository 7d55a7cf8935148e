"""What people answer to messages, and how often gateways come by themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sending_push",
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("gateway", name=op.f("pk_sending_push")),
    )
    op.create_table(
        "sending_reply",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("is_refusal", sa.Boolean(), nullable=False),
        sa.Column("sending_id", sa.BigInteger(), nullable=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("got_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["sending_id"], ["sending.id"], name=op.f("fk_sending_reply_sending_id_sending")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_sending_reply_unit_id_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending_reply")),
        sa.UniqueConstraint(
            "gateway", "gateway_id", name=op.f("uq_sending_reply_gateway_gateway_id")
        ),
    )
    op.create_index("ix_sending_reply_sending", "sending_reply", ["sending_id", "id"])
    op.create_index("ix_sending_reply_unit", "sending_reply", ["unit_id", "id"])
    op.create_index("ix_sending_delivery_phone", "sending_delivery", ["phone_ref", "sending_id"])


def downgrade() -> None:
    op.drop_index("ix_sending_delivery_phone", table_name="sending_delivery")
    op.drop_index("ix_sending_reply_unit", table_name="sending_reply")
    op.drop_index("ix_sending_reply_sending", table_name="sending_reply")
    op.drop_table("sending_reply")
    op.drop_table("sending_push")
