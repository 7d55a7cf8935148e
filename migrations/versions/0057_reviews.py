"""What the system found for a review, until people have judged it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "review",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("division_id", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("looked_count", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review"),
        sa.ForeignKeyConstraint(["division_id"], ["unit.id"], name="fk_review_division_id_unit"),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name="fk_review_instance_id_instance"
        ),
        sa.UniqueConstraint("instance_id", name="uq_review_instance_id"),
        sa.UniqueConstraint(
            "process", "division_id", "period", name="uq_review_process_division_id_period"
        ),
    )
    op.create_table(
        "review_row",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("values", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_row"),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name="fk_review_row_review_id_review", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("review_id", "no", name="uq_review_row_review_id_no"),
    )


def downgrade() -> None:
    op.drop_table("review_row")
    op.drop_table("review")
