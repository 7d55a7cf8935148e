"""Where events come from, refusals that are counted, when a login was opened again, and how many
forms somebody printed a day.

Events keep the format they were written in: the chains from before still verify. A downgrade
throws the new facts away, and events that were written with them no longer verify.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "event", sa.Column("format", sa.SmallInteger(), nullable=False, server_default="1")
    )
    op.add_column("event", sa.Column("acting_for", sa.Integer(), nullable=True))
    for name in ("via", "ip", "request_id", "result"):
        op.add_column("event", sa.Column(name, sa.Text(), nullable=True))
    op.create_table(
        "refusal_count",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "route", name=op.f("pk_refusal_count")),
    )
    op.add_column("login", sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "reveal_count", sa.Column("printed", sa.Integer(), nullable=False, server_default="0")
    )


def downgrade() -> None:
    op.drop_column("reveal_count", "printed")
    op.drop_column("login", "reopened_at")
    op.drop_table("refusal_count")
    for name in ("result", "request_id", "ip", "via", "acting_for", "format"):
        op.drop_column("event", name)
