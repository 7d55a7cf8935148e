"""Incidents know their kind, tries and end; outbox rows know their ticket."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TICKET_OF = """
UPDATE outbox o SET ticket = coalesce(
  o.payload->>'ticket',
  (SELECT i.number FROM instance i WHERE i.id = (o.payload->>'instance')::bigint)
)
"""
# What those that stand open are, as far as it can be seen: somebody is missing at the node of an
# open task, or the run waits for no time any more although it stands nowhere else.
KINDS = """
UPDATE incident n SET kind = CASE
  WHEN EXISTS (SELECT FROM task t WHERE t.instance_id = n.instance_id AND t.node = n.node
    AND t.state = 'open' AND t.assignee_id IS NULL AND t.candidates = '{}') THEN 'people'
  WHEN NOT EXISTS (SELECT FROM task t WHERE t.instance_id = n.instance_id
    AND t.state IN ('open', 'claimed')) THEN 'timer'
  ELSE 'act' END
"""
COUNTS = """
UPDATE instance i SET open_incident_count = n.count
FROM (SELECT instance_id, count(*) FROM incident WHERE state = 'open' GROUP BY 1) n
WHERE n.instance_id = i.id
"""


def upgrade() -> None:
    op.add_column("outbox", sa.Column("ticket", sa.Text(), nullable=True))
    op.add_column("outbox", sa.Column("retries", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("outbox", "retries", server_default=None)
    op.create_index("ix_outbox_state", "outbox", ["state", "id"])
    op.execute(TICKET_OF)
    op.add_column(
        "incident", sa.Column("kind", sa.String(32), nullable=False, server_default="act")
    )
    op.alter_column("incident", "kind", server_default=None)
    op.add_column("incident", sa.Column("outbox_id", sa.BigInteger(), nullable=True))
    op.add_column("incident", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("incident", "tries", server_default=None)
    op.add_column("incident", sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("incident", sa.Column("resolution", sa.String(32), nullable=True))
    for name in ("tried_by_id", "resolved_by_id"):
        op.add_column("incident", sa.Column(name, sa.BigInteger(), nullable=True))
        key = op.f(f"fk_incident_{name}_person")
        op.create_foreign_key(key, "incident", "person", [name], ["id"])
    op.create_index("ix_incident_state", "incident", ["state", "id"])
    op.create_index(
        "ix_incident_outbox",
        "incident",
        ["outbox_id"],
        postgresql_where=sa.text("outbox_id IS NOT NULL"),
    )
    op.execute(KINDS)
    op.add_column(
        "instance",
        sa.Column("open_incident_count", sa.Integer(), nullable=False, server_default="0"),
    )
    op.alter_column("instance", "open_incident_count", server_default=None)
    op.execute(COUNTS)


def downgrade() -> None:
    op.drop_column("instance", "open_incident_count")
    op.drop_index("ix_incident_outbox", "incident")
    op.drop_index("ix_incident_state", "incident")
    for name in ("resolved_by_id", "tried_by_id", "resolution", "tried_at", "tries", "outbox_id"):
        op.drop_column("incident", name)
    op.drop_column("incident", "kind")
    op.drop_index("ix_outbox_state", "outbox")
    op.drop_column("outbox", "retries")
    op.drop_column("outbox", "ticket")
