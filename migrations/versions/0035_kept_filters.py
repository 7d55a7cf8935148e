"""Filters of lists that people keep, and deadlines that lists of tickets are narrowed by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("given", JSONB(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_saved_filter_person_id_person")
        ),
        sa.UniqueConstraint(
            "person_id", "list", "name", name=op.f("uq_saved_filter_person_id_list_name")
        ),
    )
    op.create_index(
        "uq_saved_filter_default",
        "saved_filter",
        ["person_id", "list"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_index(
        "ix_task_due",
        "task",
        ["due_at", "instance_id"],
        postgresql_where=sa.text("state IN ('open', 'claimed') AND due_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_task_due", "task")
    op.drop_table("saved_filter")
