"""Pages that look up less: whose a run is stands among its words, and tasks are vacuumed in time.

Tasks: by PostgreSQL's defaults a table is vacuumed once a fifth of it is dead, and its indexes only
from two pages of a hundred on. Among millions of tasks that are done, the index of those that wait
to be claimed would name hundreds of thousands that were claimed long ago, and every page that says
how many wait would look at them all: a GIN index does not forget by itself.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# As `processes.queries` writes them: @ and the requester, # and the unit.
ADD_TAGS = """
    UPDATE instance_words SET words = words || array_to_tsvector(
        ARRAY['@' || instance.requester_id, '#' || instance.unit_id])
    FROM instance WHERE instance.id = instance_words.instance_id
"""
TAKE_TAGS = """
    UPDATE instance_words SET words = ts_delete(words,
        ARRAY['@' || instance.requester_id, '#' || instance.unit_id])
    FROM instance WHERE instance.id = instance_words.instance_id
"""


def upgrade() -> None:
    _rewrite_words(ADD_TAGS)
    op.drop_index("ix_task_instance", "task")
    op.create_index("ix_task_instance", "task", ["instance_id", "assignee_id"])
    op.execute(
        "ALTER TABLE task SET (autovacuum_vacuum_scale_factor = 0, "
        "autovacuum_vacuum_threshold = 10000, vacuum_index_cleanup = on)"
    )


def downgrade() -> None:
    op.execute(
        "ALTER TABLE task RESET (autovacuum_vacuum_scale_factor, "
        "autovacuum_vacuum_threshold, vacuum_index_cleanup)"
    )
    op.drop_index("ix_task_instance", "task")
    op.create_index("ix_task_instance", "task", ["instance_id", "id"])
    _rewrite_words(TAKE_TAGS)


def _rewrite_words(statement: str) -> None:
    """With its index it would take many times as long."""
    op.drop_index("ix_instance_words_words", "instance_words")
    op.execute(statement)
    op.create_index("ix_instance_words_words", "instance_words", ["words"], postgresql_using="gin")
