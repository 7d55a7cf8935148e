"""Reviews of one department, and rows that speak of an account."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("review", sa.Column("unit_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_review_unit_id_unit"), "review", "unit", ["unit_id"], ["id"])
    op.create_index(
        "ix_review_unit",
        "review",
        ["unit_id", "id"],
        postgresql_where=sa.text("unit_id IS NOT NULL"),
    )
    op.add_column("review_row", sa.Column("account_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_review_row_account_id_account"),
        "review_row",
        "account",
        ["account_id"],
        ["id"],
    )


def downgrade() -> None:
    op.drop_column("review_row", "account_id")
    op.drop_index("ix_review_unit", table_name="review")
    op.drop_column("review", "unit_id")
