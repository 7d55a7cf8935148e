"""How many accounts and permissions a unit has: kept with every change, so that no page counts."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

COLUMNS = ("active", "suspended", "closed", "grants")
STATES = """
    ({row}.state = 'active')::int, ({row}.state = 'suspended')::int, ({row}.state = 'closed')::int
"""
# One row for each unit and post that a statement touches, none where nothing is different; rows are
# only added, so no act waits for another one's commit. Accounts themselves have no post.
WRITE = """
INSERT INTO holding_count (unit_id, subsystem, post, active, suspended, closed, grants)
SELECT unit_id, subsystem, post, sum(active), sum(suspended), sum(closed), sum(grants)
FROM ({moved}) AS moved (unit_id, subsystem, post, active, suspended, closed, grants)
GROUP BY unit_id, subsystem, post
HAVING sum(active) <> 0 OR sum(suspended) <> 0 OR sum(closed) <> 0 OR sum(grants) <> 0
"""
OWN = "SELECT {row}.unit_id, '', '', {states}, 0 FROM {rows} {row}"
CAME = OWN.format(row="n", rows="new_rows", states=STATES.format(row="n"))
WENT = """
SELECT unit_id, subsystem, post, -active, -suspended, -closed, -grants
FROM ({came}) AS gone (unit_id, subsystem, post, active, suspended, closed, grants)
""".format(came=OWN.format(row="o", rows="old_rows", states=STATES.format(row="o")))
# What an account holds goes with it to another unit.
CARRIED = """
SELECT place.unit_id, g.subsystem, g.post, 0, 0, 0, place.sign
FROM old_rows o JOIN new_rows n ON n.id = o.id AND n.unit_id <> o.unit_id
JOIN "grant" g ON g.account_id = o.id AND g.state = 'active',
     LATERAL (VALUES (o.unit_id, -1), (n.unit_id, 1)) AS place (unit_id, sign)
"""
GIVEN = """
SELECT a.unit_id, g.subsystem, g.post, 0, 0, 0, ({sign} (g.state = 'active')::int)
FROM {rows} g JOIN account a ON a.id = g.account_id
"""
GAINED = GIVEN.format(sign="1 *", rows="new_rows")
LOST = GIVEN.format(sign="-1 *", rows="old_rows")
ALL = " UNION ALL "
FUNCTIONS = {
    ("account", "insert"): CAME,
    ("account", "update"): ALL.join((CAME, WENT, CARRIED)),
    ("account", "delete"): WENT,
    ("grant", "insert"): GAINED,
    ("grant", "update"): ALL.join((GAINED, LOST)),
    ("grant", "delete"): LOST,
}
SEEN = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}
FILL = (
    """
INSERT INTO holding_count (unit_id, active, suspended, closed)
SELECT unit_id, count(*) FILTER (WHERE state = 'active'),
       count(*) FILTER (WHERE state = 'suspended'), count(*) FILTER (WHERE state = 'closed')
FROM account GROUP BY unit_id
""",
    """
INSERT INTO holding_count (unit_id, subsystem, post, grants)
SELECT a.unit_id, g.subsystem, g.post, count(*)
FROM "grant" g JOIN account a ON a.id = g.account_id
WHERE g.state = 'active' GROUP BY a.unit_id, g.subsystem, g.post
""",
)


def upgrade() -> None:
    op.create_table(
        "holding_count",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        *(
            sa.Column(name, sa.Text(), server_default="", nullable=False)
            for name in ("subsystem", "post")
        ),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in COLUMNS),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_holding_count_unit_id_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holding_count")),
    )
    op.create_index("ix_holding_count_unit", "holding_count", ["unit_id"])
    for statement in FILL:
        op.execute(statement)
    for (table, act), moved in FUNCTIONS.items():
        name = f"{table}_{act}_counted"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {WRITE.format(moved=moved)}; RETURN NULL; END $$"
        )
        op.execute(
            f'CREATE TRIGGER {name} AFTER {act} ON "{table}" {SEEN[act]} '
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )


def downgrade() -> None:
    for table, act in FUNCTIONS:
        name = f"{table}_{act}_counted"
        op.execute(f'DROP TRIGGER {name} ON "{table}"')
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("holding_count")
