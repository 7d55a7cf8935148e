"""Due instances, people for search, heartbeats"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.add_column("instance", sa.Column("people", sa.Text(), nullable=False, server_default=""))
    op.execute("""
        UPDATE instance SET people = named.people
        FROM (SELECT ticket.instance_id, string_agg(ticket_person.name, ' ' ORDER BY row) AS people
              FROM ticket_person JOIN ticket ON ticket.id = ticket_person.ticket_id
              GROUP BY ticket.instance_id) AS named
        WHERE named.instance_id = instance.id
    """)
    op.alter_column("instance", "people", server_default=None)
    op.create_index(
        "ix_instance_due",
        "instance",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_instance_due", table_name="instance", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_column("instance", "people")
    op.drop_table("heartbeat")
