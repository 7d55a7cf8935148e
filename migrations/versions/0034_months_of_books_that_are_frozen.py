"""Months of books that are frozen, with the file that was made of them."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# A proposal may change; what is frozen may only be sealed under another key, and nothing goes.
REFUSE_THAWING = """
CREATE FUNCTION refuse_thawing() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.frozen_at IS NULL
       OR to_jsonb(NEW) - 'xlsx_sealed' = to_jsonb(OLD) - 'xlsx_sealed'
       AND NEW.xlsx_sealed IS NOT NULL THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION USING
    ERRCODE = 'restrict_violation',
    MESSAGE = TG_TABLE_NAME || ': what is frozen stays frozen';
END
$body$
"""


def upgrade() -> None:
    op.add_column(
        "ledger_counter",
        sa.Column("frozen", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.create_table(
        "ledger_month",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("rows_count", sa.Integer(), nullable=False),
        sa.Column("first_serial", sa.Integer(), nullable=False),
        sa.Column("last_serial", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.BigInteger(), nullable=False),
        sa.Column("proposed_name", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_name", sa.Text(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("xlsx_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_ledger_month_unit_id_unit")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["person.id"], name=op.f("fk_ledger_month_proposed_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["person.id"], name=op.f("fk_ledger_month_confirmed_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_month")),
        sa.UniqueConstraint(
            "name", "unit_id", "year", "month", name=op.f("uq_ledger_month_name_unit_id_year_month")
        ),
    )
    op.execute(REFUSE_THAWING)
    refuse = "EXECUTE FUNCTION refuse_thawing()"
    op.execute(
        "CREATE TRIGGER ledger_month_stays_frozen"
        f" BEFORE UPDATE OR DELETE ON ledger_month FOR EACH ROW {refuse}"
    )
    op.execute(
        "CREATE TRIGGER ledger_month_no_truncate"
        f" BEFORE TRUNCATE ON ledger_month FOR EACH STATEMENT {refuse}"
    )


def downgrade() -> None:
    op.drop_table("ledger_month")
    op.execute("DROP FUNCTION refuse_thawing()")
    op.drop_column("ledger_counter", "frozen")
