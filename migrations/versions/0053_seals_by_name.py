"""A unit that was renamed seals with a key of its new name."""

from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

OLD, NEW = "uq_seal_key_unit_id", "uq_seal_key_unit_id_name"


def upgrade() -> None:
    op.drop_constraint(OLD, "seal_key")
    op.create_unique_constraint(
        NEW, "seal_key", ["unit_id", "name"], postgresql_nulls_not_distinct=True
    )


def downgrade() -> None:
    op.drop_constraint(NEW, "seal_key")
    op.execute(
        "DELETE FROM seal_key AS one USING seal_key AS other"
        " WHERE one.unit_id = other.unit_id AND one.id > other.id"
    )
    op.create_unique_constraint(OLD, "seal_key", ["unit_id"], postgresql_nulls_not_distinct=True)
