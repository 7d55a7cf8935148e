"""The address book: numbers of an area, and the sheets they came in."""

import sqlalchemy as sa
from alembic import op

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "phone_import",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("client_key", sa.Text(), nullable=False),
        sa.Column("sheet_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("read_count", sa.Integer(), nullable=False),
        sa.Column("taken_count", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_phone_import_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_phone_import_unit_id_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_import")),
        sa.UniqueConstraint("client_key", name=op.f("uq_phone_import_client_key")),
    )
    op.create_index("ix_phone_import_unit", "phone_import", ["unit_id", "id"])
    op.create_table(
        "phone_finding",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column_title", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["phone_import.id"],
            name=op.f("fk_phone_finding_import_id_phone_import"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_finding")),
        sa.UniqueConstraint("import_id", "n", name=op.f("uq_phone_finding_import_id_n")),
    )
    _create_entries()


def _create_entries() -> None:
    op.create_table(
        "phone_entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=False),
        sa.Column("phone_ref", sa.LargeBinary(), nullable=False),
        sa.Column("operator", sa.String(length=32), nullable=True),
        sa.Column("area_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("collected_on", sa.Date(), nullable=False),
        sa.Column("verification", sa.String(length=32), nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), server_default="active", nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("wrong_in", sa.Text(), nullable=True),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=True),
        sa.Column("rev", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["unit.id"], name=op.f("fk_phone_entry_area_id_unit")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["phone_import.id"], name=op.f("fk_phone_entry_import_id_phone_import")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["person.id"], name=op.f("fk_phone_entry_made_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_entry")),
        sa.UniqueConstraint(
            *("phone_ref", "area_id", "kind"),
            name=op.f("uq_phone_entry_phone_ref_area_id_kind"),
        ),
    )
    op.create_index("ix_phone_entry_area", "phone_entry", ["area_id", "id"])
    op.create_index("ix_phone_entry_group", "phone_entry", ["area_id", "group_name", "id"])
    op.create_index("ix_phone_entry_name", "phone_entry", ["name", "id"])
    op.create_index(
        "ix_phone_entry_state",
        "phone_entry",
        ["area_id", "state", "id"],
        postgresql_where=sa.text("state <> 'active'"),
    )


def downgrade() -> None:
    for name in ("phone_entry", "phone_finding", "phone_import"):
        op.drop_table(name)
