"""What people are told of, what they chose, and what left the house for them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = (
    *("delivery_line", "delivery", "notification_preference"),
    *("notification_channel", "notification", "untold"),
)


def upgrade() -> None:
    op.create_table(
        "untold",
        _id(),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("again_at", MOMENT),
        sa.Column("error", sa.Text()),
    )
    op.create_table(
        "notification",
        _id(),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "key", "title", "text")),
        sa.Column("href", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text()),
        sa.Column("task_id", sa.BigInteger()),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_notification_person_id_key")),
        _to("notification", "person_id", "person"),
    )
    _index("notification", "person", ["person_id", "id"], "is_shown")
    _index("notification", "unread", ["person_id", "id"], "is_shown AND read_at IS NULL")
    _index("notification", "ticket", ["ticket"], "ticket IS NOT NULL")
    _index("notification", "task", ["task_id"], "task_id IS NOT NULL")
    op.create_table(
        "notification_channel",
        _id(),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("entered_by_id", sa.BigInteger(), nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.Column("rev", sa.Integer(), nullable=False),
        _to("notification_channel", "unit_id", "unit"),
        _to("notification_channel", "entered_by_id", "person"),
    )
    op.create_index("ix_notification_channel_unit", "notification_channel", ["unit_id"])
    _preferences()
    _deliveries()


def _preferences() -> None:
    op.create_table(
        "notification_preference",
        sa.Column("person_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("address_sealed", sa.LargeBinary()),
        sa.Column("address_at", MOMENT),
        sa.Column("confirmed_at", MOMENT),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("channel_id", sa.BigInteger()),
        sa.Column("choices", JSONB(), nullable=False),
        *(sa.Column(name, sa.Time()) for name in ("digest_at", "quiet_from", "quiet_until")),
        sa.Column("rev", sa.Integer(), nullable=False),
        _to("notification_preference", "person_id", "person"),
        _to("notification_preference", "channel_id", "notification_channel"),
    )


def _deliveries() -> None:
    op.create_table(
        "delivery",
        _id(),
        sa.Column("notification_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("is_digest", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("message_id", sa.Text()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT),
        sa.UniqueConstraint(
            "notification_id", "line", name=op.f("uq_delivery_notification_id_line")
        ),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notification.id"],
            name=op.f("fk_delivery_notification_id_notification"),
            ondelete="CASCADE",
        ),
        _to("delivery", "person_id", "person"),
    )
    _index("delivery", "due", ["due_at", "id"], "state = 'waiting'")
    _index(*("delivery", "message", ["message_id"], "state = 'waiting' AND message_id IS NOT NULL"))
    op.create_index("ix_delivery_created", "delivery", ["created_at", "id"])
    op.create_index("ix_delivery_person", "delivery", ["person_id", "id"])
    op.create_index("ix_delivery_state", "delivery", ["state", "id"])
    op.create_table(
        "delivery_line",
        sa.Column("line", sa.Text(), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("down_since", MOMENT, nullable=False),
        sa.Column("again_at", MOMENT, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
    )


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), primary_key=True)


def _index(table: str, name: str, columns: list[str], condition: str) -> None:
    op.create_index(f"ix_{table}_{name}", table, columns, postgresql_where=sa.text(condition))


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
