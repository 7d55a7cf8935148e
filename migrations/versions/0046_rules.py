"""Rule sets in dated versions, the versions that a ticket began under, values of parameters,
official numbers.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None
DUE = ("visit", "ticket")


def upgrade() -> None:
    op.create_table(
        "rule_set",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger()),
        _to("rule_set", "unit_id", "unit"),
    )
    op.create_index(
        "uq_rule_set_key",
        "rule_set",
        ["key", "unit_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "rule_version",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("set_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("articles", JSONB(), nullable=False),
        sa.Column("ended_on", sa.Date()),
        sa.Column("ended_by_id", sa.BigInteger()),
        sa.Column("entered_by_id", sa.BigInteger()),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by_id", sa.BigInteger()),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_reason", sa.Text()),
        sa.Column("warned_days", sa.Integer()),
        sa.Column("rev", sa.Integer(), nullable=False),
        _to("rule_version", "set_id", "rule_set"),
        _to("rule_version", "ended_by_id", "rule_version"),
        _to("rule_version", "entered_by_id", "person"),
        _to("rule_version", "withdrawn_by_id", "person"),
    )
    op.create_index("ix_rule_version_set_id", "rule_version", ["set_id", "valid_from"])
    # Ranges of numbers stand for equality, which GiST knows of numbers by an extension only.
    op.execute("""
        ALTER TABLE rule_version ADD CONSTRAINT ex_rule_version_days EXCLUDE USING gist (
            int8range(set_id, set_id, '[]') WITH &&,
            daterange(valid_from, LEAST(valid_to, ended_on), '[]') WITH &&
        ) WHERE (withdrawn_at IS NULL)
    """)
    op.add_column("ticket", sa.Column("rule_ids", ARRAY(sa.BigInteger())))
    op.create_table(
        "parameter_change",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("rev", sa.Integer(), nullable=False),
        _to("parameter_change", "unit_id", "unit"),
        _to("parameter_change", "proposed_by_id", "person"),
        _to("parameter_change", "decided_by_id", "person"),
    )
    op.create_index(
        "uq_parameter_change_waiting",
        "parameter_change",
        ["key", "unit_id"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_index(
        "ix_parameter_change_key",
        "parameter_change",
        ["key", "since"],
        postgresql_where=sa.text("state = 'confirmed'"),
    )
    _numbers()
    for table in DUE:
        op.add_column(table, sa.Column("due_found", JSONB()))


def _numbers() -> None:
    op.create_table(
        "number_pattern",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer()),
        sa.Column("entered_by_id", sa.BigInteger(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by_id", sa.BigInteger()),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("rev", sa.Integer(), nullable=False),
        _to("number_pattern", "unit_id", "unit"),
        _to("number_pattern", "entered_by_id", "person"),
        _to("number_pattern", "withdrawn_by_id", "person"),
    )
    op.create_index(
        "uq_number_pattern_since",
        "number_pattern",
        ["name", "unit_id", "since"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "number_counter",
        sa.Column("stem", sa.Text(), primary_key=True),
        sa.Column("last", sa.Integer(), nullable=False),
    )
    op.create_table(
        "official_number",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("pattern_id", sa.BigInteger(), nullable=False),
        sa.Column("stem", sa.Text(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("unit_name", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_by_id", sa.BigInteger()),
        sa.Column("voided_at", sa.DateTime(timezone=True)),
        sa.Column("voided_reason", sa.Text()),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.UniqueConstraint("number", name=op.f("uq_official_number_number")),
        _to("official_number", "pattern_id", "number_pattern"),
        _to("official_number", "voided_by_id", "person"),
    )
    op.create_index(
        "uq_official_number_taken",
        "official_number",
        ["ticket", "name"],
        unique=True,
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_index("ix_official_number_ticket", "official_number", ["ticket"])
    op.create_index("ix_official_number_pattern_id", "official_number", ["pattern_id"])
    op.create_index(
        "ix_official_number_place",
        "official_number",
        ["place", "id"],
        postgresql_ops={"place": "text_pattern_ops"},
    )


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def downgrade() -> None:
    for table in DUE:
        op.drop_column(table, "due_found")
    for table in ("official_number", "number_counter", "number_pattern", "parameter_change"):
        op.drop_table(table)
    op.drop_column("ticket", "rule_ids")
    op.drop_table("rule_version")
    op.drop_table("rule_set")
