"""Timers, subscriptions and start events as rows; the log keeps what each node changed.

Runs that wait for a timer get their rows with their next step; until then the sweep finds them by
`due_at` as before.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

REPORT = """
    CREATE VIEW report_timers AS
    SELECT instance.number AS ticket, timer.node, timer.due_at, timer.fired_at
    FROM timer JOIN instance ON instance.id = timer.instance_id
"""


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "timer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        _moment("due_at"),
        _moment("fired_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_timer_instance_id_instance")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer")),
        sa.UniqueConstraint(
            "instance_id", "key", "due_at", name=op.f("uq_timer_instance_id_key_due_at")
        ),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("division_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("correlation", sa.Text(), nullable=True),
        sa.Column("node", sa.Text(), nullable=False),
        _moment("since"),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_subscription_instance_id_instance")
        ),
        sa.ForeignKeyConstraint(
            ["division_id"], ["unit.id"], name=op.f("fk_subscription_division_id_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    op.create_index(
        "ix_subscription_plain",
        "subscription",
        ["kind", "name", "division_id", "id"],
        postgresql_where=sa.text("correlation IS NULL"),
    )
    op.create_index(
        "ix_subscription_correlated",
        "subscription",
        ["kind", "name", "correlation", "id"],
        postgresql_where=sa.text("correlation IS NOT NULL"),
    )
    op.create_index("ix_subscription_instance", "subscription", ["instance_id"])
    op.create_table(
        "start_trigger",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        _moment("due_at", nullable=True),
        sa.Column("left", sa.Integer(), nullable=True),
        sa.Column("publisher_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["process_version.id"],
            name=op.f("fk_start_trigger_version_id_process_version"),
        ),
        sa.ForeignKeyConstraint(
            ["publisher_id"], ["person.id"], name=op.f("fk_start_trigger_publisher_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_start_trigger")),
        sa.UniqueConstraint("version_id", "node", name=op.f("uq_start_trigger_version_id_node")),
    )
    for column in ("due_at", "name"):
        op.create_index(
            f"ix_start_trigger_{'due' if column == 'due_at' else column}",
            "start_trigger",
            [column, "id"],
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    op.add_column(
        "instance", sa.Column("due_tries", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column(
        "instance", sa.Column("is_awaiting", sa.Boolean(), nullable=False, server_default="false")
    )
    op.alter_column("instance", "due_tries", server_default=None)
    op.alter_column("instance", "is_awaiting", server_default=None)
    op.drop_column("node_log", "variables")
    op.add_column("node_log", sa.Column("changes", postgresql.JSONB(), nullable=True))
    op.execute(REPORT)


def downgrade() -> None:
    op.execute("DROP VIEW report_timers")
    op.drop_column("node_log", "changes")
    op.add_column("node_log", sa.Column("variables", postgresql.JSONB(), nullable=True))
    op.drop_column("instance", "is_awaiting")
    op.drop_column("instance", "due_tries")
    for table in ("start_trigger", "subscription", "timer"):
        op.drop_table(table)
