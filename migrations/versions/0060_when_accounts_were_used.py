"""The last days that managed accounts were used."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_activity",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("login_on", sa.Date(), nullable=True),
        sa.Column("act_on", sa.Date(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_by_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_account_activity"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_account_activity_account_id_account"
        ),
        sa.ForeignKeyConstraint(
            ["told_by_id"], ["person.id"], name="fk_account_activity_told_by_id_person"
        ),
    )


def downgrade() -> None:
    op.drop_table("account_activity")
