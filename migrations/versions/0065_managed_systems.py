"""Managed systems: what posts may do, where acts are pushed to, and each push."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "managed_system",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("quiet_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("old_secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("old_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["person.id"], name=op.f("fk_managed_system_changed_by_id_person")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_managed_system")),
    )
    op.create_table(
        "post_template",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("division_id", sa.BigInteger(), nullable=False),
        sa.Column("subsystem", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("permissions", postgresql.JSONB(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("submission", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["division_id"], ["unit.id"], name=op.f("fk_post_template_division_id_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_template")),
        sa.UniqueConstraint(
            "ticket", "submission", name=op.f("uq_post_template_ticket_submission")
        ),
    )
    op.create_index(
        "ix_post_template_post", "post_template", ["division_id", "subsystem", "post", "id"]
    )
    op.create_table(
        "managed_push",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subsystem", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_managed_push_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_managed_push_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_managed_push")),
        sa.UniqueConstraint("key", name=op.f("uq_managed_push_key")),
    )
    op.create_index("ix_managed_push_account", "managed_push", ["account_id", "id"])
    op.create_index("ix_managed_push_ticket", "managed_push", ["ticket"])
    op.create_index("ix_managed_push_state", "managed_push", ["system", "state", "id"])
    op.create_index(
        "ix_managed_push_open",
        "managed_push",
        ["account_id", "system", "id"],
        postgresql_where=sa.text("state IN ('waiting', 'failed')"),
    )


def downgrade() -> None:
    op.drop_table("managed_push")
    op.drop_table("post_template")
    op.drop_table("managed_system")
