"""The list of words that are not sent, version by version."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "word_version",
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_word_version_by_id_person")
        ),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_word_version")),
    )


def downgrade() -> None:
    op.drop_table("word_version")
