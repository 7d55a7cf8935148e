"""Accounts by name, by unit, by what they hold; ledger rows know the account they speak of."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

# As `core.search` writes the parts of a name: one to three signs, without blanks.
NAME_PARTS = r"""
CREATE FUNCTION name_parts(name text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array_to_tsvector(coalesce(array_agg(DISTINCT '*' || substr(plain, at, size)), '{}'))
  FROM lower(regexp_replace(name, '\s', '', 'g')) AS plain,
       generate_series(1, length(plain)) AS at, generate_series(1, 3) AS size
  WHERE at + size - 1 <= length(plain)
$$
"""
# What was booked before says so in the events of its ticket: row and account.
FILL = """
UPDATE ledger_row SET account_id = told.account_id
FROM (
    SELECT DISTINCT substr(object, 8) AS ticket, (data->>'row')::int AS row_no,
           (data->>'account')::bigint AS account_id
    FROM event
    WHERE object LIKE 'ticket:%%' AND (kind LIKE 'account.%%' OR kind LIKE 'grant.%%')
      AND data ? 'account' AND data ? 'row'
) told
WHERE ledger_row.name IN ('accounts', 'grants')
  AND (ledger_row.ticket, ledger_row.row_no) = (told.ticket, told.row_no)
"""


def upgrade() -> None:
    op.execute(NAME_PARTS)
    op.create_index(
        "ix_account_names",
        "account",
        [sa.text("name_parts(name)")],
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
    )
    op.drop_index("ix_account_unit", "account")
    op.create_index("ix_account_unit", "account", ["unit_id", "id"])
    op.create_index(
        "ix_account_state",
        "account",
        ["state", "unit_id", "id"],
        postgresql_where=sa.text("state <> 'active'"),
    )
    op.create_index(
        "ix_account_kind",
        "account",
        ["kind", "unit_id", "id"],
        postgresql_where=sa.text("kind <> 'operator'"),
    )
    op.create_index("ix_grant_account", "grant", ["account_id", "id"])
    op.create_index(
        "ix_grant_post",
        "grant",
        ["subsystem", "post", "account_id"],
        postgresql_where=sa.text("state = 'active'"),
    )
    op.add_column("ledger_row", sa.Column("account_id", sa.BigInteger()))
    # Rows are only ever added; what they say stays as it is, this only says of whom.
    op.execute("ALTER TABLE ledger_row DISABLE TRIGGER ledger_row_append_only")
    op.execute(FILL)
    op.execute("ALTER TABLE ledger_row ENABLE TRIGGER ledger_row_append_only")
    name = op.f("fk_ledger_row_account_id_account")
    op.create_foreign_key(name, "ledger_row", "account", ["account_id"], ["id"])
    op.create_index(
        "ix_ledger_row_account",
        "ledger_row",
        ["account_id", "id"],
        postgresql_where=sa.text("account_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_column("ledger_row", "account_id")
    for name in ("ix_grant_post", "ix_grant_account"):
        op.drop_index(name, "grant")
    for name in ("ix_account_kind", "ix_account_state", "ix_account_unit", "ix_account_names"):
        op.drop_index(name, "account")
    op.create_index("ix_account_unit", "account", ["unit_id"])
    op.execute("DROP FUNCTION name_parts(text)")
