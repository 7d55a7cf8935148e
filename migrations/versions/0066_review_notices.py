"""When a 州 or 县市 was last told that a review is due."""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "review_notice",
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("division_id", sa.BigInteger(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["division_id"], ["unit.id"], name=op.f("fk_review_notice_division_id_unit")
        ),
        sa.PrimaryKeyConstraint("process", "division_id", name=op.f("pk_review_notice")),
    )


def downgrade() -> None:
    op.drop_table("review_notice")
