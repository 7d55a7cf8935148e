"""Tasks that are done many at once, and a report for each of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "task_batch",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("client_key", sa.Text(), nullable=False),
        sa.Column("act", sa.String(32), nullable=False),
        sa.Column("given", JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_task_batch_person_id_person")
        ),
        sa.UniqueConstraint(
            "person_id", "client_key", name=op.f("uq_task_batch_person_id_client_key")
        ),
    )
    op.create_index("ix_task_batch_person", "task_batch", ["person_id", "created_at", "id"])
    op.create_index("ix_task_batch_created", "task_batch", ["created_at"])
    op.create_table(
        "task_batch_item",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("node_title", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["task_batch.id"],
            name=op.f("fk_task_batch_item_batch_id_task_batch"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("batch_id", "n", name=op.f("uq_task_batch_item_batch_id_n")),
    )
    op.create_index(
        "ix_task_batch_item_waiting",
        "task_batch_item",
        ["batch_id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    op.drop_table("task_batch_item")
    op.drop_table("task_batch")
