"""Names that units had, what became of units, and since when a ticket is asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

LIVE = "state IN ('proposed', 'confirmed')"


def upgrade() -> None:
    op.add_column("unit", sa.Column("named_since", sa.DateTime(timezone=True)))
    op.add_column(
        "unit",
        sa.Column(
            "successor_id",
            sa.BigInteger(),
            sa.ForeignKey("unit.id", name=op.f("fk_unit_successor_id_unit")),
        ),
    )
    op.create_table(
        "unit_name",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        _to("unit_name", "unit_id", "unit"),
        sa.UniqueConstraint("unit_id", "until", name=op.f("uq_unit_name_unit_id_until")),
    )
    op.add_column("instance", sa.Column("opened_at", sa.DateTime(timezone=True)))
    op.add_column("ticket", sa.Column("opened_at", sa.DateTime(timezone=True)))
    # No unit had another name so far: any moment before now says the same.
    op.execute("UPDATE ticket SET opened_at = created_at WHERE state <> 'draft'")
    op.execute(
        "UPDATE instance SET opened_at = ticket.opened_at FROM ticket"
        " WHERE ticket.instance_id = instance.id AND ticket.opened_at IS NOT NULL"
    )
    _reorganisations()


def _reorganisations() -> None:
    name = "reorganisation"
    people = ("proposed_by_id", "confirmed_by_id", "withdrawn_by_id")
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("old_name", sa.Text(), nullable=False),
        sa.Column("new_name", sa.Text()),
        sa.Column("successor_id", sa.BigInteger()),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_id", sa.BigInteger()),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_by_id", sa.BigInteger()),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("stuck", sa.Text(), server_default="", nullable=False),
        *(_to(name, column, "unit") for column in ("unit_id", "successor_id")),
        *(_to(name, column, "person") for column in people),
    )
    op.create_index(
        "uq_reorganisation_live",
        name,
        ["unit_id"],
        unique=True,
        postgresql_where=sa.text(LIVE),
    )
    op.create_index("ix_reorganisation_unit", name, ["unit_id", "id"])
    op.create_index("ix_reorganisation_successor", name, ["successor_id", "id"])
    op.create_index(
        "ix_reorganisation_day",
        name,
        ["day", "id"],
        postgresql_where=sa.text("state = 'confirmed'"),
    )


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def downgrade() -> None:
    op.drop_table("reorganisation")
    op.drop_column("ticket", "opened_at")
    op.drop_column("instance", "opened_at")
    op.drop_table("unit_name")
    op.drop_column("unit", "successor_id")
    op.drop_column("unit", "named_since")
