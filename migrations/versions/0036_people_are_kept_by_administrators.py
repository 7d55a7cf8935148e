"""Administrators keep people and units: versions of pages, what the calendar turns, imports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None
SOME = sa.text("turns_at IS NOT NULL")


def upgrade() -> None:
    for table in ("person", "unit"):
        op.add_column(
            table, sa.Column("rev", sa.Integer(), server_default=sa.text("1"), nullable=False)
        )
    op.add_column("unit", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    for table, ends in (("appointment", "ends_at"), ("login", "valid_until")):
        op.add_column(table, sa.Column("turns_at", sa.DateTime(timezone=True), nullable=True))
        op.execute(f"UPDATE {table} SET turns_at = {ends} WHERE {ends} > now()")  # noqa: S608
        op.create_index(f"ix_{table}_turns", table, ["turns_at"], postgresql_where=SOME)
    _create_imports()


def _create_imports() -> None:
    counts = ("rows", "refused", "same", "done", "failed")
    op.create_table(
        "people_import",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("client_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_people_import_person_id_person")
        ),
        sa.UniqueConstraint(
            "person_id", "client_key", name=op.f("uq_people_import_person_id_client_key")
        ),
    )
    op.create_index("ix_people_import_person", "people_import", ["person_id", "created_at", "id"])
    op.create_table(
        "people_import_row",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("import_id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("data_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("faults", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["people_import.id"],
            name=op.f("fk_people_import_row_import_id_people_import"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("import_id", "n", name=op.f("uq_people_import_row_import_id_n")),
    )
    op.create_index("ix_people_import_row_state", "people_import_row", ["import_id", "state", "n"])


def downgrade() -> None:
    op.drop_table("people_import_row")
    op.drop_table("people_import")
    for table in ("login", "appointment"):
        op.drop_index(f"ix_{table}_turns", table_name=table)
        op.drop_column(table, "turns_at")
    op.drop_column("unit", "closed_at")
    for table in ("unit", "person"):
        op.drop_column(table, "rev")
