"""Pages that read alike among a thousand tickets and a million.

Names are found whole and among the runs of one's own: their parts stand apart from other words.
And what a page of a ticket looks up by one value has an index that is no deeper with more rows.

The text of the words stands here and not in a room: a migration must do tomorrow what it did today.
"""

from alembic import op

revision = "0035"
down_revision = "0033"
branch_labels = None
depends_on = None

# As `core.search` writes them: a number up to and from each dash, its serial without noughts, the
# tags, pairs of signs of every text, and parts of one to three signs of every name behind a *, the
# longer ones once more behind each tag and *.
OTHERS = """
    SELECT substr(lower({number}), n) FROM generate_series(1, length({number})) n
    WHERE n = 1 OR substr({number}, n - 1, 1) = '-'
    UNION ALL
    SELECT substr(lower({number}), 1, n - 1) FROM generate_series(2, length({number})) n
    WHERE substr({number}, n, 1) = '-'
    UNION ALL SELECT coalesce(nullif(ltrim(serial, '0'), ''), serial)
    FROM regexp_replace(lower({number}), '^.*-', '') serial
    UNION ALL SELECT unnest({tags})
    UNION ALL SELECT substr(t, generate_series(1, length(t) - 1), 2)
    FROM (SELECT {plain} AS t FROM unnest({texts}) raw) plain
"""
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
    "marks": "ARRAY['*']",
    "tags": "'{}'::text[]",
}


HASHED = {
    "ix_instance_id": ("instance", "id"),
    "ix_submission_instance": ("submission", "instance_id"),
    "ix_task_instance": ("task", "instance_id"),
    "ix_ticket_number": ("ticket", "number"),
}


def upgrade() -> None:
    _rewrite(OTHERS + NAMES)
    op.drop_index("ix_task_instance", "task")
    for name, (table, column) in HASHED.items():
        op.create_index(name, table, [column], postgresql_using="hash")


def downgrade() -> None:
    for name, (table, _) in HASHED.items():
        op.drop_index(name, table)
    op.create_index("ix_task_instance", "task", ["instance_id", "assignee_id"])
    _rewrite(OTHERS + OLD_NAMES)


def _rewrite(words: str) -> None:
    op.execute("SET LOCAL maintenance_work_mem = '256MB'")
    # With its index it would take many times as long.
    op.drop_index("ix_instance_words_words", "instance_words")
    op.execute(
        f"UPDATE instance_words SET words = {_vector(words, RUNS)} "  # noqa: S608 - of our own
        "FROM instance JOIN unit ON unit.id = instance.unit_id "
        "JOIN person ON person.id = instance.requester_id "
        "WHERE instance.id = instance_words.instance_id"
    )
    op.create_index("ix_instance_words_words", "instance_words", ["words"], postgresql_using="gin")
    # Rows are only ever added; what they say stays as it is, this only helps to find them. They
    # have many indexes: the table is written anew, and each index once, instead of row by row.
    op.execute(
        'CREATE FUNCTION pg_temp.words_of_row(ticket text, name text, "values" jsonb) '
        f"RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$ SELECT {_vector(words, ROWS)} $$"
    )
    op.execute(
        "ALTER TABLE ledger_row ALTER words TYPE tsvector "
        'USING pg_temp.words_of_row(ticket, name, "values")'
    )
    op.execute("DROP FUNCTION pg_temp.words_of_row")


def _vector(words: str, places: dict[str, str]) -> str:
    return f"array_to_tsvector(ARRAY({words.format(plain=PLAIN, **places)}))"
