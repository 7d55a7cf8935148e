"""Administrators keep people and units: versions of pages, and what the calendar turns."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0029"
branch_labels = None
depends_on = None
SOME = sa.text("turns_at IS NOT NULL")


def upgrade() -> None:
    for table in ("person", "unit"):
        op.add_column(
            table, sa.Column("rev", sa.Integer(), server_default=sa.text("1"), nullable=False)
        )
    op.add_column("unit", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    for table, ends in (("appointment", "ends_at"), ("login", "valid_until")):
        op.add_column(table, sa.Column("turns_at", sa.DateTime(timezone=True), nullable=True))
        op.execute(f"UPDATE {table} SET turns_at = {ends} WHERE {ends} > now()")  # noqa: S608
        op.create_index(f"ix_{table}_turns", table, ["turns_at"], postgresql_where=SOME)


def downgrade() -> None:
    for table in ("login", "appointment"):
        op.drop_index(f"ix_{table}_turns", table_name=table)
        op.drop_column(table, "turns_at")
    op.drop_column("unit", "closed_at")
    for table in ("unit", "person"):
        op.drop_column(table, "rev")
