"""Pages that read no more with more rows: words by which runs are found, and indexes of lists.

The text of the words stands here and not in a room: a migration must do tomorrow what it did today.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# Pairs of signs of every text, single signs of names, a number up to and from each dash, its serial
# without noughts.
WORDS = """
    array_to_tsvector(ARRAY(
        SELECT substr(t, n, 2)
        FROM unnest({texts} || {names}) raw,
          lower(regexp_replace(raw, '\\s', '', 'g')) t, generate_series(1, length(t) - 1) n
        UNION SELECT substr(t, n, 1)
        FROM unnest({names}) raw,
          lower(regexp_replace(raw, '\\s', '', 'g')) t, generate_series(1, length(t)) n
        UNION SELECT substr(lower({number}), n) FROM generate_series(1, length({number})) n
        WHERE n = 1 OR substr({number}, n - 1, 1) = '-'
        UNION SELECT substr(lower({number}), 1, n - 1) FROM generate_series(2, length({number})) n
        WHERE substr({number}, n, 1) = '-'
        UNION SELECT coalesce(nullif(ltrim(serial, '0'), ''), serial)
        FROM regexp_replace(lower({number}), '^.*-', '') serial
    ))
"""
OF_RUNS = WORDS.format(
    number="instance.number",
    texts="ARRAY[instance.title, unit.name]",
    names="(ARRAY[person.name] || string_to_array(instance.people, ' '))",
)
OF_ROWS = WORDS.format(
    number="ticket",
    texts="ARRAY(SELECT value FROM jsonb_each_text(values) WHERE key IN ('name', 'unit') "
    "OR name NOT IN ('accounts', 'grants'))",
    names="ARRAY[coalesce(values->>'name', '')]",
)
FILL_RUNS = f"""
    INSERT INTO instance_words (instance_id, words)
    SELECT instance.id, {OF_RUNS}
    FROM instance
    JOIN unit ON unit.id = instance.unit_id
    JOIN person ON person.id = instance.requester_id
"""  # noqa: S608 - of our own words


def upgrade() -> None:
    op.create_table(
        "instance_words",
        sa.Column("instance_id", sa.BigInteger(), nullable=False),
        sa.Column("words", TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instance.id"], name=op.f("fk_instance_words_instance_id_instance")
        ),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_instance_words")),
    )
    op.execute(FILL_RUNS)
    op.create_index("ix_instance_words_words", "instance_words", ["words"], postgresql_using="gin")
    op.add_column("ledger_row", sa.Column("words", TSVECTOR(), nullable=True))
    # Rows are only ever added; what they say stays as it is, this only helps to find them.
    op.execute("ALTER TABLE ledger_row DISABLE TRIGGER ledger_row_append_only")
    op.execute(f"UPDATE ledger_row SET words = {OF_ROWS}")  # noqa: S608
    op.execute("ALTER TABLE ledger_row ENABLE TRIGGER ledger_row_append_only")
    op.alter_column("ledger_row", "words", nullable=False)
    op.create_index("ix_ledger_row_words", "ledger_row", ["words"], postgresql_using="gin")
    op.create_index(
        "ix_task_active",
        "task",
        ["instance_id", "id"],
        postgresql_where=sa.text("state IN ('open', 'claimed')"),
    )
    op.drop_index("ix_task_todo", "task")
    op.create_index(
        "ix_task_todo",
        "task",
        ["assignee_id", "opened_at", "id"],
        postgresql_where=sa.text("state IN ('open', 'claimed') AND assignee_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_requester_state", "ticket", ["requester_id", "state", "updated_at", "id"]
    )
    op.create_index("ix_ticket_state", "ticket", ["state", "updated_at", "id"])
    op.drop_index("ix_event_at", "event")
    op.create_index("ix_event_at", "event", ["at", "id"])
    op.create_index("ix_ledger_row_at", "ledger_row", ["name", "at", "id"])
    op.drop_index("ix_ledger_row_place", "ledger_row")
    op.create_index(
        "ix_ledger_row_place",
        "ledger_row",
        ["name", "place", "id"],
        postgresql_ops={"place": "text_pattern_ops"},
    )
    op.drop_index("ix_ledger_row_corrects_id", "ledger_row")
    op.create_index(
        "ix_ledger_row_corrects_id",
        "ledger_row",
        ["corrects_id"],
        postgresql_where=sa.text("corrects_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_ledger_row_corrects_id", "ledger_row")
    op.create_index("ix_ledger_row_corrects_id", "ledger_row", ["corrects_id"])
    op.drop_index("ix_ledger_row_place", "ledger_row")
    op.create_index(
        "ix_ledger_row_place",
        "ledger_row",
        ["name", "place"],
        postgresql_ops={"place": "text_pattern_ops"},
    )
    op.drop_index("ix_ledger_row_at", "ledger_row")
    op.drop_index("ix_event_at", "event")
    op.create_index("ix_event_at", "event", ["at"])
    op.drop_index("ix_ticket_state", "ticket")
    op.drop_index("ix_ticket_requester_state", "ticket")
    op.drop_index("ix_task_todo", "task")
    op.create_index(
        "ix_task_todo",
        "task",
        ["assignee_id", "opened_at", "id"],
        postgresql_where=sa.text("state IN ('open', 'claimed')"),
    )
    op.drop_index("ix_task_active", "task")
    op.drop_column("ledger_row", "words")
    op.drop_table("instance_words")
