"""Pages that read alike among a thousand tickets and a million.

Names are found whole and among the runs of one's own: their parts stand apart from other words.
And what a page of a ticket looks up by one value has an index that is no deeper with more rows.

The text of the words stands here and not in a room: a migration must do tomorrow what it did today.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

# As `core.search` writes them: a number up to and from each dash, its serial without noughts.
NUMBERS = """
    SELECT substr(lower({number}), n) FROM generate_series(1, length({number})) n
    WHERE n = 1 OR substr({number}, n - 1, 1) = '-'
    UNION ALL
    SELECT substr(lower({number}), 1, n - 1) FROM generate_series(2, length({number})) n
    WHERE substr({number}, n, 1) = '-'
    UNION ALL SELECT coalesce(nullif(ltrim(serial, '0'), ''), serial)
    FROM regexp_replace(lower({number}), '^.*-', '') serial
"""
TAGS = "UNION ALL SELECT unnest({tags})"
# Pairs of signs of every text.
TEXTS = """
    SELECT substr(t, generate_series(1, length(t) - 1), 2)
    FROM (SELECT {plain} AS t FROM unnest({texts}) raw) plain
"""
# Parts of one to three signs of every name behind a *, the longer ones once more behind each tag.
NAMES = """
    UNION ALL SELECT '*' || substr(t, generate_series(1, length(t)), 1)
    FROM (SELECT {plain} AS t FROM unnest({names}) raw) plain
    UNION ALL SELECT unnest({marks}) || part FROM (
        SELECT substr(t, generate_series(1, length(t) - 1), 2) AS part
        FROM (SELECT {plain} AS t FROM unnest({names}) raw) plain
        UNION ALL SELECT substr(t, generate_series(1, length(t) - 2), 3)
        FROM (SELECT {plain} AS t FROM unnest({names}) raw) plain
    ) parts
"""
# As they were before: names among all else, by single signs and pairs.
OLD_NAMES = """
    UNION ALL SELECT substr(t, generate_series(1, length(t)), 1)
    FROM (SELECT {plain} AS t FROM unnest({names}) raw) plain
    UNION ALL SELECT substr(t, generate_series(1, length(t) - 1), 2)
    FROM (SELECT {plain} AS t FROM unnest({names}) raw) plain
"""
ALL, OLD = (f"{NUMBERS} UNION ALL {TEXTS} {names} {TAGS}" for names in (NAMES, OLD_NAMES))
PLAIN = "lower(regexp_replace(raw, '\\s', '', 'g'))"
RUNS = {
    "number": "instance.number",
    "texts": "ARRAY[instance.title, unit.name]",
    "names": "ARRAY[person.name] || string_to_array(instance.people, ' ')",
    "marks": "ARRAY['*', '@' || instance.requester_id || '*', '#' || instance.unit_id || '*']",
    "tags": "ARRAY['@' || instance.requester_id, '#' || instance.unit_id]",
}
ROWS = {
    "number": "ticket",
    "texts": "ARRAY(SELECT value FROM jsonb_each_text(values) "
    "WHERE key <> 'name' AND (key = 'unit' OR name NOT IN ('accounts', 'grants')))",
    "names": "ARRAY[coalesce(values->>'name', '')]",
    "marks": "ARRAY['*', name || '*']",
    "tags": "ARRAY[name]",
}


OF_OLD_ROWS = ROWS | {"tags": "'{}'::text[]"}
HASHED = {
    "ix_instance_id": ("instance", "id"),
    "ix_submission_instance": ("submission", "instance_id"),
    "ix_task_instance": ("task", "instance_id"),
    "ix_ticket_number": ("ticket", "number"),
}
DONE = sa.text("state = 'done'")


def upgrade() -> None:
    op.execute("SET LOCAL maintenance_work_mem = '256MB'")
    op.add_column("instance_words", sa.Column("names", TSVECTOR()))
    _rewrite_runs(
        f"words = {_vector(TEXTS + TAGS, RUNS)}, names = {_vector(NUMBERS + NAMES + TAGS, RUNS)}"
    )
    op.alter_column("instance_words", "names", nullable=False)
    op.create_index("ix_instance_words_names", "instance_words", ["names"], postgresql_using="gin")
    _rewrite_rows(_vector(ALL, ROWS))
    op.drop_index("ix_task_instance", "task")
    for name, (table, column) in HASHED.items():
        op.create_index(name, table, [column], postgresql_using="hash")
    op.drop_index("ix_task_done", "task")
    op.create_index("ix_task_done", "task", ["assignee_id", "done_at", "id"], postgresql_where=DONE)
    # Of millions PostgreSQL looks at thousands, and takes most runs for the same.
    op.execute("ALTER TABLE task ALTER instance_id SET (n_distinct = -0.25)")


def downgrade() -> None:
    op.execute("ALTER TABLE task ALTER instance_id RESET (n_distinct)")
    op.drop_index("ix_task_done", "task")
    op.create_index("ix_task_done", "task", ["assignee_id", "done_at", "id"])
    for name, (table, _) in HASHED.items():
        op.drop_index(name, table)
    op.create_index("ix_task_instance", "task", ["instance_id", "assignee_id"])
    _rewrite_rows(_vector(OLD, OF_OLD_ROWS))
    op.drop_column("instance_words", "names")
    _rewrite_runs(f"words = {_vector(OLD, RUNS)}")


def _rewrite_runs(columns: str) -> None:
    """With their index it would take many times as long."""
    op.drop_index("ix_instance_words_words", "instance_words")
    op.execute(
        f"UPDATE instance_words SET {columns} "  # noqa: S608 - of our own
        "FROM instance JOIN unit ON unit.id = instance.unit_id "
        "JOIN person ON person.id = instance.requester_id "
        "WHERE instance.id = instance_words.instance_id"
    )
    op.create_index("ix_instance_words_words", "instance_words", ["words"], postgresql_using="gin")


def _rewrite_rows(words: str) -> None:
    """Rows are only ever added; what they say stays as it is, this only helps to find them. They
    have many indexes: the table is written anew, and each index once, instead of row by row.
    """
    op.execute(
        'CREATE FUNCTION pg_temp.words_of_row(ticket text, name text, "values" jsonb) '
        f"RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$ SELECT {words} $$"
    )
    op.execute(
        "ALTER TABLE ledger_row ALTER words TYPE tsvector "
        'USING pg_temp.words_of_row(ticket, name, "values")'
    )
    op.execute("DROP FUNCTION pg_temp.words_of_row")


def _vector(words: str, places: dict[str, str]) -> str:
    return f"array_to_tsvector(ARRAY({words.format(plain=PLAIN, **places)}))"
