"""Filed templates, frozen lists of recipients, and numbers that get nothing."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "message_template",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("previous_id", sa.BigInteger(), nullable=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("variables", postgresql.JSONB(), nullable=False),
        sa.Column("mobile", sa.Text(), nullable=True),
        sa.Column("unicom", sa.Text(), nullable=True),
        sa.Column("telecom", sa.Text(), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["previous_id"],
            ["message_template.id"],
            name=op.f("fk_message_template_previous_id_message_template"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_message_template_unit_id_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_template")),
        sa.UniqueConstraint("ticket", name=op.f("uq_message_template_ticket")),
    )
    op.create_index(
        "ix_message_template_use",
        "message_template",
        ["unit_id", "id"],
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_index("ix_message_template_family", "message_template", ["family", "id"])
    op.create_table(
        "number_block",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("phone_ref", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_number_block_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_number_block_unit_id_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_block")),
        sa.UniqueConstraint("phone_ref", "kind", name=op.f("uq_number_block_phone_ref_kind")),
    )
    op.create_index("ix_number_block_kind", "number_block", ["kind", "id"])
    op.create_table(
        "list_number",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_list_number")),
    )
    _create_lists()


def _create_lists() -> None:
    op.create_table(
        "recipient_list",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("template_id", sa.BigInteger(), nullable=False),
        sa.Column("client_key", sa.Text(), nullable=False),
        sa.Column("sheet_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("funnel", postgresql.JSONB(), nullable=False),
        sa.Column("areas", postgresql.JSONB(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_recipient_list_made_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["message_template.id"],
            name=op.f("fk_recipient_list_template_id_message_template"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_recipient_list_unit_id_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient_list")),
        sa.UniqueConstraint("client_key", name=op.f("uq_recipient_list_client_key")),
        sa.UniqueConstraint("number", name=op.f("uq_recipient_list_number")),
        sa.UniqueConstraint("used_by", name=op.f("uq_recipient_list_used_by")),
    )
    op.create_index("ix_recipient_list_unit", "recipient_list", ["unit_id", "id"])
    op.create_table(
        "recipient",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("phone_ref", sa.LargeBinary(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("values_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("segments", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["recipient_list.id"],
            name=op.f("fk_recipient_list_id_recipient_list"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipient")),
        sa.UniqueConstraint("list_id", "n", name=op.f("uq_recipient_list_id_n")),
    )
    op.create_table(
        "list_finding",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column_title", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["recipient_list.id"],
            name=op.f("fk_list_finding_list_id_recipient_list"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_finding")),
        sa.UniqueConstraint("list_id", "n", name=op.f("uq_list_finding_list_id_n")),
    )


def downgrade() -> None:
    for name in (
        "list_finding",
        "recipient",
        "recipient_list",
        "list_number",
        "number_block",
        "message_template",
    ):
        op.drop_table(name)
