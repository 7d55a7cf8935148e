"""Books are counted by month as rows are booked: no page counts them any more.

The text of the counting stands here and not in a room: a migration must do tomorrow what it did
today. Only the office's zone is asked of the clock, as for everything that has a day.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from app.core import clock

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MONTHS = range(1, 13)
COUNTED = ", ".join(f"coalesce(sum(n) FILTER (WHERE month = {one}), 0)" for one in MONTHS)
SUMMED = ", ".join(f"sum(months[{one}])" for one in MONTHS)
COUNT_PLACES = f"""
    INSERT INTO ledger_place (name, unit_id, place, year, months)
    SELECT name, unit_id, place, year, ARRAY[{COUNTED}]::integer[]
    FROM (
        SELECT name, unit_id, place, year,
               extract(month FROM at AT TIME ZONE :zone) AS month, count(*) AS n
        FROM ledger_row GROUP BY 1, 2, 3, 4, 5
    ) counted
    GROUP BY name, unit_id, place, year
"""  # noqa: S608 - of our own words
SUM_UP = f"""
    UPDATE ledger_counter SET months = summed.months
    FROM (
        SELECT name, unit_id, year, ARRAY[{SUMMED}]::integer[] AS months
        FROM ledger_place GROUP BY 1, 2, 3
    ) summed
    WHERE (ledger_counter.name, ledger_counter.unit_id, ledger_counter.year)
        = (summed.name, summed.unit_id, summed.year)
"""  # noqa: S608 - of our own words
NONE = sa.text("'{0,0,0,0,0,0,0,0,0,0,0,0}'::integer[]")


def upgrade() -> None:
    op.create_table(
        "ledger_place",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("months", ARRAY(sa.Integer()), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_ledger_place_unit_id_unit")
        ),
        sa.PrimaryKeyConstraint("name", "year", "unit_id", "place", name=op.f("pk_ledger_place")),
    )
    op.create_index(
        "ix_ledger_place",
        "ledger_place",
        ["name", "year", "place"],
        postgresql_ops={"place": "text_pattern_ops"},
    )
    months = sa.Column("months", ARRAY(sa.Integer()), nullable=False, server_default=NONE)
    op.add_column("ledger_counter", months)
    op.alter_column("ledger_counter", "months", server_default=None)
    _key_by("name", "year", "unit_id")
    zone = str(clock.local(clock.utcnow()).tzinfo)
    op.execute(sa.text(COUNT_PLACES).bindparams(zone=zone))
    op.execute(SUM_UP)


def _key_by(*columns: str) -> None:
    """The year before the keepers: a page reads one year of many keepers."""
    op.drop_constraint("pk_ledger_counter", "ledger_counter")
    op.create_primary_key("pk_ledger_counter", "ledger_counter", list(columns))


def downgrade() -> None:
    _key_by("name", "unit_id", "year")
    op.drop_column("ledger_counter", "months")
    op.drop_table("ledger_place")
