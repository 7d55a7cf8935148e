"""Many tickets change their version: rehearsals, runs, and a report for each ticket."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "migration",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("client_key", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("from_version_id", sa.Integer(), nullable=False),
        sa.Column("to_version_id", sa.Integer(), nullable=False),
        sa.Column("rehearsal_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_migration_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["from_version_id"],
            ["process_version.id"],
            name=op.f("fk_migration_from_version_id_process_version"),
        ),
        sa.ForeignKeyConstraint(
            ["to_version_id"],
            ["process_version.id"],
            name=op.f("fk_migration_to_version_id_process_version"),
        ),
        sa.ForeignKeyConstraint(
            ["rehearsal_id"], ["migration.id"], name=op.f("fk_migration_rehearsal_id_migration")
        ),
        sa.UniqueConstraint(
            "person_id", "client_key", name=op.f("uq_migration_person_id_client_key")
        ),
        sa.UniqueConstraint("rehearsal_id", name=op.f("uq_migration_rehearsal_id")),
    )
    op.create_index("ix_migration_key", "migration", ["key", "created_at", "id"])
    op.create_table(
        "migration_item",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("migration_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("told", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["migration_id"],
            ["migration.id"],
            name=op.f("fk_migration_item_migration_id_migration"),
        ),
        sa.UniqueConstraint(
            "migration_id", "number", name=op.f("uq_migration_item_migration_id_number")
        ),
    )
    op.create_index("ix_migration_item_state", "migration_item", ["migration_id", "state", "id"])


def downgrade() -> None:
    op.drop_table("migration_item")
    op.drop_table("migration")
