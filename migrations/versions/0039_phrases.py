"""Phrases that somebody often writes in opinions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "phrases",
        sa.Column("person_id", sa.BigInteger(), primary_key=True),
        sa.Column("texts", ARRAY(sa.Text()), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_phrases_person_id_person")
        ),
    )


def downgrade() -> None:
    op.drop_table("phrases")
