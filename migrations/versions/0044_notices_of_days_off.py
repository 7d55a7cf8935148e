"""Notices of days off, by layers; the nation's of 2004 to 2026 are there from the beginning."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from app.calendar import filling

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

BUILT_IN = "系统自带"


def upgrade() -> None:
    notice, day = _notices(), _days()
    op.create_index("ix_calendar_notice_year", "calendar_notice", ["year", "id"])
    op.create_index(
        "uq_calendar_notice_number",
        "calendar_notice",
        ["unit_id", "number"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "uq_calendar_day_said",
        "calendar_day",
        ["unit_id", "day"],
        unique=True,
        postgresql_where=sa.text("stands"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "ix_calendar_day_day", "calendar_day", ["day"], postgresql_where=sa.text("stands")
    )
    _fill(notice, day)


def _notices() -> sa.Table:
    return op.create_table(
        "calendar_notice",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("unit_id", sa.BigInteger()),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("entered_by_id", sa.BigInteger()),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by_id", sa.BigInteger()),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_reason", sa.Text()),
        sa.Column("replaced_by_id", sa.BigInteger()),
        sa.Column("rev", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{table}.id"], name=op.f(f"fk_calendar_notice_{name}_{table}")
            )
            for name, table in (
                ("unit_id", "unit"),
                ("entered_by_id", "person"),
                ("withdrawn_by_id", "person"),
                ("replaced_by_id", "calendar_notice"),
            )
        ),
    )


def _days() -> sa.Table:
    return op.create_table(
        "calendar_day",
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit_id", sa.BigInteger()),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["calendar_notice.id"],
            name=op.f("fk_calendar_day_notice_id_calendar_notice"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_calendar_day_unit_id_unit")
        ),
        sa.PrimaryKeyConstraint("notice_id", "day", name=op.f("pk_calendar_day")),
    )


def _fill(notice: sa.Table, day: sa.Table) -> None:
    connection = op.get_bind()
    for year in range(filling.FIRST_YEAR, filling.LAST_YEAR + 1):
        made = notice.insert().values(
            year=year,
            number=f"{BUILT_IN} {year}",
            title=f"{year} 年全国放假和调休安排",
            text="",
            source="library",
            entered_at=datetime.now(UTC),
            rev=1,
        )
        notice_id = connection.execute(made.returning(notice.c.id)).scalar_one()
        connection.execute(
            day.insert(),
            [
                {
                    "notice_id": notice_id,
                    "day": on,
                    "unit_id": None,
                    "kind": kind.value,
                    "name": name,
                    "stands": True,
                }
                for on, kind, name in filling.named(year)
            ],
        )


def downgrade() -> None:
    op.drop_table("calendar_day")
    op.drop_table("calendar_notice")
