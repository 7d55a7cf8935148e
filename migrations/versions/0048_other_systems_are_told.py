"""Webhooks: addresses, what is to be told, each delivery. And runs whose timers were tried."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _endpoints()
    _deliveries()
    op.create_table(
        "webhook_news",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("items", JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(
        "ix_instance_tried",
        "instance",
        ["due_at", "id"],
        postgresql_where=sa.text("due_tries > 0"),
    )


def _endpoints() -> None:
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", JSONB(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("old_secret_sealed", sa.LargeBinary()),
        sa.Column("old_until", sa.DateTime(timezone=True)),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True)),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("is_slow", sa.Boolean(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True)),
        sa.Column("next_at", sa.DateTime(timezone=True)),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("paused_at", sa.DateTime(timezone=True)),
        sa.Column("paused_why", sa.Text()),
        _to("webhook_endpoint", "unit_id", "unit"),
        _to("webhook_endpoint", "created_by_id", "person"),
        sa.UniqueConstraint("unit_id", "url", name=op.f("uq_webhook_endpoint_unit_id_url")),
    )
    op.create_index(
        "ix_webhook_endpoint_on",
        "webhook_endpoint",
        ["id"],
        postgresql_where=sa.text("state = 'on'"),
    )


def _deliveries() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("endpoint_id", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("replays", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True)),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.Text()),
        sa.Column("took_ms", sa.Integer()),
        _to("webhook_delivery", "endpoint_id", "webhook_endpoint"),
        sa.UniqueConstraint(
            "endpoint_id", "message", name=op.f("uq_webhook_delivery_endpoint_id_message")
        ),
    )
    for name, columns, condition in (
        ("due", ["endpoint_id", "next_at", "id"], "state = 'waiting'"),
        ("log", ["endpoint_id", "id"], None),
        ("state", ["endpoint_id", "state", "id"], None),
        ("done", ["done_at"], "done_at IS NOT NULL"),
    ):
        op.create_index(
            f"ix_webhook_delivery_{name}",
            "webhook_delivery",
            columns,
            postgresql_where=sa.text(condition) if condition else None,
        )


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def downgrade() -> None:
    op.drop_index("ix_instance_tried", table_name="instance")
    for table in ("webhook_news", "webhook_delivery", "webhook_endpoint"):
        op.drop_table(table)
