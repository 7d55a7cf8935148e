"""What the nightly re-check finds, and its runs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CHOICE = sa.String(length=32)


def upgrade() -> None:
    op.create_table(
        "risk_hint",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger()),
        sa.Column("colour", CHOICE, nullable=False),
        sa.Column("facts", JSONB(), nullable=False),
        sa.Column("state", CHOICE, nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("sign_by", sa.Date(), nullable=False),
        sa.Column("handle_by", sa.Date(), nullable=False),
        sa.Column("signed_by_id", sa.BigInteger()),
        sa.Column("signed_at", MOMENT),
        sa.Column("handled_by_id", sa.BigInteger()),
        sa.Column("handled_at", MOMENT),
        sa.Column("verdict", CHOICE),
        sa.Column("handling", sa.Text()),
        sa.Column("gone_at", MOMENT),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.UniqueConstraint("rule", "subject", name=op.f("uq_risk_hint_rule_subject")),
        _to("unit_id", "unit"),
        *(_to(name, "person") for name in ("person_id", "signed_by_id", "handled_by_id")),
    )
    op.create_index("ix_risk_hint_unit", "risk_hint", ["unit_id", "id"])
    op.create_index("ix_risk_hint_state", "risk_hint", ["state", "id"])
    op.create_table(
        "recheck",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("raised", "seen", "gone")),
        sa.Column("seconds", sa.Float(), nullable=False),
    )


def _to(column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_risk_hint_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def downgrade() -> None:
    op.drop_table("recheck")
    op.drop_table("risk_hint")
