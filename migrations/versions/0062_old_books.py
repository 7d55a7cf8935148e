"""旧台账导入: paper ledgers that are imported, row by row."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "old_book",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("division_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("ready", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("conflicts", sa.Integer(), nullable=False),
        sa.Column("uploaded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("tickets", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("untold", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["division_id"], ["unit.id"], name=op.f("fk_old_book_division_id_unit")
        ),
        *(
            sa.ForeignKeyConstraint([one], ["person.id"], name=op.f(f"fk_old_book_{one}_person"))
            for one in ("uploaded_by_id", "confirmed_by_id", "withdrawn_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_old_book")),
    )
    op.create_index("ix_old_book_division", "old_book", ["division_id", "id"])
    op.create_index(
        "uq_old_book_file",
        "old_book",
        ["division_id", "sha256"],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.create_table(
        "old_book_row",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("old_book_id", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit_name", sa.Text(), nullable=False),
        sa.Column("masked_id", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("faults", postgresql.JSONB(), nullable=False),
        sa.Column("fields_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["old_book_id"], ["old_book.id"], name=op.f("fk_old_book_row_old_book_id_old_book")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_old_book_row")),
        sa.UniqueConstraint("old_book_id", "n", name=op.f("uq_old_book_row_old_book_id_n")),
    )
    op.create_index("ix_old_book_row_state", "old_book_row", ["old_book_id", "state", "n"])


def downgrade() -> None:
    op.drop_table("old_book_row")
    op.drop_table("old_book")
