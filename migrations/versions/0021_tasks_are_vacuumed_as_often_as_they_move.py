"""Tasks are vacuumed as often as they move, however many are done.

By PostgreSQL's defaults a table is vacuumed once a fifth of it is dead, and its indexes only from
two pages of a hundred on. Among millions of tasks that are done, the index of those that wait to be
claimed would name hundreds of thousands that were claimed long ago, and every page that says how
many wait would look at them all: a GIN index does not forget by itself.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE task SET (autovacuum_vacuum_scale_factor = 0, "
        "autovacuum_vacuum_threshold = 10000, vacuum_index_cleanup = on)"
    )


def downgrade() -> None:
    op.execute(
        "ALTER TABLE task RESET (autovacuum_vacuum_scale_factor, "
        "autovacuum_vacuum_threshold, vacuum_index_cleanup)"
    )
