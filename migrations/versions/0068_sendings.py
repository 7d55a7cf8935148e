"""Sendings, their messages, receipts and tallies; what reports read of them."""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sending_gateway",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), server_default="", nullable=False),
        sa.Column("used_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sending_gateway")),
    )
    op.create_table(
        "sending_receipt",
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("gateway_id", sa.Text(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("parts", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("got_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_matched", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("gateway", "gateway_id", "part", name=op.f("pk_sending_receipt")),
    )
    op.create_index(
        "ix_sending_receipt_unmatched",
        "sending_receipt",
        ["got_at"],
        unique=False,
        postgresql_where=sa.text("NOT is_matched"),
    )
    op.create_table(
        "sending",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("template_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("price", sa.Numeric(precision=10, scale=5), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("text_digest", sa.LargeBinary(), nullable=False),
        sa.Column("list_digest", sa.LargeBinary(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quiet_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("changed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["person.id"], name=op.f("fk_sending_changed_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_sending_instance_id_instance")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["recipient_list.id"], name=op.f("fk_sending_list_id_recipient_list")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["person.id"], name=op.f("fk_sending_opened_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["message_template.id"],
            name=op.f("fk_sending_template_id_message_template"),
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_sending_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sending")),
        sa.UniqueConstraint("instance_id", name=op.f("uq_sending_instance_id")),
        sa.UniqueConstraint("list_id", name=op.f("uq_sending_list_id")),
        sa.UniqueConstraint("token", name=op.f("uq_sending_token")),
    )
    op.create_index(
        "ix_sending_open",
        "sending",
        ["not_before", "id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_sending_unit", "sending", ["unit_id", "id"], unique=False)
    op.create_table(
        "sending_delivery",
        sa.Column("sending_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("phone_ref", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=32), server_default="waiting", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("segments", sa.SmallInteger(), nullable=False),
        sa.Column("billed", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("gateway_id", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["sending_id"], ["sending.id"], name=op.f("fk_sending_delivery_sending_id_sending")
        ),
        sa.PrimaryKeyConstraint("sending_id", "n", name=op.f("pk_sending_delivery")),
        sa.UniqueConstraint(
            "sending_id", "phone_ref", name=op.f("uq_sending_delivery_sending_id_phone_ref")
        ),
    )
    op.create_index(
        "ix_sending_delivery_gateway_id", "sending_delivery", ["gateway_id"], unique=False
    )
    op.create_index(
        "ix_sending_delivery_silent",
        "sending_delivery",
        ["submitted_at"],
        unique=False,
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.create_index(
        "ix_sending_delivery_state", "sending_delivery", ["sending_id", "state", "n"], unique=False
    )
    op.create_table(
        "sending_tally",
        sa.Column("sending_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("billed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sending_id"], ["sending.id"], name=op.f("fk_sending_tally_sending_id_sending")
        ),
        sa.PrimaryKeyConstraint("sending_id", "state", "reason", name=op.f("pk_sending_tally")),
    )
    op.execute(
        """
        CREATE VIEW report_deliveries AS
        SELECT d.sending_id AS campaign, encode(d.phone_ref, 'hex') AS recipient_ref,
            'sms' AS channel, d.state, d.segments, d.billed * s.price AS fee, d.gateway_id,
            d.submitted_at AS at
        FROM sending_delivery d JOIN sending s ON s.id = d.sending_id
        """
    )


def downgrade() -> None:
    op.execute("DROP VIEW report_deliveries")
    op.drop_table("sending_tally")
    op.drop_index("ix_sending_delivery_state", table_name="sending_delivery")
    op.drop_index(
        "ix_sending_delivery_silent",
        table_name="sending_delivery",
        postgresql_where=sa.text("state = 'submitted'"),
    )
    op.drop_index("ix_sending_delivery_gateway_id", table_name="sending_delivery")
    op.drop_table("sending_delivery")
    op.drop_index("ix_sending_unit", table_name="sending")
    op.drop_index(
        "ix_sending_open", table_name="sending", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_table("sending")
    op.drop_index(
        "ix_sending_receipt_unmatched",
        table_name="sending_receipt",
        postgresql_where=sa.text("NOT is_matched"),
    )
    op.drop_table("sending_receipt")
    op.drop_table("sending_gateway")
