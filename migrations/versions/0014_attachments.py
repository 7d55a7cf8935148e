"""Files that people bring, and what they belong to."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("file_key", sa.LargeBinary(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("uploader_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["uploader_id"], ["person.id"], name=op.f("fk_attachment_uploader_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("file", name=op.f("uq_attachment_file")),
    )
    op.create_index("ix_attachment_uploader", "attachment", ["uploader_id", "created_at"])
    op.create_index("ix_attachment_created", "attachment", ["created_at"])
    op.create_table(
        "attachment_binding",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("attachment_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("bound_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"],
            ["attachment.id"],
            name=op.f("fk_attachment_binding_attachment_id_attachment"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_attachment_binding_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment_binding")),
        sa.UniqueConstraint(
            "attachment_id",
            "kind",
            "instance_id",
            "place",
            name=op.f("uq_attachment_binding_attachment_id_kind_instance_id_place"),
        ),
    )
    op.create_index("ix_attachment_binding_instance", "attachment_binding", ["instance_id", "id"])


def downgrade() -> None:
    op.drop_table("attachment_binding")
    op.drop_table("attachment")
