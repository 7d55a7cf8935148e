"""Tickets that people have linked with one another."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ticket_link",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("low_id", sa.BigInteger(), nullable=False),
        sa.Column("high_id", sa.BigInteger(), nullable=False),
        sa.Column("from_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["low_id"], ["instance.id"], name=op.f("fk_ticket_link_low_id_instance")
        ),
        sa.ForeignKeyConstraint(
            ["high_id"], ["instance.id"], name=op.f("fk_ticket_link_high_id_instance")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_ticket_link_person_id_person")
        ),
    )
    op.create_index("ix_ticket_link_high", "ticket_link", ["high_id"])
    op.create_index("ix_ticket_link_low", "ticket_link", ["low_id"])
    op.create_index(
        "uq_ticket_link_pair",
        "ticket_link",
        ["low_id", "high_id"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("ticket_link")
