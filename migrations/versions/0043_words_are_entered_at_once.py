"""Words and candidates go into their indexes at once, not into a list that every search reads."""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

INDEXES = (
    "ix_instance_words_words",
    "ix_instance_words_names",
    "ix_ledger_row_words",
    "ix_task_candidates",
)


def upgrade() -> None:
    for name in INDEXES:
        op.execute(f"ALTER INDEX {name} SET (fastupdate = off)")
        op.execute(f"SELECT gin_clean_pending_list('{name}')")


def downgrade() -> None:
    for name in INDEXES:
        op.execute(f"ALTER INDEX {name} RESET (fastupdate)")
