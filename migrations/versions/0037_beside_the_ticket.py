"""Beside the ticket: comments, and copies that let others read it."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_copy",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_ticket_copy_instance_id_instance")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_ticket_copy_person_id_person")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_ticket_copy_by_id_person")),
    )
    op.create_index("ix_ticket_copy_instance", "ticket_copy", ["instance_id", "person_id"])
    unseen = sa.text("((seen_at IS NULL)::int)")
    op.create_index("ix_ticket_copy_person", "ticket_copy", ["person_id", unseen, "at", "id"])
    op.create_table(
        "ticket_comment",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("client_key", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_ticket_comment_instance_id_instance")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_ticket_comment_person_id_person")
        ),
        sa.UniqueConstraint(
            "person_id", "client_key", name=op.f("uq_ticket_comment_person_id_client_key")
        ),
    )
    op.create_index("ix_ticket_comment_instance", "ticket_comment", ["instance_id", "id"])


def downgrade() -> None:
    op.drop_table("ticket_comment")
    op.drop_table("ticket_copy")
