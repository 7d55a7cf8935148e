"""Outages, and tickets that were asked for on paper in one."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outage",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("entered_count", sa.Integer(), nullable=False),
        sa.Column("declared_by_id", sa.BigInteger(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by_id", sa.BigInteger()),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_reason", sa.Text()),
        sa.Column("rev", sa.Integer(), nullable=False),
        _to("outage", "unit_id", "unit"),
        _to("outage", "declared_by_id", "person"),
        _to("outage", "withdrawn_by_id", "person"),
    )
    op.create_index("ix_outage_from", "outage", ["from_at", "id"])
    op.create_index(
        "ix_outage_last", "outage", ["last_on"], postgresql_where=sa.text("withdrawn_at IS NULL")
    )
    op.add_column("instance", sa.Column("paper_at", sa.DateTime(timezone=True)))
    op.add_column("ticket", sa.Column("paper_at", sa.DateTime(timezone=True)))
    op.add_column("ticket", sa.Column("paper_remark", sa.Text()))
    op.add_column("ticket", sa.Column("outage_id", sa.BigInteger()))
    name = op.f("fk_ticket_outage_id_outage")
    op.create_foreign_key(name, "ticket", "outage", ["outage_id"], ["id"])


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def downgrade() -> None:
    for column in ("outage_id", "paper_remark", "paper_at"):
        op.drop_column("ticket", column)
    op.drop_column("instance", "paper_at")
    op.drop_table("outage")
