"""Lists and sendings keep which version of a template goes to the numbers of which operator."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

KEEP = (
    """
    UPDATE recipient_list SET versions = jsonb_build_object(
        'unknown', jsonb_build_object('template', template_id, 'people', kept))
    """,
    """
    UPDATE sending SET texts = jsonb_build_object('unknown', jsonb_build_object(
        'template', template_id, 'signature', signature, 'body', body))
    """,
)
# Of several texts one; what has not gone out is then another than was approved, and is not sent.
BACK = """
    UPDATE sending SET signature = kept->>'signature', body = kept->>'body' FROM (
        SELECT DISTINCT ON (id) id AS of, value AS kept FROM sending, jsonb_each(texts)
        ORDER BY id, key DESC
    ) one WHERE one.of = sending.id
    """


def upgrade() -> None:
    """What there is was made for numbers whose operator nobody was asked for."""
    op.add_column("recipient", sa.Column("operator", sa.String(length=32), nullable=True))
    for table, column in (("recipient_list", "versions"), ("sending", "texts")):
        op.add_column(table, sa.Column(column, JSONB(), nullable=True))
    for statement in KEEP:
        op.execute(statement)
    for table, column in (("recipient_list", "versions"), ("sending", "texts")):
        op.alter_column(table, column, nullable=False)
    op.drop_column("sending", "body")
    op.drop_column("sending", "signature")


def downgrade() -> None:
    op.add_column("sending", sa.Column("signature", sa.Text(), nullable=True))
    op.add_column("sending", sa.Column("body", sa.Text(), nullable=True))
    op.execute(BACK)
    op.alter_column("sending", "signature", nullable=False)
    op.alter_column("sending", "body", nullable=False)
    op.drop_column("sending", "texts")
    op.drop_column("recipient_list", "versions")
    op.drop_column("recipient", "operator")
