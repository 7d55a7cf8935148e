"""Who is away, who stands in for whom, and the AB pairs."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _period(
        "absence",
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        people=("person_id", "entered_by_id"),
    )
    _period(
        "mandate",
        sa.Column("processes", ARRAY(sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        people=("person_id", "deputy_id", "written_by_id"),
    )
    op.create_index("ix_mandate_deputy", "mandate", ["deputy_id", "ends_at"])
    op.create_table(
        "pair",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("unit_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        *_people("pair", "a_id", "b_id", "entered_by_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_pair_unit_id_unit")),
    )
    for one in ("a", "b"):
        op.create_index(
            f"uq_pair_{one}",
            "pair",
            [f"{one}_id", "position"],
            unique=True,
            postgresql_where=sa.text("ends_at IS NULL"),
        )
    op.create_index("ix_pair_unit", "pair", ["unit_id", "id"])
    op.create_index(
        "ix_task_for",
        "task",
        ["for_id", "id"],
        postgresql_where=sa.text("for_id IS NOT NULL AND state IN ('open', 'claimed')"),
    )


def downgrade() -> None:
    op.drop_index("ix_task_for", "task")
    for name in ("pair", "mandate", "absence"):
        op.drop_table(name)


def _period(name: str, *columns: Any, people: tuple[str, ...]) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *columns,
        *_people(name, *people),
    )
    op.create_index(f"ix_{name}_person", name, ["person_id", "ends_at"])
    op.create_index(f"ix_{name}_list", name, ["starts_at", "id"])
    for end, moment in (("begins", "starts_at"), ("finishes", "ends_at")):
        mark = "begun_at" if end == "begins" else "finished_at"
        op.create_index(
            f"ix_{name}_{end}", name, [moment], postgresql_where=sa.text(f"{mark} IS NULL")
        )


def _people(table: str, *names: str) -> list[Any]:
    return [
        part
        for name in names
        for part in (
            sa.Column(name, sa.BigInteger(), nullable=False),
            sa.ForeignKeyConstraint([name], ["person.id"], name=op.f(f"fk_{table}_{name}_person")),
        )
    ]
